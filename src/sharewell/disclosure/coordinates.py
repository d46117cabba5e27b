"""Where a published cell stands: what it counts, in one system of coordinates for all tables.

Two cells of different tables with equal coordinates are the same count. Columns that show the
same dimension become one coordinate; a month and a financial year become the days they cover;
what is counted becomes a set of ICD-10 codes in a position; and the edition says which data the
count was computed from, for just the datasets and years that the cell covers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.catalogue.breakdowns import TOTAL
from sharewell.disclosure.conditions import Condition, Population, condition_of
from sharewell.disclosure.frame import ENGLAND_AND_WALES, Dimension, Frame, apart_value, nation
from sharewell.disclosure.published import PublishedTable
from sharewell.disclosure.spans import span_of, years_of
from sharewell.disclosure.system import UNBOUNDED, Bools, Ints

POPULATION, MEASURE, EDITION, TIME = "population", "measure", "edition", "time"
_FIXED = ("crossing", "measure", "printed", "treatment", "low", "high")


@dataclass(frozen=True, eq=False)
class Shown:
    """A published table, and what its cells count.

    ``population`` is whom it counts, or a name that stands for it. ``source`` is the dataset, or
    two joined with '+' where the first gave the residents of England and the second those of
    Wales. ``edition`` says which data it was computed from: any text, the same for the same data;
    or a text for each (dataset, financial year). ``first`` and ``last`` bound the days that it
    counts; without them they follow from its months and years. ``released``: it is out, and
    cannot be taken back. ``counts`` (n_rows,) are the true counts, for the publisher's own use;
    ``name`` stands for the table in messages.
    """

    table: PublishedTable
    population: Population | str = ""
    source: str = ""
    edition: str | Mapping[tuple[str, int], str] = ""
    first: date | None = None
    last: date | None = None
    released: bool = False
    counts: Ints | None = None
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or self.table.id


@dataclass
class Axis:
    """The values that one coordinate takes, numbered as they come."""

    id: str
    values: list[Hashable] = field(default_factory=list)
    numbers: dict[Hashable, int] = field(default_factory=dict)

    def number(self, value: Hashable) -> int:
        """The number of ``value``, which is added if it is new."""
        found = self.numbers.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


@dataclass(frozen=True)
class Read:
    """One table's n cells: ``codes`` (n, axes) number their coordinates; ``low`` and ``high``
    (n,) what each says; ``starred`` and ``withheld`` (n,) how it was treated; ``clinical`` the
    values of each clinical column that stand together."""

    codes: Ints
    low: Ints
    high: Ints
    starred: Bools
    withheld: Bools
    clinical: tuple[tuple[str | None, ...], ...]
    clinical_columns: tuple[str, ...]


def axes_of(frame: Frame) -> dict[str, Axis]:
    """The coordinates of ``frame``, still without values."""
    names = (POPULATION, MEASURE, EDITION, TIME, *(d.id for d in frame.dimensions))
    if len(set(names)) < len(names):
        raise ValueError(f"Two coordinates are called the same: {', '.join(names)}. Rename one.")
    return {name: Axis(name) for name in names}


def read(shown: Shown, frame: Frame, axes: Mapping[str, Axis]) -> Read:
    """The coordinates and bounds of every cell of a table; new values join ``axes``.

    Raises ValueError, naming the table and the cell or column, for a column that the frame does
    not place, a category that it does not know, a month or year that is none, bounds that cross,
    and a cell that stands twice.
    """
    cells, what = shown.table.cells, f"Table '{shown.title}'"
    columns = _columns(cells, frame, what)
    coded = {name: _coded(cells[name], name, what) for name in (*columns, "crossing", "measure")}
    _refuse_twice(coded, cells, what)
    clinical_columns = tuple(name for name in columns if name in frame.clinical)
    condition = condition_of(shown.population)

    def narrowed(values: tuple[str | None, ...]) -> Condition:
        result = condition
        for column, value in zip(clinical_columns, values, strict=True):
            if value not in (None, TOTAL):
                result = result.narrowed(frame.clinical[column], str(value))
        return result

    codes = {POPULATION: _placed(coded, clinical_columns, narrowed, axes[POPULATION], cells)}
    codes[MEASURE] = _placed(coded, ("measure",), lambda v: v[0], axes[MEASURE], cells)
    for dimension in frame.dimensions:
        mine = tuple(name for name in columns if name in dimension.columns)
        value = _value_of(dimension, mine, shown, frame, what)
        codes[dimension.id] = _placed(coded, mine, value, axes[dimension.id], cells)
    time_columns = tuple(name for name in columns if name in frame.time)
    days = _days_of(shown, frame, coded, time_columns, what)
    codes[TIME] = _placed(coded, time_columns, days, axes[TIME], cells)
    codes[EDITION] = _editions(shown, frame, axes, codes)
    low, high = _bounds(cells, what)
    treatment = cells["treatment"]
    return Read(
        codes=np.column_stack([codes[name] for name in axes]),
        low=low,
        high=high,
        starred=_is(treatment, "starred"),
        withheld=_is(treatment, "withheld"),
        clinical=tuple(_combinations(coded, clinical_columns)[0]) if clinical_columns else (),
        clinical_columns=clinical_columns,
    )


def _columns(cells: pa.Table, frame: Frame, what: str) -> tuple[str, ...]:
    """The breakdown columns, each of which the frame must place."""
    for name in _FIXED:
        if name not in cells.column_names:
            raise ValueError(f"{what}: column '{name}' is missing. Give a published table.")
    placed = {column for dimension in frame.dimensions for column in dimension.columns}
    placed |= {*frame.time, *frame.clinical}
    names = tuple(name for name in cells.column_names if name not in _FIXED)
    for name in names:
        if name not in placed:
            raise ValueError(
                f"{what}: no dimension of the frame holds the column '{name}'. It holds "
                f"{', '.join(sorted(placed)) or 'none'}. Declare the column's totals."
            )
    return names


Column = tuple[Ints, list[str | None]]
"""(n,) numbers of a column's values, and the values."""


def _coded(column: pa.ChunkedArray, name: str, what: str) -> Column:
    if pa.types.is_null(column.type):
        return np.zeros(len(column), dtype=np.int64), [None]
    encoded = pc.dictionary_encode(
        pc.cast(column, pa.string()).combine_chunks(), null_encoding="encode"
    )
    if name in ("crossing", "measure") and column.null_count:
        raise ValueError(f"{what}: a cell has no {name}. Fill the column in.")
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def _joint(coded: Mapping[str, Column], names: Sequence[str], rows: int) -> Ints:
    """(n,) a number for each combination of the columns' values, in their order."""
    key = np.zeros(rows, dtype=np.int64)
    for name in names:
        numbers, values = coded[name]
        if int(key.max(initial=0)) * len(values) >= 2**62:
            _, key = np.unique(key, return_inverse=True)
        key = key * len(values) + numbers
    return key


def _combinations(
    coded: Mapping[str, Column], names: Sequence[str], rows: int | None = None
) -> tuple[list[tuple[str | None, ...]], Ints]:
    """The combinations of values that stand together, and (n,) which each cell has."""
    count = len(coded[names[0]][0]) if rows is None else rows
    _, first, which = np.unique(_joint(coded, names, count), return_index=True, return_inverse=True)
    tuples = [tuple(coded[name][1][coded[name][0][row]] for name in names) for row in first]
    return tuples, which


def _placed(
    coded: Mapping[str, Column],
    names: Sequence[str],
    value: Callable[[tuple[str | None, ...]], Hashable],
    axis: Axis,
    cells: pa.Table,
) -> Ints:
    """(n,) the number on ``axis`` of each cell's value, which its columns ``names`` decide."""
    tuples, which = _combinations(coded, names, cells.num_rows)
    numbers = np.array([axis.number(value(each)) for each in tuples], dtype=np.int64)
    return numbers[which] if len(numbers) else which.astype(np.int64)


def _value_of(
    dimension: Dimension, names: tuple[str, ...], shown: Shown, frame: Frame, what: str
) -> Callable[[tuple[str | None, ...]], str]:
    """What a cell's columns of one dimension say together."""
    known = dimension.values
    area = frame.datasets and dimension.id == "area"

    def value(values: tuple[str | None, ...]) -> str:
        result = TOTAL
        for name, said in zip(names, values, strict=True):
            if said is None or said == TOTAL:
                continue
            each = apart_value(name, said) if dimension.apart else said
            if dimension.apart and result != TOTAL:
                raise ValueError(
                    f"{what}: {' and '.join(names)} are crossed, and they are never tied to each "
                    "other. Make a table of each."
                )
            if dimension.closed and each not in known and not (area and each == ENGLAND_AND_WALES):
                raise ValueError(
                    f"{what}, column '{name}': '{each}' is no category that I know. Correct it, "
                    "or declare it in the table's totals."
                )
            if dimension.inside(each, result):
                result = each
            elif not dimension.inside(result, each) and result != each:
                result = f"{result} & {each}"
        return owned(result, shown.source, what) if area else result

    return value


def owned(code: str, source: str, what: str = "A table") -> str:
    """An area with the dataset whose records count there: 'hes_apc:E12000001'."""
    first, joined, second = source.partition("+")
    if not joined or code in (TOTAL, ENGLAND_AND_WALES):
        return f"{source}:{code}"
    owner = {"E": first, "W": second}.get(nation(code))
    if owner is None:
        raise ValueError(
            f"{what}: '{code}' lies in neither England nor Wales, so a table of {source} cannot "
            "count it. Leave its cells out."
        )
    return f"{owner}:{code}"


def _days_of(
    shown: Shown, frame: Frame, coded: Mapping[str, Column], names: tuple[str, ...], what: str
) -> Callable[[tuple[str | None, ...]], tuple[date, date] | None]:
    """The first and last day that a cell counts; None where the frame knows no time."""
    spans = {
        (name, value): span_of(value, f"{what}, column '{name}'")
        for name in names
        for value in coded[name][1]
        if value not in (None, TOTAL)
    }
    first = shown.first or min((span[0] for span in spans.values()), default=None)
    last = shown.last or max((span[1] for span in spans.values()), default=None)

    def days(values: tuple[str | None, ...]) -> tuple[date, date] | None:
        if first is None or last is None or not frame.time:
            return None
        begin, end = first, last
        for name, value in zip(names, values, strict=True):
            if value not in (None, TOTAL):
                span = spans[name, value]
                begin, end = max(begin, span[0]), min(end, span[1])
        if begin > end:
            shown_values = ", ".join(str(value) for value in values)
            raise ValueError(
                f"{what}: {shown_values} lies outside {first} to {last}, which the table counts. "
                "Correct the period or the cell."
            )
        return begin, end

    return days


# Editions


def owners_of(area: Hashable) -> tuple[str, ...]:
    """The datasets whose records an area value counts."""
    return tuple(str(area).partition(":")[0].split("+"))


Edition = tuple[tuple[str, int, str], ...]
"""Which data a count was computed from: (dataset, financial year, edition) each."""


def edition_value(shown: Shown, datasets: Sequence[str], years: Sequence[int]) -> Edition:
    """The edition of the data of some datasets and financial years."""
    found = []
    for dataset in datasets:
        for year in years:
            edition = shown.edition
            if not isinstance(edition, str):
                if (dataset, year) not in edition:
                    raise ValueError(
                        f"Table '{shown.title}', edition: nothing is said of {dataset} {year}. "
                        "Give an edition for every dataset and financial year that it counts."
                    )
                edition = edition[dataset, year]
            found.append((dataset, year, edition))
    return tuple(found)


def _editions(
    shown: Shown, frame: Frame, axes: Mapping[str, Axis], codes: Mapping[str, Ints]
) -> Ints:
    """(n,) the edition of each cell: of the datasets and years that it covers and no others."""
    time = codes[TIME]
    if frame.datasets:
        groups = [owners_of(area) for area in axes["area"].values]
        kinds = list(dict.fromkeys(groups))
        owner = np.array([kinds.index(group) for group in groups], dtype=np.int64)[codes["area"]]
    else:
        kinds, owner = [(shown.source,)], np.zeros(len(time), dtype=np.int64)
    pair = owner * len(axes[TIME].values) + time
    distinct, which = np.unique(pair, return_inverse=True)
    numbers = []
    for each in distinct:
        datasets, days = divmod(int(each), len(axes[TIME].values))
        years = years_of(axes[TIME].values[days])
        value = edition_value(shown, kinds[datasets], years)
        numbers.append(axes[EDITION].number(value))
    return np.array(numbers, dtype=np.int64)[which] if numbers else which.astype(np.int64)


# Bounds


def _bounds(cells: pa.Table, what: str) -> tuple[Ints, Ints]:
    low = pc.fill_null(cells["low"], 0).to_numpy().astype(np.int64)
    high = pc.fill_null(cells["high"], UNBOUNDED).to_numpy().astype(np.int64)
    bad = np.flatnonzero((low > high) | (low < 0))
    if len(bad):
        raise ValueError(
            f"{what}: the cell ({row_words(cells, int(bad[0]))}) is said to be from "
            f"{low[bad[0]]} to {high[bad[0]]}. Give bounds of 0 or more, the lower one first."
        )
    return low, np.minimum(high, UNBOUNDED)


def _refuse_twice(coded: Mapping[str, Column], cells: pa.Table, what: str) -> None:
    key = _joint(coded, tuple(coded), cells.num_rows)
    order = np.argsort(key, kind="stable")
    twice = np.flatnonzero(key[order][1:] == key[order][:-1])
    if len(twice):
        raise ValueError(
            f"{what}: the cell ({row_words(cells, int(order[twice[0]]))}) stands twice. Leave one, "
            "or add them up if they are parts."
        )


def row_words(cells: pa.Table, row: int) -> str:
    """A row of a table in its own words: 'month 2024-03, sex 2, FAE'."""
    values = {name: cells[name][row].as_py() for name in cells.column_names if name not in _FIXED}
    used = [f"{name} {value}" for name, value in values.items() if value is not None]
    return ", ".join([*used, str(cells["measure"][row].as_py())])


def _is(column: pa.ChunkedArray, value: str) -> Bools:
    flags: Bools = pc.fill_null(pc.equal(column, value), False).to_numpy()
    return flags
