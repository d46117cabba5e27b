"""Small tables to link: cells as dictionaries, protected by a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from sharewell.catalogue.breakdowns import BREAKDOWNS
from sharewell.catalogue.codelists import code_list
from sharewell.disclosure import PublishedTable, Rule, protect, rule, rule_by_parameters
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.conditions import Population
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.frame import Frame, catalogue_frame
from sharewell.disclosure.relations import Linked, link
from sharewell.disclosure.system import propagate

HES = rule("hes-2018")
KINDS = {name: breakdown.kind for name, breakdown in BREAKDOWNS.items()}
X99 = Population.of(code_list("assault-sharp-object"))
ASSAULT = Population.of(code_list("assault-x92-y09"))
FORCE = "E23000007"  # Northumbria
ENGLAND, WALES, BOTH = "E92000001", "W92000004", "K04000001"
GWENT = "W15000002"
EXACT = rule_by_parameters(high=0)
MARCH = (date(2024, 3, 1), date(2024, 3, 31))


def cell(count: int, *, measure: str = "FAE", **places: str) -> dict[str, Any]:
    """A counted cell; its crossing follows from what it names."""
    crossing = [name for name in places if not (name == "financial_year" and "month" in places)]
    return {"crossing": " x ".join(crossing), **places, "measure": measure, "count": count}


def table(
    cells: Sequence[Mapping[str, Any]], *, name: str = "t", by: Rule = HES, **options: Any
) -> PublishedTable:
    """The published table of counted cells."""
    names = [name for name in KINDS if any(name in each for each in cells)]
    columns = ["crossing", *names, "measure", "count"]
    counted = pa.table(
        {
            name: pa.array(
                [each.get(name) for each in cells],
                pa.int64() if name == "count" else pa.string(),
            )
            for name in columns
        }
    )
    kinds = {name: KINDS[name] for name in names}
    return protect(counted, id=name, title=name, breakdown_kinds=kinds, rule=by, **options)


def shown(
    cells: Sequence[Mapping[str, Any]],
    *,
    name: str = "t",
    by: Rule = HES,
    population: Population | str = X99,
    source: str = "hes_apc",
    edition: Any = "e1",
    period: tuple[date, date] | None = MARCH,
    **options: Any,
) -> Shown:
    """A published table with what it counts."""
    first, last = period or (None, None)
    return Shown(
        table(cells, name=name, by=by),
        population,
        source,
        edition,
        first,
        last,
        name=name,
        **options,
    )


def number(linked: Linked, name: str) -> int:
    """The count that is called ``name``."""
    found = [i for i in range(len(linked)) if linked.name(i) == name]
    assert len(found) == 1, [linked.name(i) for i in range(len(linked))]
    return found[0]


def inferred(
    tables: Sequence[Shown], name: str, frame: Frame | None = None, **options: Any
) -> tuple[int, int]:
    """What a reader of ``tables`` infers of the count called ``name``."""
    linked = link(tables, frame or catalogue_frame(), **options)
    at = number(linked, name)
    known = bounds(linked.system) if linked.system.protected[at] else propagate(linked.system)
    return int(known.low[at]), int(known.high[at])


def counted(cells: Sequence[dict[str, Any]], **options: Any) -> Shown:
    """A table with its true counts, in the order of its cells."""
    made = shown(cells, **options)
    names = [n for n in made.table.cells.column_names if n in KINDS]
    places = {
        tuple(each.get(name) for name in (*names, "measure")): each["count"] for each in cells
    }
    ordered = made.table.cells
    keys = zip(*(ordered[name].to_pylist() for name in (*names, "measure")), strict=True)
    return replace(made, counts=np.array([places[key] for key in keys], dtype=np.int64))
