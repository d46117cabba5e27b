"""A table in the order and words of its readers: codes with labels beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.publication.labels import MEASURE, Labeller, clean, place_of
from sharewell.publication.notes import ProtectedTable, UnsuppressedTable

CROSSING = "crossing"
_VALUES = ("printed", "count", "treatment", "low", "high")


@dataclass(frozen=True)
class TidyTable:
    """A table of n cells ready to be written.

    ``cells`` holds ``crossing``, each used breakdown, ``measure``, and the values, as given; codes
    and crossings are dictionary columns, and ``labels`` has each code's label, by column.
    """

    id: str
    title: str
    breakdowns: tuple[str, ...]
    crossings: tuple[str, ...]
    labels: dict[str, dict[str, str]]
    cells: pa.Table

    def of_crossing(self, crossing: str) -> pa.Table:
        """The cells of one crossing, with the breakdowns that it uses and no others."""
        cells = self.cells.filter(pc.equal(self.cells[CROSSING].cast(pa.string()), crossing))
        unused = [name for name in self.breakdowns if cells[name].null_count == len(cells)]
        return cells.drop_columns([CROSSING, *unused])


def tidy(table: ProtectedTable | UnsuppressedTable, label: Labeller) -> TidyTable:
    """``table`` for readers: simpler crossings first, totals first, categories in their order."""
    cells = table.cells.replace_schema_metadata(None)
    names = tuple(n for n in cells.column_names if n not in (CROSSING, MEASURE, *_VALUES))
    coded = {
        name: pc.dictionary_encode(pc.cast(cells[name], pa.string()).combine_chunks())
        for name in (CROSSING, *names, MEASURE)
    }
    names = tuple(name for name in names if len(coded[name].dictionary))
    crossings = sorted(coded[CROSSING].dictionary.to_pylist(), key=_place_of_crossing)
    order = {CROSSING: _place_of_crossing} | {n: place_of(n) for n in (*names, MEASURE)}
    ranks = [
        _ranks(column, sorted(column.dictionary.to_pylist(), key=order[name]))
        for name, column in coded.items()
        if name in order
    ]
    columns = {name: column for name, column in coded.items() if name in order}
    columns |= {
        name: cells[name].combine_chunks() for name in _VALUES if name in cells.column_names
    }
    return TidyTable(
        id=table.id,
        title=clean(table.title),
        breakdowns=names,
        crossings=tuple(crossings),
        labels={
            name: {code: label(name, code) for code in coded[name].dictionary.to_pylist()}
            for name in (*names, MEASURE)
        },
        cells=pa.table(columns).take(pa.array(np.lexsort(ranks[::-1]))),
    )


def _place_of_crossing(crossing: str) -> tuple[int, str]:
    return len(crossing.split(" x ")), crossing


def _ranks(column: pa.DictionaryArray, in_order: list[str]) -> npt.NDArray[np.int64]:
    """(n,) the place of each cell's code in the order; nulls first."""
    place = {code: rank for rank, code in enumerate(in_order)}
    by_code = np.array([*(place[code] for code in column.dictionary.to_pylist()), -1], np.int64)
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    ranks: npt.NDArray[np.int64] = by_code[codes]
    return ranks
