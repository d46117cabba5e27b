"""Workbooks that are what they should be come back as they were written; others are refused
with sheet, row, column and remedy."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from register_samples import (
    AGREEMENT,
    COMMA_NAMES,
    DATASET,
    FILE,
    edition,
    needs_samples,
    rows_of,
    workbook,
)

from sharewell.register import RegisterError, read_workbook, split_names

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=30
).map(str.strip)
name = words.filter(lambda text: text and not set(text) & set(";,\n"))
days = st.dates(date(1990, 1, 1), date(2060, 1, 1))
months = st.dates(date(2000, 1, 1), date(2060, 1, 1)).map(lambda day: day.replace(day=1))


@st.composite
def editions(draw: st.DrawFn) -> Any:
    agreements, datasets, files = [], [], []
    for number in range(draw(st.integers(1, 3))):
        first, last = sorted((draw(days), draw(days)))
        controller = draw(name)
        agreements.append(
            replace(
                AGREEMENT,
                version=f"{number}.{draw(st.integers(0, 12))}",
                title=draw(words),
                organisation=draw(name),
                controllers=(controller,),
                controllers_written=controller,
                start=first,
                end=last,
                objective=draw(words),
                yielded_benefits=draw(words),
            )
        )
        row = replace(DATASET, agreement=agreements[-1].name, dataset=draw(name))
        datasets.append(replace(row, legal_basis=draw(words)))
        for _ in range(draw(st.integers(0, 3))):
            file = replace(FILE, file=f"FILE{len(files):07}", agreement=row.agreement)
            files.append(replace(file, dataset=row.dataset, month=draw(months)))
    return edition(agreements, datasets, files)


@settings(max_examples=40)
@given(editions())
def test_what_is_written_is_read(made: Any) -> None:
    read = read_workbook(workbook(rows_of(made)), name=made.name, published=made.published)
    assert replace(read, digest="") == made


def problem(rows: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
    with pytest.raises(RegisterError) as caught:
        read_workbook(workbook(rows, headers or {}), name="register.xlsx")
    return str(caught.value)


def changed(sheet: str, column: int, value: object) -> dict[str, Any]:
    rows = rows_of(edition())
    rows[sheet][0][column] = value
    return rows


@pytest.mark.parametrize(
    ("sheet", "column", "value", "says"),
    [
        ("Agreements", 0, "NIC-1", "row 2, column 'Reference Number': 'NIC-1' is no reference"),
        ("Agreements", 1, 2020, "row 2, column 'Application Title': This is the number 2020"),
        ("Agreements", 6, "soon", "column 'DSA Start Date': 'soon' is not a day. Write it as"),
        ("Agreements", 6, "31/02/2022", "'31/02/2022' is not in the calendar"),
        ("Agreements", 7, date(2020, 1, 1), "ends (2020-01-01) before it starts"),
        ("Agreements", 7, 9_999_999, "9999999 is not a day"),
        ("Agreements", 7, True, "the truth value True"),
        ("Datasets", 0, None, "column 'Reference Number': The reference is missing"),
        ("DataReleases", 0, None, "column 'File Reference': The file has no reference"),
        ("DataReleases", 8, "Smarch-19", "column 'Month File Released': 'Smarch-19' is not a"),
        ("DataReleases", 8, date(2026, 7, 19), "may have taken a month such as 'Jul-19'"),
    ],
)
def test_a_wrong_cell_is_named(sheet: str, column: int, value: object, says: str) -> None:
    found = problem(changed(sheet, column, value))
    assert says in found
    assert found.startswith(f"register.xlsx, sheet {sheet}, row 2")


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("28/01/2022", date(2022, 1, 28)),
        ("2022-01-28", date(2022, 1, 28)),
        ("28 January 2022", date(2022, 1, 28)),
        ("28-Jan-22", date(2022, 1, 28)),
        (44589, date(2022, 1, 28)),
        (datetime(2022, 1, 28, 9, 30), date(2022, 1, 28)),  # noqa: DTZ001 - as Excel has it
        (None, None),
    ],
)
def test_days_in_many_forms(value: object, day: date | None) -> None:
    read = read_workbook(workbook(changed("Agreements", 6, value)))
    assert read.agreements[0].start == day


@pytest.mark.parametrize(
    "value", ["Mar-22", "March 2022", "2022-03", "03/2022", "01/03/2022", date(2022, 3, 1), 44621]
)
def test_months_in_many_forms(value: object) -> None:
    read = read_workbook(workbook(changed("DataReleases", 8, value)))
    assert read.files[0].month == date(2022, 3, 1)


def test_a_sheet_or_a_column_is_missing() -> None:
    rows = rows_of(edition())
    del rows["Datasets"]
    assert "sheet Datasets: There is no such sheet. The workbook has: Agreements" in problem(rows)
    rows = rows_of(edition())
    headers = {"DataReleases": ["File", *[str(n) for n in range(8)]]}
    assert "sheet DataReleases, column 'File Reference': The column is missing" in problem(
        rows, headers
    )


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        ("Agreements", "row 3, column 'Reference Number': This version stands in row 2 already"),
        ("Datasets", "row 3, column 'Dataset': The same row stands in row 2 already"),
        ("DataReleases", "row 3, column 'File Reference': The file FILE0000001 stands in row 2"),
    ],
)
def test_rows_that_repeat(sheet: str, says: str) -> None:
    rows = rows_of(edition())
    rows[sheet].append(list(rows[sheet][0]))
    assert says in problem(rows)


def test_all_problems_are_told_at_once() -> None:
    rows = changed("Agreements", 6, "soon")
    rows["DataReleases"][0][8] = "never"
    with pytest.raises(RegisterError) as caught:
        read_workbook(workbook(rows))
    assert [p.column for p in caught.value.problems] == ["DSA Start Date", "Month File Released"]


def test_a_note_of_the_export_is_passed_over() -> None:
    rows = rows_of(edition())
    rows["Agreements"].append(["No filters applied", *[None] * 14])
    rows["DataReleases"].append(["No filters applied", *[None] * 8])
    read = read_workbook(workbook(rows))
    assert (len(read.agreements), len(read.files)) == (1, 1)
    assert len([remark for remark in read.remarks if "passed over" in remark]) == 2


def test_rows_of_an_unlisted_agreement_are_kept_and_remarked() -> None:
    lost = replace(FILE, file="FILE0000002", agreement="DARS-NIC-999999-ZZZZZ-v1.0")
    read = read_workbook(workbook(rows_of(edition(files=[FILE, lost]))))
    assert len(read.files) == 2
    assert "DARS-NIC-999999-ZZZZZ-v1.0" in read.remarks[0]
    assert read.recipient(lost) == lost.agreement


def test_the_day_in_the_name() -> None:
    content = workbook(rows_of(edition()))
    assert read_workbook(content, name="register_2022-09.xlsx").published == date(2022, 9, 1)
    unnamed = read_workbook(content, name="register_A.xlsx")
    assert unnamed.published is None
    assert unnamed.as_of == date(2022, 3, 31)


def rezipped(
    change: Callable[[str, bytes], bytes | None], more: Mapping[str, bytes] | None = None
) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(workbook(rows_of(edition()))))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = change(part, source.read(part))
            if content is not None:
                target.writestr(part, content)
        for part, content in (more or {}).items():
            target.writestr(part, content)
    return file.getvalue()


def lying(content: bytes) -> bytes:
    """The last part grown by a million bytes that its headers do not speak of."""
    made = bytearray(rezipped(lambda _, part: part, {"xl/worksheets/bomb.xml": b" " * 2**20}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.rfind(signature)
        made[at + offset : at + offset + 4] = (100).to_bytes(4, "little")
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an Excel workbook"),
        (b"Reference Number,Title\n", "not an Excel workbook"),
        (workbook(rows_of(edition()))[:2000], "not an Excel workbook"),
        (rezipped(lambda n, c: None if n == "xl/workbook.xml" else c), "not an Excel workbook"),
        (rezipped(lambda _, c: c, {"xl/vbaProject.bin": b"x"}), "macros"),
        (lying(b""), "longer than it declares"),
        (
            rezipped(lambda n, c: c.replace(b'r="A2"', b'r="XFD1048576"') if "sheets/" in n else c),
            "beyond column Z",
        ),
        (rezipped(lambda n, c: c[: len(c) // 2] if "sheets/" in n else c), "damaged"),
    ],
)
def test_hostile_files_are_refused(content: bytes, says: str) -> None:
    with pytest.raises(RegisterError, match=says):
        read_workbook(content, name="hostile.xlsx")


def test_a_bomb_is_refused_by_what_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sharewell.register.guard.GREATEST_CONTENT", 2**20)
    bomb = rezipped(lambda _, c: c, {"xl/media/zeros.bin": b"\0" * 2**21})
    assert len(bomb) < 20_000
    with pytest.raises(RegisterError, match="unpacks to"):
        read_workbook(bomb)


@needs_samples
def test_names_that_hold_commas() -> None:
    names = json.loads(COMMA_NAMES.read_text("utf-8"))
    known = names["one_organisation"]
    for one in known:
        assert split_names(one, known) == (one,)
        assert split_names(one, sole=True) == (one,)
        assert split_names(f"{one}, UNIVERSITY OF YORK", known) == (one, "UNIVERSITY OF YORK")
    for joined, parts in names["two_organisations"]:
        assert split_names(joined, known) == tuple(parts)
        assert split_names(joined.replace(", ", "; ")) == tuple(parts)


def test_commas_in_brackets_do_not_divide() -> None:
    name = "BCP COUNCIL [BOURNEMOUTH, CHRISTCHURCH AND POOLE]"
    assert split_names(f"{name}, NHS ENGLAND - X26") == (name, "NHS ENGLAND - X26")


def test_applicants_protect_the_names_of_joint_controllers() -> None:
    name = "Cumbria, Northumberland, Tyne and Wear NHS Foundation Trust"
    alone = replace(AGREEMENT, organisation=name)
    joint = replace(
        AGREEMENT,
        version="0.3",
        controllers_written=f"{name}, UNIVERSITY OF YORK",
        controller_arrangement="Joint Data Controller",
    )
    read = read_workbook(workbook(rows_of(edition([alone, joint]))))
    assert read.agreements[1].controllers == (name, "UNIVERSITY OF YORK")
