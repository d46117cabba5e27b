"""Where the public samples are, and small registers made for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from sharewell.register import DatasetRow, Edition, FileRow, RegisterAgreement
from sharewell.register.workbook import SHEETS

SHARED = Path(__file__).resolve().parents[2] / "../shared"
EDITION_A = SHARED / "data/register/register_edition_A.xlsx"
EDITION_B = SHARED / "data/register/register_edition_B.xlsx"
FACTS = SHARED / "data/register/register_facts.json"
COMMA_NAMES = SHARED / "data/register/comma_names.json"
SEEDS = SHARED / "seeds"

needs_samples = pytest.mark.skipif(
    not (EDITION_A.exists() and EDITION_B.exists()),
    reason="the public test data are not beside this checkout (../shared/data/register)",
)
needs_seeds = pytest.mark.skipif(
    not list(SEEDS.glob("000_*.txt")),
    reason="the seed documents are not beside this checkout (../shared/seeds)",
)


def seed(number: str) -> str:
    """The text of a seed document."""
    (path,) = SEEDS.glob(f"{number}_*.txt")
    return path.read_text("utf-8")


AGREEMENT = RegisterAgreement(
    reference="DARS-NIC-100001-A1B2C",
    version="0.2",
    title="Falls in winter",
    organisation="UNIVERSITY OF EXAMPLE",
    organisation_type="Academic",
    controllers=("UNIVERSITY OF EXAMPLE",),
    controllers_written="UNIVERSITY OF EXAMPLE",
    controller_arrangement="Sole Data Controller",
    start=date(2022, 1, 28),
    end=date(2025, 1, 27),
    sublicensing="No",
    commercial="No",
    objective="To count falls.",
    processing="Falls are counted.",
    outputs="A report.",
    benefits="Fewer falls.",
    yielded_benefits="",
)
DATASET = DatasetRow(
    agreement=AGREEMENT.name,
    dataset="Emergency Care Data Set (ECDS)",
    type_of_data="Anonymised - ICO Code Compliant",
    sensitivity="Non-Sensitive",
    frequency="Ongoing",
    legal_basis="Health and Social Care Act 2012 – s261(2)(a)",
    confidentiality="Does not include the flow of confidential data",
)
FILE = FileRow(
    file="FILE0000001",
    agreement=AGREEMENT.name,
    dataset=DATASET.dataset,
    type_of_data=DATASET.type_of_data,
    sensitivity=DATASET.sensitivity,
    opt_outs="No",
    legal_basis=DATASET.legal_basis,
    frequency=DATASET.frequency,
    month=date(2022, 3, 1),
)


def edition(
    agreements: Iterable[RegisterAgreement] = (AGREEMENT,),
    datasets: Iterable[DatasetRow] = (DATASET,),
    files: Iterable[FileRow] = (FILE,),
    **more: Any,
) -> Edition:
    """A small edition."""
    made = Edition(
        "small", "workbook", "", date(2024, 1, 1), tuple(agreements), tuple(datasets), tuple(files)
    )
    return replace(made, **more)


def rows_of(made: Edition) -> dict[str, list[list[object]]]:
    """The edition as rows of the official sheets."""
    return {
        "Agreements": [
            [
                a.name, a.title, a.organisation, a.organisation_type, a.controllers_written,
                a.controller_arrangement, a.start, a.end, a.sublicensing, a.commercial,
                a.objective, a.processing, a.outputs, a.benefits, a.yielded_benefits,
            ]
            for a in made.agreements
        ],
        "Datasets": [
            [
                d.agreement, d.dataset, d.type_of_data, d.sensitivity, d.frequency, d.legal_basis,
                d.confidentiality,
            ]
            for d in made.datasets
        ],
        "DataReleases": [
            [
                f.file, f.agreement, f.dataset, f.type_of_data, f.sensitivity, f.opt_outs,
                f.legal_basis, f.frequency, f"{f.month:%b-%y}" if f.month else None,
            ]
            for f in made.files
        ],
    }  # fmt: skip


def workbook(
    rows: Mapping[str, Sequence[Sequence[object]]],
    headers: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """A workbook with these rows, under the official headers or others."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, body in rows.items():
        sheet = book.create_sheet(name)
        official = [header for header, _ in SHEETS.get(name, ())]
        sheet.append(list((headers or {}).get(name, official)))
        for row in body:
            sheet.append(list(row))
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # text, also where it begins with "="
    file = BytesIO()
    book.save(file)
    return file.getvalue()
