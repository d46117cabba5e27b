"""The official artificial HES file, against defects counted here in plain Python.

Source of the file: artificial HES pilot, admitted patient care 2001-02 (Crown, Open Government
Licence). Its columns were drawn independently, so that derived columns disagree with others.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sharewell.catalogue.report import Report
from sharewell.catalogue.validation import validate

HES = Path(__file__).resolve().parents[2] / "../shared/data/hes"
APC = HES / "artificial_hes_apc_0102_truncated.csv"
AE = HES / "artificial_hes_ae_0708_truncated.csv"

pytestmark = pytest.mark.skipif(
    not (APC.exists() and AE.exists()),
    reason="the public test data are not beside this checkout (../shared/data/hes)",
)

CODE = re.compile(r"[A-Z]\d\d[\dX]?")
CAUSE = re.compile(r"(V0[1-9]|V[1-9]\d|[WX]\d\d|Y[0-8]\d|Y9[0-8])[\dX]?")


@pytest.fixture(scope="module")
def report() -> Report:
    return validate(APC)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with APC.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def diagnoses(row: dict[str, str]) -> list[str]:
    codes = [row[f"DIAG_4_{n:02d}"].strip().rstrip("-") for n in range(1, 21)]
    return [code for code in codes if code]


def first_cause(row: dict[str, str]) -> str:
    return next((code for code in diagnoses(row) if CAUSE.fullmatch(code)), "")


def fce(row: dict[str, str]) -> bool:
    return row["EPISTAT"] == "3" and row["CLASSPAT"] not in ("3", "4")


def fae(row: dict[str, str]) -> bool:
    return fce(row) and row["EPIORDER"] == "1"


DEFECTS: dict[str, Callable[[dict[str, str]], bool]] = {
    "HES103": lambda row: len(row["EPIKEY"]) != 12,
    "HES204": lambda row: row["EPISTART"] in ("1800-01-01", "1801-01-01"),
    "HES205": lambda row: row["EPIEND"] in ("1800-01-01", "1801-01-01"),
    "HES206": lambda row: row["ADMIDATE"] in ("1800-01-01", "1801-01-01"),
    "HES318": lambda row: row["ETHNOS"] in "0123456789",
    "HES401": lambda row: row["EPISTAT"] == "3" and not row["DIAG_4_01"].rstrip("-"),
    "HES402": lambda row: bool(row["DIAG_4_01"]) and not CODE.fullmatch(row["DIAG_4_01"]),
    "HES403": lambda row: not all(CODE.fullmatch(code) for code in diagnoses(row)[1:]),
    "HES405": lambda row: len(diagnoses(row)) > 7,
    "HES407": lambda row: row["EPISTAT"] == "3" and row["CAUSE_4"] != first_cause(row),
    "HES601": lambda row: row["FCE"] != str(int(fce(row))),
    "HES602": lambda row: row["FAE"] != str(int(fae(row))),
    "HES603": lambda row: (
        row["FAE_EMERGENCY"] != str(int(fae(row) and row["ADMIMETH"].startswith("2")))
    ),
    "HES604": lambda row: row["FDE"] != str(int(fce(row) and row["DISMETH"] in "12345")),
}


def test_it_is_read_whole_and_nothing_in_it_stops_an_import(report: Report) -> None:
    assert (report.rows, len(report.columns)) == (2075, 193)
    assert (report.format, report.fyear, report.partyear) == ("CSV (comma)", "0102", "200199")
    assert report.errors == ()
    assert report.ok


@pytest.mark.parametrize("code", DEFECTS)
def test_its_true_defects_are_counted(report: Report, rows, code: str) -> None:
    wrong = [number for number, row in enumerate(rows, start=1) if DEFECTS[code](row)]
    finding = report.finding(code)
    if not wrong:
        assert finding is None
    else:
        assert finding is not None
        assert (finding.count, finding.first_rows) == (len(wrong), tuple(wrong[:5]))
        assert finding.severity == "warning"


def test_nothing_else_is_found(report: Report) -> None:
    assert {finding.code for finding in report.findings} <= set(DEFECTS)


def test_the_accident_and_emergency_file_is_called_by_its_name() -> None:
    report = validate(AE)
    assert [finding.code for finding in report.findings] == ["HES011"]
    assert "HES Accident and Emergency" in report.findings[0].message
    assert report.rows == 0
    assert not report.usable
