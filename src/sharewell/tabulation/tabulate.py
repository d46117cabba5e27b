"""Tables counted: plan, scan once, query each crossing, complete the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from sharewell.catalogue.areas import lookup_table
from sharewell.engine.base import Engine, Progress
from sharewell.tabulation.grid import complete
from sharewell.tabulation.plan import AREAS, Plan, groups_of, plan
from sharewell.tabulation.spec import CountedTable, TableSpec

_SCAN_SHARE = 0.9
"""The share of the work that is reading; told to who watches the progress."""


def tabulate(
    engine: Engine,
    specs: Sequence[TableSpec],
    sources: Mapping[str, Sequence[Path]],
    *,
    progress: Progress | None = None,
) -> tuple[CountedTable, ...]:
    """Count every table of ``specs``, in that order; each dataset is read once, and once more for
    each period of which people are counted.

    ``sources`` maps a dataset to its Parquet files, in the vault's schema; an empty sequence
    means that nothing has come in, and counts as zeros. Whether the data cover a table's period
    is for the caller to check. Raises KeyError for a dataset that ``sources`` lacks, and for an
    unknown measure or breakdown; ValueError for a specification that cannot be counted.
    """
    for spec in specs:
        if spec.dataset not in sources:
            known = ", ".join(sorted(sources)) or "none"
            raise KeyError(
                f"Table '{spec.id}', dataset: no source is given for '{spec.dataset}'. "
                f"Known: {known}."
            )
    plans = [plan(group) for group in groups_of(tuple(dict.fromkeys(specs)))]
    counted: dict[TableSpec, CountedTable] = {}
    for number, each in enumerate(plans):
        counted |= _run(engine, each, sources[each.dataset], _part(progress, number, len(plans)))
    return tuple(counted[spec] for spec in specs)


def explain(specs: Sequence[TableSpec], dialect: str = "duckdb") -> str:
    """The SQL that counts ``specs``, in the dialect of an engine ('duckdb' or 'spark').

    For people to read: each dataset's one scan, then a query for each crossing.
    """
    parts = []
    for group in groups_of(tuple(dict.fromkeys(specs))):
        each = plan(group)
        if each.made is not None:
            made = each.made.sql(dialect, pretty=True)
            parts.append(f"-- {each.rows}, made of {each.files}\n{made};\n")
        scan = each.scan.sql(dialect, pretty=True)
        parts.append(f"-- {each.dataset}: one scan, its rows kept as {each.cohort}\n{scan};\n")
        parts += [
            f"-- {query.spec.id}: {' x '.join(query.crossing)}\n"
            f"{query.query.sql(dialect, pretty=True)};\n"
            for query in each.crossings
        ]
    return "\n".join(parts)


def _run(
    engine: Engine, each: Plan, paths: Sequence[Path], progress: Progress | None
) -> dict[TableSpec, CountedTable]:
    """Scan one dataset and count its tables."""
    engine.register_table(AREAS, lookup_table())
    if paths:
        engine.register_parquet(each.files, paths)
    else:
        engine.register_table(each.files, each.form.schema.empty_table())
    crossings: dict[TableSpec, list[pa.Table]] = {}
    try:
        read = _scaled(progress, 0.0, _SCAN_SHARE)
        if each.made is not None:
            engine.keep(each.rows, each.made, read)
            read = None
        engine.keep(each.cohort, each.scan, read)
        rest = _scaled(progress, _SCAN_SHARE, 1.0 - _SCAN_SHARE)
        for number, query in enumerate(each.crossings, start=1):
            cells = complete(query, engine.run(query.query))
            crossings.setdefault(query.spec, []).append(cells)
            if rest is not None:
                rest(number / len(each.crossings))
    finally:
        for name in dict.fromkeys((each.cohort, each.rows, each.files, AREAS)):
            engine.drop(name)
    return {
        spec: CountedTable(spec, pa.concat_tables(parts).combine_chunks())
        for spec, parts in crossings.items()
    }


def _part(progress: Progress | None, number: int, parts: int) -> Progress | None:
    return _scaled(progress, number / parts, 1 / parts)


def _scaled(progress: Progress | None, start: float, share: float) -> Progress | None:
    """Progress of a part, reported as progress of the whole."""
    if progress is None:
        return None
    return lambda done: progress(start + share * done)
