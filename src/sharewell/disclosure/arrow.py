"""Tables of any library that speaks Arrow: pyarrow, Polars, pandas, DuckDB and others."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_NAMELESS_INDEX = re.compile(r"__index_level_\d+__")


def as_arrow(table: Any, what: str = "The table") -> pa.Table:
    """``table`` as a pyarrow table, its text columns in a form that every function here reads.

    Takes whatever offers the Arrow PyCapsule interface (``__arrow_c_stream__`` or, for one batch,
    ``__arrow_c_array__``), so neither Polars nor pandas is needed here. A pandas index without a
    name is left out; one with names, as ``groupby`` makes, gives columns. Raises TypeError,
    beginning with ``what``, for anything else.
    """
    if not isinstance(table, pa.Table):
        if not (hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__")):
            raise TypeError(
                f"{what} is of type {type(table).__name__}. Give a table of pyarrow, Polars or "
                "pandas, or of another library that exports Arrow streams. Collect a lazy one."
            )
        table = pa.table(table)
    nameless = [name for name in table.column_names if _NAMELESS_INDEX.fullmatch(name)]
    table = table.drop_columns(nameless) if nameless else table
    for place, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string_view(kind):
            table = table.set_column(place, field.name, _text(table[place]))
    return table


def text_column(values: Any) -> pa.ChunkedArray:
    """Printed values as a column of text: from Arrow, Polars or pandas, or a list of strings."""
    if hasattr(values, "__arrow_c_stream__"):
        return _text(pa.chunked_array(values))
    return _text(pa.chunked_array([pa.array(values)]))


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as plain strings. Arrow cannot unfold categories whose texts are string views, as
    Polars has them, so their texts are cast first."""
    if pa.types.is_dictionary(column.type):
        column = pa.chunked_array(
            [
                pa.DictionaryArray.from_arrays(
                    chunk.indices, pc.cast(chunk.dictionary, pa.string())
                )
                for chunk in column.chunks
            ],
            pa.dictionary(column.type.index_type, pa.string()),
        )
    return pc.cast(column, pa.string())
