"""Counted tables for the disclosure tests, small enough to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

KINDS = {
    "financial_year": "time",
    "month": "time",
    "police_force": "geography",
    "region": "geography",
    "age_band": "person",
    "sex": "person",
    "cause": "clinical",
}

COLUMNS = {
    "crossing": pa.string(),
    **{name: pa.string() for name in KINDS},
    "measure": pa.string(),
    "count": pa.int64(),
}


@pytest.fixture
def kinds() -> dict[str, str]:
    return dict(KINDS)


@pytest.fixture
def table() -> Callable[..., pa.Table]:
    """Make a counted table of cells given as dicts; what a cell leaves out is null."""

    def make(cells: Sequence[dict[str, object]]) -> pa.Table:
        columns = {
            name: pa.array([cell.get(name) for cell in cells], kind)
            for name, kind in COLUMNS.items()
        }
        return pa.table(columns)

    return make
