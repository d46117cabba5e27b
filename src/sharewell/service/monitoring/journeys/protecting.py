"""Protects counted journeys: by rule, then attacked with everything shown before, then repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from sharewell.disclosure import (
    Rule,
    TableFile,
    add_margins,
    make_table,
    protect_file,
    rule_by_parameters,
)
from sharewell.disclosure.protect import WITHHELD
from sharewell.disclosure.tablefile import shown
from sharewell.journeys import Counted

RULE: Rule = rule_by_parameters(
    high=4,
    base=5,
    id="journeys",
    title="People on their journeys",
    source="NDTMS ViewIt rounds every count to the nearest 5 so that 1 to 4 never show; those are "
    "starred here, so that a 0 is a true 0",
)
TOTAL = "total"

_MEASURES = {"onward": "moves", "referrals-seen": "referrals-said"}
"""Tables of the same people: their shared margins are the same counts."""


class GivenAway(Exception):
    """What was shown before gives small numbers away, whatever is withheld now."""


@dataclass(frozen=True)
class Print:
    """A table as it was printed: its name, its breakdowns, and a row for each cell, of the
    categories and what is printed."""

    name: str
    title: str
    breakdowns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def protect_all(
    counted: Sequence[Counted],
    before: Iterable[Print],
    progress: Callable[[str, float], None],
) -> list[Print]:
    """The tables as they may be shown, in order. ``before`` are all earlier prints for the same
    area, year and terms, the last first.

    A table of which all that was printed last still holds is shown again as it was, which tells
    nobody anything. For the others, a reader may take what did not visibly change as unchanged:
    each earlier cell that could still be true is taken to be known, and one that could not says
    nothing. Raises GivenAway where nothing that is withheld now would help.
    """
    exact = {table.name: _exact(table) for table in counted}
    earlier = {
        each: possible
        for each in dict.fromkeys(before)
        if each.name in exact and (possible := _still_possible(each, exact[each.name]))
    }
    done: list[TableFile] = []
    found: list[Print] = []
    for number, (raw, table) in enumerate(zip(counted, exact.values(), strict=True)):
        last = next((each for each in earlier if each.name == raw.name), None)
        if last is not None and _holds(last, earlier[last]):
            done.append(earlier[last])
            found.append(last)
            continue
        safe = protect_file(
            table,
            RULE,
            known=[each for each in (*done, *earlier.values()) if each.fixed == table.fixed],
            progress=lambda stage, part, at=number: progress(  # type: ignore[misc]
                stage, (at + part) / len(counted)
            ),
        )
        if not safe.safe:
            raise GivenAway(
                f"'{table.title}': what was shown before gives {int(safe.after.narrow.sum())} "
                "small numbers away, whatever is withheld now. Nothing was stored. Count again "
                "when the data of the year have changed."
            )
        done.append(safe.table)
        found.append(_print(raw, safe.table))
    return found


def _holds(old: Print, possible: TableFile) -> bool:
    """Whether every cell of an earlier print could still be true."""
    return possible.printed == [row[-1] for row in old.rows]


def _exact(table: Counted) -> TableFile:
    """The true counts with their totals."""
    measure = _MEASURES.get(table.name, table.name)
    counts = make_table(table.cells, name=table.name, title=table.title, fixed={"measure": measure})
    return add_margins(counts, table.breakdowns, TOTAL)


def _still_possible(old: Print, truth: TableFile) -> TableFile | None:
    """An earlier print, with ``[c]`` where it cannot be true any more; None where it has other
    categories, such as before a service was opened: then it is another table."""
    names = [column.name for column in truth.columns]
    columns = [truth.cells[name].to_pylist() for name in names]
    now = dict(zip(zip(*columns, strict=True), shown(truth).low.tolist(), strict=True))
    then = {row[:-1]: row[-1] for row in old.rows}
    if tuple(names) != old.breakdowns or set(then) != set(now):
        return None
    cells = pa.table(
        {name: [key[at] for key in then] for at, name in enumerate(names)}
        | {truth.count: list(then.values())}
    )
    printed = replace(truth, name=f"{old.name}, shown before", cells=cells, rule=RULE)
    says = shown(printed)
    still = [
        text if low <= now[key] <= high else WITHHELD
        for (key, text), low, high in zip(
            then.items(), says.low.tolist(), says.high.tolist(), strict=True
        )
    ]
    at = cells.column_names.index(truth.count)
    return replace(printed, cells=cells.set_column(at, truth.count, pa.array(still)))


def _print(counted: Counted, table: TableFile) -> Print:
    """The protected table, in the order in which it was counted, totals last."""
    names = counted.breakdowns
    order = [
        {value: at for at, value in enumerate([*dict.fromkeys(column), TOTAL])}
        for column in (counted.cells[name].to_pylist() for name in names)
    ]
    rows = sorted(
        zip(*(table.cells[name].to_pylist() for name in [*names, table.count]), strict=True),
        key=lambda row: tuple(places[value] for places, value in zip(order, row[:-1], strict=True)),
    )
    return Print(counted.name, counted.title, names, tuple(rows))
