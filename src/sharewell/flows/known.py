"""What readers have already: earlier releases, as the attack on new tables needs them.

A release keeps the published form of each of its tables beside its files, under `PUBLISHED`:
what is printed, and what that says of each cell. It holds no count. The true counts come from the
counted tables that the release was made from; a table from outside (see `outside`) has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sharewell.catalogue.breakdowns import BREAKDOWNS, financial_year
from sharewell.disclosure.cells import counts, read_cells
from sharewell.disclosure.conditions import Population
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.published import PublishedTable
from sharewell.flows.home import Home
from sharewell.ledger import Entry, FileRef
from sharewell.tabulation import CountedTable

PUBLISHED = "inside/published"
"""Where a release keeps the published form of its tables; see `home.make_view` for 'inside'."""

SHOWN_ACTS = ("share", "publish")
OUTSIDE, DROPPED = "outside", "dropped"
"""The kinds of entry that register a table from outside, and take that back."""

Editions = Mapping[tuple[str, int], str]


@dataclass(frozen=True)
class Known:
    """What is out: ``tables`` and the ``entries`` they come from. ``silent`` are releases of the
    same data of which the published form was not kept, so that nothing can be said of them."""

    tables: tuple[Shown, ...]
    entries: tuple[int, ...]
    silent: tuple[str, ...]


def kinds_of(cells: pa.Table) -> dict[str, str]:
    """The kind of each breakdown column of a table."""
    return {name: each.kind for name, each in BREAKDOWNS.items() if name in cells.column_names}


def new_shown(published: PublishedTable, counted: CountedTable, editions: Editions) -> Shown:
    """A table that is to go out, with its true counts."""
    spec = counted.spec
    return Shown(
        published,
        population=Population.of(spec.cohort),
        source=spec.dataset,
        edition=editions,
        first=spec.first,
        last=spec.last,
        counts=_counts(counted.cells, spec.id),
        name=published.title,
    )


def editions_of(home: Home, entries: Iterable[Entry]) -> Editions:
    """Which data the releases ``entries`` were counted from: for each dataset and financial year
    (its first calendar year), a text that is the same for the same files."""
    return _editions(_by_seq(home), entries)


def _editions(by_seq: Mapping[int, Entry], entries: Iterable[Entry]) -> Editions:
    found: dict[tuple[str, int], str] = {}
    waiting = [entry.seq for entry in entries]
    while waiting:
        entry = by_seq[waiting.pop()]
        if told := _told_editions(entry):
            found |= told
            continue
        if entry.kind != "import":
            waiting += entry.body["inputs"]
            continue
        found[entry.body["dataset"], int(entry.body["partyear"][:4])] = edition_of(entry)
    return found


def edition_of(extract: Entry) -> str:
    """A text that is the same for the same files of an import."""
    digests = "".join(sorted(ref.sha256 for ref in extract.files))
    return sha256(digests.encode()).hexdigest()[:16]


def _by_seq(home: Home) -> Mapping[int, Entry]:
    return {entry.seq: entry for entry in home.ledger.entries()}


def write_published(directory: Path, tables: Iterable[PublishedTable]) -> None:
    """Keeps the published form of tables with the release that is made in ``directory``."""
    inside = directory / PUBLISHED
    inside.mkdir(parents=True)
    for table in tables:
        pq.write_table(table.cells, inside / f"{table.id}.parquet", compression="zstd")


def known_releases(home: Home, new: Sequence[Shown], before: int | None = None) -> Known:
    """The tables released so far, to whatever audience, and those registered from outside, that
    count some of the same data in some of the same period as the ``new`` ones. Of releases that
    print the same, the first. ``before``: only what the ledger held before that entry."""
    tables: list[Shown] = []
    entries, silent, seen = [], [], set()
    by_seq = _by_seq(home)
    for entry in _shown_entries(by_seq, before):
        kept = {ref.name: ref for ref in entry.files}
        mine = [facts for facts in entry.body["tables"] if _meets(facts, new)]
        for facts in mine:
            ref = kept.get(f"{PUBLISHED}/{facts['id']}.parquet")
            if ref is None:
                silent.append(entry.body["release"])
            elif (ref.sha256, *_place(facts)) not in seen:
                seen.add((ref.sha256, *_place(facts)))
                tables.append(_old_shown(home, by_seq, entry, facts, ref))
                entries.append(entry.seq)
    return Known(tuple(tables), tuple(dict.fromkeys(entries)), tuple(dict.fromkeys(silent)))


def released_tables(home: Home, entry: Entry) -> tuple[Shown, ...]:
    """The tables of one release, as they were printed, with their true counts."""
    by_seq = _by_seq(home)
    kept = {ref.name: ref for ref in entry.files}
    return tuple(
        _old_shown(home, by_seq, entry, facts, kept[f"{PUBLISHED}/{facts['id']}.parquet"])
        for facts in entry.body["tables"]
    )


def _shown_entries(by_seq: Mapping[int, Entry], before: int | None) -> list[Entry]:
    earlier = [e for e in by_seq.values() if before is None or e.seq < before]
    dropped = {entry.body["entry"] for entry in earlier if entry.kind == DROPPED}
    kinds = (*SHOWN_ACTS, OUTSIDE)
    return [entry for entry in earlier if entry.kind in kinds and entry.seq not in dropped]


def _meets(facts: Mapping[str, Any], new: Sequence[Shown]) -> bool:
    """Whether a released table counts a dataset and a day that one of ``new`` counts."""
    first, last = date.fromisoformat(facts["first"]), date.fromisoformat(facts["last"])
    datasets = set(facts["dataset"].split("+"))
    for shown in new:
        assert shown.first  # noqa: S101 - `new_shown` gives both days
        assert shown.last  # noqa: S101
        same_data = datasets & set(shown.source.split("+"))
        if same_data and first <= shown.last and shown.first <= last:
            return True
    return False


def _place(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return (facts["dataset"], facts["first"], facts["last"], str(facts["codes"]))


def _old_shown(
    home: Home, by_seq: Mapping[int, Entry], entry: Entry, facts: Mapping[str, Any], ref: FileRef
) -> Shown:
    table, codes = facts["id"], frozenset(facts["codes"])
    first, last = date.fromisoformat(facts["first"]), date.fromisoformat(facts["last"])
    cells = pq.read_table(home.files.path(ref.sha256))
    editions = _told_editions(entry) or _editions(by_seq, [entry])
    (rules,) = [p["rules"] for p in entry.body["protection"] if p["table"] == table]
    return Shown(
        PublishedTable(table, facts["title"], tuple(rules), cells),
        population=Population(facts["position"], codes),
        source=facts["dataset"],
        edition={
            key: name
            for key, name in editions.items()
            if financial_year(first) <= key[1] <= financial_year(last)
        },
        first=first,
        last=last,
        released=True,
        counts=_old_counts(home, by_seq, entry, table),
        name=f"{facts['title']} (released {entry.body['on']})",
    )


def _told_editions(entry: Entry) -> Editions:
    """The editions that an entry itself names, as those of tables from outside do, and those of
    counts of records that are not kept."""
    return {(dataset, year): text for dataset, year, text in entry.body.get("editions", ())}


def _old_counts(
    home: Home, by_seq: Mapping[int, Entry], entry: Entry, table: str
) -> npt.NDArray[np.int64] | None:
    """The true counts of a released table, from the counted table that it was made from; None
    for a table from outside."""
    if entry.kind == OUTSIDE:
        return None
    for seq in entry.body["inputs"]:
        for ref in by_seq[seq].files:
            if ref.name == f"counts/{table}.parquet":
                return _counts(pq.read_table(home.files.path(ref.sha256)), table)
    raise LookupError(f"No input of entry {entry.seq} holds the counts of {table}.")


def _counts(cells: pa.Table, table: str) -> npt.NDArray[np.int64]:
    """(n,) the counts in the order of the published table's cells."""
    what = f"Table '{table}'"
    return counts(read_cells(cells, kinds_of(cells), ("count",), what), what)
