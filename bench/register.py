"""A register of national size, made by enlarging a sample, and how long reading it takes."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path

from openpyxl import Workbook

from sharewell.register import DatasetRow, Edition, FileRow, RegisterAgreement, compare
from sharewell.register import read_workbook as read_register
from sharewell.register.workbook import SHEETS

AGREEMENTS, FILE_ROWS, EDITIONS = 2_000, 105_000, 60
MOST_SECONDS = 2.0
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_FIRST_MONTH = date(2016, 5, 1)
_AMENDED = 20


def enlarge(
    edition: Edition,
    agreements: int = AGREEMENTS,
    file_rows: int = FILE_ROWS,
    editions: int = EDITIONS,
    seed: int = 2026,
) -> Iterator[Edition]:
    """Editions of a register with as many agreement versions and file rows as asked for.

    Each agreement is one of the sample's under a new reference and an organisation of an
    invented number; file rows are dealt out to them. The first edition has six tenths of all,
    each later one more, and `_AMENDED` agreements edited in place: half of them only in looks.
    The same arguments give the same editions.
    """
    chance = random.Random(seed)
    everyone, datasets = _agreements(edition, agreements, chance)
    files = _files(edition, everyone, file_rows, chance)
    for number in range(editions):
        share = 1.0 if editions == 1 else 0.6 + 0.4 * number / (editions - 1)
        shown = everyone[: max(1, round(agreements * share))]
        names = {each.name for each in shown}
        month = _month(12 * 5 + number)
        yield Edition(
            name=f"Enlarged register {month:%Y-%m}",
            source="workbook",
            digest=f"{seed:032x}{number:032x}",
            published=month,
            agreements=tuple(shown),
            datasets=tuple(row for row in datasets if row.agreement in names),
            files=tuple(row for row in files[: round(file_rows * share)] if row.agreement in names)
            if share < 1
            else tuple(files),
        )
        for index in chance.sample(range(len(shown)), min(_AMENDED, len(shown))):
            everyone[index] = _amended(everyone[index], chance)


def write_workbook(edition: Edition, path: Path) -> None:
    """The edition as the official workbook: three sheets, months as Jul-19, days as dates."""
    book = Workbook(write_only=True)
    rows: dict[str, Iterator[Sequence[object]]] = {
        "Agreements": map(_agreement_cells, edition.agreements),
        "Datasets": (
            (r.agreement, r.dataset, r.type_of_data, r.sensitivity, r.frequency, r.legal_basis,
             r.confidentiality)
            for r in edition.datasets
        ),
        "DataReleases": (
            (r.file, r.agreement, r.dataset, r.type_of_data, r.sensitivity, r.opt_outs,
             r.legal_basis, r.frequency, f"{r.month:%b-%y}" if r.month else None)
            for r in edition.files
        ),
    }  # fmt: skip
    for name, columns in SHEETS.items():
        sheet = book.create_sheet(name)
        sheet.append([header for header, _ in columns])
        for row in rows[name]:
            sheet.append(row)
    book.save(path)


def main(arguments: list[str]) -> int:
    """Prints seconds to read and to compare editions of national size; 1 when too slow."""
    parser = argparse.ArgumentParser(prog="python -m bench register")
    parser.add_argument("sample", type=Path, help="an official workbook to enlarge")
    parser.add_argument("--agreements", type=int, default=AGREEMENTS)
    parser.add_argument("--file-rows", type=int, default=FILE_ROWS)
    given = parser.parse_args(arguments)
    made = enlarge(read_register(given.sample), given.agreements, given.file_rows, 2)
    with tempfile.TemporaryDirectory() as folder:
        read, times = [], []
        for number, edition in enumerate(made):
            path = Path(folder) / f"{number}.xlsx"
            write_workbook(edition, path)
            started = time.process_time()
            read.append(read_register(path))
            times.append(time.process_time() - started)
            print(
                f"read {len(edition.agreements):,} agreement versions and "
                f"{len(edition.files):,} file rows ({path.stat().st_size:,} bytes): "
                f"{times[-1]:.2f} s of one core"
            )
    started = time.perf_counter()
    changes = compare(read[0], read[1])
    print(f"compared: {time.perf_counter() - started:.2f} s, {len(changes.fields):,} fields")
    return int(max(times) > MOST_SECONDS)


def _agreements(
    edition: Edition, count: int, chance: random.Random
) -> tuple[list[RegisterAgreement], list[DatasetRow]]:
    """As many agreement versions, cycling over the sample's agreements with all their versions."""
    found: list[RegisterAgreement] = []
    datasets: list[DatasetRow] = []
    for number, versions in enumerate(cycle(edition.versions.values())):
        tail = "".join(chance.choices(_LETTERS, k=5))
        reference = f"DARS-NIC-{800_000 + number}-{tail}"
        organisation = f"{versions[-1].organisation} {chance.randrange(400):03}"
        for version in versions:
            new = replace(
                version,
                reference=reference,
                organisation=organisation,
                title=f"{version.title} {number}",
            )
            found.append(new)
            datasets += [
                replace(row, agreement=new.name)
                for row in edition.datasets_of.get(version.name, ())
            ]
        if len(found) >= count:
            break
    found = found[:count]
    names = {each.name for each in found}
    return found, [row for row in datasets if row.agreement in names]


def _files(
    edition: Edition, agreements: list[RegisterAgreement], count: int, chance: random.Random
) -> list[FileRow]:
    """File rows like the sample's, dealt to agreements from the first to the last."""
    return [
        replace(
            row,
            file=f"FILE{number:07}",
            agreement=agreements[number * len(agreements) // count].name,
            month=_month(chance.randrange(120)),
        )
        for number, row in enumerate(islice(cycle(edition.files), count))
    ]


def _amended(agreement: RegisterAgreement, chance: random.Random) -> RegisterAgreement:
    if chance.random() < 0.5:
        return replace(agreement, title=agreement.title.replace(" ", "  ", 1))
    words = (agreement.processing or "").split(" ")
    words[chance.randrange(len(words))] = "amended"
    return replace(agreement, processing=" ".join(words))


def _agreement_cells(row: RegisterAgreement) -> Sequence[object]:
    return (
        row.name, row.title, row.organisation, row.organisation_type, row.controllers_written,
        row.controller_arrangement, row.start, row.end, row.sublicensing, row.commercial,
        row.objective, row.processing, row.outputs, row.benefits, row.yielded_benefits,
    )  # fmt: skip


def _month(number: int) -> date:
    """The month so many months after the first in which the register lists files."""
    years, months = divmod(_FIRST_MONTH.month - 1 + number, 12)
    return date(_FIRST_MONTH.year + years, months + 1, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
