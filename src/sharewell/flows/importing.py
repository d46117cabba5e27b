"""Import: a validated file of episodes becomes part of the vault, or nothing changes.

A newer monthly extract supersedes the older one of its year, and the ledger says so. Killed at
any moment, import leaves the old state or the new one: see `releases` for the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from sharewell.catalogue.conversion import NotImportableError, convert
from sharewell.catalogue.datasets import dataset as find_dataset
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home, current_imports, show_import
from sharewell.flows.people import Person, check_may
from sharewell.flows.releases import Progress, no_progress
from sharewell.ledger import Entry

INVENTED_PERSON = "SYNTHETICPERSON"
"""How the tokens of invented people begin."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    entry: Entry
    rows_kept: int
    rows_dropped: Mapping[str, int]
    superseded: int | None
    in_use: bool
    already_there: bool


def import_file(
    home: Home,
    person: Person,
    path: Path,
    dataset: str = "hes_apc",
    progress: Progress = no_progress,
) -> Imported:
    """Validates a file, keeps its good rows and records it.

    Rows with an error are dropped and counted by finding code. A file that cannot be read as
    this dataset at all raises FlowError and changes nothing. The same file a second time changes
    nothing either.
    """
    check_may(person, "import")
    dataset = find_dataset(dataset).id
    digest = _digest(path)
    source = {"name": path.name, "sha256": digest}
    if known := _imported(home, source, dataset):
        return _described(home, known, already_there=True)
    with home.staging() as staging:
        try:
            converted = convert(
                path,
                dataset,
                staging,
                progress=lambda done: progress(f"Importing {path.name}", done),
            )
        except NotImportableError as error:
            raise FlowError(f"{error} Nothing was changed.") from None
        synthetic = _looked_over(path, dataset, [staging / name for name in converted.files])
        with home.ledger.transaction() as transaction:
            files = [home.files.put_file(name, staging / name) for name in converted.files]
            transaction.wait_turn()
            if known := _imported(home, source, dataset):  # somebody else was quicker
                return _described(home, known, already_there=True)
            current = current_imports(home.ledger).get((dataset, converted.financial_year))
            older = current and current.body["partyear"] <= converted.partyear
            entry = transaction.append(
                kind="import",
                actor=person.as_actor(),
                body={
                    "dataset": dataset,
                    "financial_year": converted.financial_year,
                    "partyear": converted.partyear,
                    "source": source,
                    "synthetic": synthetic,
                    "rows_in": converted.rows_in,
                    "rows_kept": converted.rows_kept,
                    "rows_dropped": dict(converted.rows_dropped),
                    "supersedes": current.seq if current and older else None,
                },
                files=files,
            )
    described = _described(home, entry, already_there=False)
    if described.in_use:
        show_import(home, entry)
    return described


def _looked_over(path: Path, dataset: str, files: Iterable[Path]) -> bool:
    """Whether the episodes are invented; FlowError when they are those of the other nation.

    Invented people have tokens that say so, whatever the file is called.
    """
    welsh = known = 0
    synthetic = path.name.upper().startswith("SYNTHETIC")
    for file in files:
        table = pq.read_table(file, columns=["RESLADST_ONS", "TOKEN_PERSON_ID"])
        district = table["RESLADST_ONS"]
        known += len(district) - district.null_count
        welsh += pc.sum(pc.starts_with(district, "W")).as_py() or 0
        tokens = pc.starts_with(table["TOKEN_PERSON_ID"], INVENTED_PERSON)
        synthetic = synthetic or bool(pc.any(tokens).as_py())
    share = welsh / known if known else None
    if share is not None and (share > 0.5) != (dataset == "pedw"):
        raise FlowError(
            f"{path.name} was not imported as {dataset}: {share:.0%} of its patients live in "
            "Wales. Check which dataset the file holds. Nothing was changed."
        )
    return synthetic


def _imported(home: Home, source: Mapping[str, str], dataset: str) -> Entry | None:
    where = {"source": source, "dataset": dataset}
    return next(home.ledger.entries(kind="import", where=where), None)


def _described(home: Home, entry: Entry, *, already_there: bool) -> Imported:
    body = entry.body
    in_use = current_imports(home.ledger)[(body["dataset"], body["financial_year"])]
    return Imported(
        entry=entry,
        rows_kept=body["rows_kept"],
        rows_dropped=body["rows_dropped"],
        superseded=body["supersedes"],
        in_use=in_use.seq == entry.seq,
        already_there=already_there,
    )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FlowError(f"{path} cannot be read ({error.strerror}). Check the path.") from None
