"""Made-up episodes for the benchmarks: the vault's schema at national scale, in seconds.

Nothing here resembles a person. Only what costs time is realistic: how many rows there are, how
many of them a cohort takes, how long and how varied the columns are. A full national year has
about 20 million rows; of these X99 takes some 5,000, all assault 29,000, drug poisoning 18,000
and drug related disorders in any position 97,000.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sharewell.catalogue.areas import lookup_table
from sharewell.catalogue.breakdowns import ETHNIC_GROUPS, UNKNOWN
from sharewell.catalogue.episodes import EPISODE_SCHEMA

FIRST_YEAR, LAST_YEAR = 2009, 2025
"""Financial years that the rows are spread over, one file each."""

# Shares of a national year of 20 million episodes (facts: published yearly totals). Extra rows
# stand for episodes that are not admissions and so fall to the measures' conditions.
_SHARP, _ASSAULT, _POISONING, _DISORDER_PRIMARY, _DISORDER_ANY = (
    0.00026,
    0.00135,
    0.00100,
    0.00045,
    0.0045,
)
_EXTERNAL = 0.06  # CAUSE is empty in about 94 of 100 episodes

_Random = np.random.Generator


def _take(
    random: _Random, values: list[str], rows: int, weights: np.ndarray | None = None
) -> pa.Array:
    """A string column of ``rows`` draws, as a dictionary."""
    if weights is None:
        picks = random.integers(0, len(values), rows, dtype=np.int32)
    else:
        picks = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(rows)).astype(
            np.int32
        )
        picks = np.minimum(picks, len(values) - 1)
    return pa.DictionaryArray.from_arrays(pa.array(picks), pa.array(values, pa.string()))


def _background_codes() -> list[str]:
    """Four-character codes A000 to T999 without those of any cohort but with their neighbours."""
    codes = [
        f"{c}{n:02d}{d}" for c in "ABCDEGHIJKLMNRST" for n in range(100) for d in range(0, 9, 2)
    ]
    codes += [
        f"F{n:02d}{d}" for n in range(100) for d in range(10) if n not in (*range(11, 17), 18, 19)
    ]
    return [c for c in codes if not c.startswith(("T40", "T436"))]


def _causes(random: _Random, rows: int) -> tuple[np.ndarray, pa.Array]:
    """Which rows have an external cause, and the code of each row that has."""
    has = random.random(rows) < _EXTERNAL
    count = int(has.sum())
    other = [f"{c}{n:02d}{d}" for c in "VW" for n in range(100) for d in range(0, 10, 3)]
    assault = [
        f"{b}{d}"
        for b in ("X92", "X93", "X95", "Y00", "Y04", "Y08", "Y09", "X85")
        for d in range(5)
    ]
    sharp = [f"X99{d}" for d in range(10)]
    draw = random.random(count) * _EXTERNAL
    codes = np.where(
        draw < _SHARP,
        random.integers(0, len(sharp), count),
        np.where(
            draw < _ASSAULT,
            len(sharp) + random.integers(0, len(assault), count),
            len(sharp) + len(assault) + random.integers(0, len(other), count),
        ),
    )
    picks = np.zeros(rows, dtype=np.int32)
    picks[has] = codes
    index = pa.array(picks, mask=~has)
    return has, pa.DictionaryArray.from_arrays(index, pa.array(sharp + assault + other))


def _diagnoses(random: _Random, rows: int, cause: pa.Array) -> tuple[pa.Array, pa.Array]:
    """DIAG_4_01, and DIAG_4_CONCAT: the primary, one to eight others, and the external cause."""
    background = _background_codes()
    poisoning = [f"T40{d}" for d in range(10)] + ["T436"]
    disorder = [f"F{n}{d}" for n in (11, 12, 13, 14, 15, 16, 18, 19) for d in range(10)]
    values = background + poisoning + disorder
    first = len(background)
    # A long-tailed choice, as diagnoses are: the commonest few hundred take most episodes.
    tail = (random.random(rows) ** 3 * first).astype(np.int32)
    draw = random.random(rows)
    primary = np.where(draw < _POISONING, first + random.integers(0, len(poisoning), rows), tail)
    disorders = first + len(poisoning) + random.integers(0, len(disorder), rows)
    high = _POISONING + _DISORDER_PRIMARY
    primary = np.where((draw >= _POISONING) & (draw < high), disorders, primary)
    dictionary = pa.array(values, pa.string())
    primary_codes = pa.DictionaryArray.from_arrays(pa.array(primary.astype(np.int32)), dictionary)
    joined = [primary_codes.cast(pa.string())]
    others = random.integers(1, 9, rows)
    any_disorder = random.random(rows) < _DISORDER_ANY
    for position in range(8):
        picks = (random.random(rows) ** 3 * first).astype(np.int32)
        if position == 0:
            picks = np.where(any_disorder, disorders, picks).astype(np.int32)
        column = pa.DictionaryArray.from_arrays(
            pa.array(picks, mask=others <= position), dictionary
        )
        joined.append(column.cast(pa.string()))
    joined.append(cause.cast(pa.string()))
    concat = pc.binary_join_element_wise(*joined, ",", null_handling="skip")
    return primary_codes, concat


def _year(random: _Random, year: int, rows: int, start: int) -> pa.Table:
    """The episodes of one financial year, in the order in which they end."""
    days = (date(year + 1, 4, 1) - date(year, 4, 1)).days
    end = np.sort(
        (np.datetime64(date(year, 4, 1)) - np.datetime64("1970-01-01")).astype(int)
        + random.integers(0, days, rows)
    ).astype(np.int32)
    stay = random.geometric(0.4, rows).astype(np.int32) - 1
    dates = [pa.array(end - offset).cast(pa.date32()) for offset in (stay, 0, stay + 1)]
    keys = pa.array(np.int64(10**11) + start + np.arange(rows, dtype=np.int64))
    people = pa.array(random.integers(10**15, 10**15 + 12_000_000, rows, dtype=np.int64))
    age = random.integers(0, 100, rows).astype(np.int16)
    age[random.random(rows) < 0.03] = 7004
    _, cause = _causes(random, rows)
    primary, concat = _diagnoses(random, rows, cause)
    districts = [c for c in lookup_table()["code"].to_pylist() if c != UNKNOWN]
    regions = [f"E1200000{n}" for n in range(1, 10)]
    ethnic = [c for c in ETHNIC_GROUPS if c != UNKNOWN] + ["X", "99"]

    def few(values: list[int], weights: list[float], kind: type) -> pa.Array:
        return pa.array(random.choice(np.array(values), rows, p=weights).astype(kind))

    columns = {
        "EPIKEY": keys.cast(pa.string()),
        "FYEAR": pa.array([f"{year % 100:02d}{(year + 1) % 100:02d}"]).take(
            pa.array(np.zeros(rows, np.int32))
        ),
        "PARTYEAR": pa.array([f"{year}13"]).take(pa.array(np.zeros(rows, np.int32))),
        "EPISTART": dates[0],
        "EPIEND": dates[1],
        "ADMIDATE": dates[2],
        "EPISTAT": few([3, 1, 9], [0.995, 0.004, 0.001], np.int8),
        "EPIORDER": few([1, 2, 3, 4, 98], [0.86, 0.09, 0.03, 0.015, 0.005], np.int16),
        "EPITYPE": few([1, 2, 3], [0.94, 0.03, 0.03], np.int8),
        "CLASSPAT": few([1, 2, 3, 4, 5], [0.6, 0.34, 0.015, 0.015, 0.03], np.int8),
        "ADMIMETH": _take(random, ["11", "12", "21", "22", "28", "2A", "31", "81"], rows),
        "DISMETH": few([1, 2, 4, 8], [0.9, 0.05, 0.03, 0.02], np.int8),
        "CAUSE_4": cause,
        "DIAG_4_01": primary,
        "DIAG_4_CONCAT": concat,
        "SEX": _take(random, ["1", "2", "9"], rows),
        "STARTAGE": pa.array(age),
        "ETHNOS": _take(random, ethnic, rows),
        "RESLADST_ONS": _take(random, districts, rows),
        "RESGOR_ONS": _take(random, regions, rows),
        "TOKEN_PERSON_ID": people.cast(pa.string()),
    }
    arrays = [pc.cast(columns[field.name], field.type) for field in EPISODE_SCHEMA]
    return pa.table(arrays, schema=EPISODE_SCHEMA)


def write_nothing(directory: Path) -> Path:
    """A file of the schema without rows, to warm up on."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "nobody.parquet"
    pq.write_table(EPISODE_SCHEMA.empty_table(), path)
    return path


def write_episodes(directory: Path, rows: int, seed: int = 20) -> tuple[Path, ...]:
    """Write about ``rows`` episodes, a Parquet file a year; files already complete are kept."""
    directory.mkdir(parents=True, exist_ok=True)
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    share = rows // len(years)
    paths = []
    for number, year in enumerate(years):
        path = directory / f"made-up-{year}-{share}.parquet"
        paths.append(path)
        if path.exists():
            continue
        count = share if number else rows - share * (len(years) - 1)
        table = _year(np.random.default_rng((seed, year)), year, count, number * share)
        partial = path.with_suffix(".partial")
        pq.write_table(table, partial, compression="zstd", row_group_size=122_880)
        partial.rename(path)
    return tuple(paths)
