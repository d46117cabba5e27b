"""Tables of other libraries: the same protected table from each, and a clear refusal of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from sharewell.disclosure import PublishedTable, as_arrow, check, percentages, protect, rule

HES = rule("hes-2018")
KINDS = {"police_force": "geography", "age_band": "person"}
ROWS = [
    {"police_force": force, "age_band": age, "measure": "FAE", "count": count}
    | {"crossing": "police_force" if age is None else "police_force x age_band"}
    for force, age, count in [
        ("E23000001", None, 12),
        ("E23000001", "0-17", 4),
        ("E23000001", "total", 12),
        ("W15000001", None, 0),
        ("total", None, 4_647),
    ]
]


def as_polars() -> Any:
    return pl.DataFrame(ROWS)


def as_polars_categories() -> Any:
    return pl.DataFrame(ROWS).with_columns(pl.col("police_force", "age_band").cast(pl.Categorical))


def as_pandas() -> Any:
    return pandas().DataFrame(ROWS)


def as_filtered_pandas() -> Any:
    """A row left out of the middle leaves an index that is no range, and it has no name."""
    table = pandas().DataFrame([*ROWS[:2], ROWS[0], *ROWS[2:]])
    return table.drop(index=2)


def as_pandas_categories() -> Any:
    return pandas().DataFrame(ROWS).astype({"police_force": "category", "age_band": "category"})


def as_batch() -> Any:
    return pa.RecordBatch.from_pylist(ROWS)


def as_stream() -> Any:
    return pa.Table.from_pylist(ROWS).to_reader()


def pandas() -> Any:
    return pytest.importorskip("pandas", reason="pandas is not installed: no table of it to read")


def protected(table: Any) -> PublishedTable:
    return protect(table, id="t", title="T", breakdown_kinds=KINDS, rule=HES)


@pytest.mark.parametrize(
    "make",
    [
        as_polars,
        as_polars_categories,
        as_pandas,
        as_filtered_pandas,
        as_pandas_categories,
        as_batch,
        as_stream,
    ],
    ids=lambda make: make.__name__,
)
def test_every_library_gives_the_same_protected_table(make: Callable[[], Any]) -> None:
    expected = protected(pa.Table.from_pylist(ROWS)).cells
    got = protected(make()).cells
    assert got.select(expected.column_names).to_pylist() == expected.to_pylist()


@pytest.mark.parametrize("to", ["polars", "pandas"])
def test_a_printed_table_of_another_library_is_checked(to: str) -> None:
    table = protected(pa.Table.from_pylist(ROWS))
    arrow = table.cells.select(["crossing", *KINDS, "measure", "printed"])
    cells = pl.DataFrame(arrow) if to == "polars" else (pandas() and arrow.to_pandas())
    theirs = PublishedTable("t", "T", table.rules, cells)
    assert check(theirs, breakdown_kinds=KINDS, rule=HES) == ()


def test_columns_of_polars_and_pandas_make_percentages() -> None:
    top, bottom = ["10", "*"], ["40", "40"]
    assert percentages(pl.Series(top), pl.Series(bottom)).to_pylist() == ["25", "*"]
    series = pandas().Series
    assert percentages(series(top), series(bottom)).to_pylist() == ["25", "*"]


def test_a_named_index_of_pandas_becomes_columns() -> None:
    frame = pandas().DataFrame({"sex": ["1", "1", "2"], "count": [1, 2, 3]})
    assert as_arrow(frame.groupby("sex").sum()).to_pylist() == [
        {"count": 3, "sex": "1"},
        {"count": 3, "sex": "2"},
    ]


@pytest.mark.parametrize("thing", [[1], "cells.csv", {"count": [1]}, pl.LazyFrame({"count": [1]})])
def test_anything_else_is_refused_with_the_way_out(thing: object) -> None:
    with pytest.raises(TypeError, match=r"Table 't' is of type .* Give a table of pyarrow"):
        protected(thing)
