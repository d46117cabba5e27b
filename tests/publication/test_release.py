"""The files of a release: read back, compared with each other, and written twice."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from publication_samples import LABELS, counted, published, release_notes

from sharewell.disclosure import PublishedTable
from sharewell.publication import ReleaseNotes, workbook, write_release

CSV = "sharp-object-by-force.csv"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sheet_rows(path: Path, name: str) -> list[dict[str, object]]:
    """The rows of a sheet's table, by its headings."""
    sheet = openpyxl.load_workbook(path)[name]
    (area,) = [table.ref for table in sheet.tables.values()]
    heading, *rows = [[cell.value for cell in row] for row in sheet[area]]
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]


def test_the_csv_prints_every_cell_exactly_as_protected(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    write_release(here, notes, [table], LABELS)
    names = ("crossing", "financial_year", "month", "police_force", "age_under_25", "measure")
    wanted = {
        tuple(cell[name] or "" for name in names): (cell["printed"], cell["treatment"])
        for cell in table.cells.to_pylist()
    }
    rows = read_csv(here / CSV)
    got = {tuple(row[name] for name in names): (row["count"], row["treatment"]) for row in rows}
    assert len(rows) == len(got) == len(table.cells)
    assert got == wanted
    assert {row["police_force_label"] for row in rows} == set(LABELS["police_force"].values())
    assert {row["month_label"] for row in rows if row["month"] == "2013-02"} == {"February 2013"}
    raw = (here / CSV).read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert not raw.startswith(b"\xef\xbb\xbf")


def test_rows_stand_in_the_order_of_readers(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    write_release(here, notes, [table], LABELS)
    rows = read_csv(here / CSV)
    assert [r["crossing"].count(" x ") for r in rows] == sorted(
        r["crossing"].count(" x ") for r in rows
    )
    assert rows[0]["month_label"] == "All months"
    assert rows[0]["police_force_label"] == "England and Wales"
    ages = [r["age_under_25_label"] for r in rows if r["age_under_25"]]
    assert list(dict.fromkeys(ages)) == ["All ages", "Under 25", "25 and over", "Not known"]


def test_the_workbook_holds_the_numbers_of_the_csv(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    write_release(here, notes, [table], LABELS)
    by_place: dict[tuple[str, ...], str] = {}
    for row in read_csv(here / CSV):
        place = (row["financial_year_label"], row["month_label"], row["police_force_label"])
        by_place[(*place, row["age_under_25_label"], row["measure_label"])] = row["count"]
    seen = 0
    for name in ("Table_1", "Table_2"):
        for row in sheet_rows(here / "workbook.xlsx", name):
            for measure in LABELS["measure"].values():
                age = "Age (under 25, 25 and over)"
                place = ("Financial year", "Month", "Police force area of residence", age)
                printed = by_place[(*(str(row.get(title, "")) for title in place), measure)]
                value = row[measure]
                if printed == "*":
                    assert value == "[1 to 7]"
                elif printed == "[c]":
                    assert value == "[c]"
                else:
                    assert isinstance(value, int), "a number, not text that looks like one"
                    assert value == int(printed)
                seen += 1
    assert seen == len(by_place) == len(table.cells)


def test_the_workbook_is_accessible_and_says_what_it_is(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    """Cover, contents and notes; each sheet one named table, nothing merged, in A1 a title."""
    write_release(here, notes, [table], LABELS)
    book = openpyxl.load_workbook(here / "workbook.xlsx")
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Table_1", "Table_2"]
    assert book.properties.title == notes.title
    assert book.properties.created.date() == date(2025, 7, 5)
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        assert sheet["A1"].value
    for name in ("Table_1", "Table_2"):
        text = [str(cell.value) for (cell,) in book[name]["A1":"A14"] if cell.value]
        assert text[0].startswith("Hospital admissions for assault by sharp object, by month")
        assert notes.synthetic in text
        assert any("[1 to 7] means a small number" in line for line in text)
        assert any("[note 1]" in line for line in text)
        headings = [cell.value for cell in next(row for row in book[name] if row[2].value)]
        assert "Police force area of residence code" in headings
        assert "Age (under 25, 25 and over) code" not in headings
    said = [str(row[1].value) for row in book["Notes"].iter_rows(min_row=4)]
    assert not any("Source: ." in text for text in said)
    assert notes.notes[0] in said
    cover = "\n".join(str(cell.value) for (cell, *_) in book["Cover"].iter_rows())
    assert notes.synthetic in cover
    assert "DARS-NIC-612092-Q0Y6F version 1.3" in cover
    assert notes.contact in cover


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, cells: pa.Table) -> None:
    backwards = cells.take(pa.array(range(len(cells) - 1, -1, -1)))
    first = write_release(tmp_path / "a", release_notes(), [published(cells)], LABELS)
    second = write_release(tmp_path / "b", release_notes(), [published(backwards)], LABELS)
    assert first == second
    for file in first:
        assert (tmp_path / "a" / file.name).read_bytes() == (
            tmp_path / "b" / file.name
        ).read_bytes()


def test_what_is_returned_describes_what_was_written(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    files = write_release(here, notes, [table], LABELS)
    assert {file.name for file in files} == {path.name for path in here.iterdir()}
    page = (here / "index.html").read_text(encoding="utf-8")
    for file in files:
        content = (here / file.name).read_bytes()
        assert file.size == len(content)
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        if file.name != "index.html":
            assert file.sha256 in page
            assert f'href="{file.name}"' in page
    assert {file.name: file.rows for file in files}[CSV] == len(table.cells)


def test_the_page_says_who_what_and_how(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    write_release(here, notes, [table], LABELS)
    page = (here / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en-GB">' in page
    for text in (notes.title, notes.agreement, "version 1.3", "Home Office", "The public"):
        assert text in page
    for treatment in ("starred", "withheld", "rounded"):
        number = table.cells["treatment"].to_pylist().count(treatment)
        assert f'<td class="n">{number:,}</td>' in page
    assert "<script" not in page
    # Nothing is fetched from elsewhere: the only absolute address is the agreement's link.
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*', page) == [
        'href="' + notes.agreement_link
    ]
    assert "url(" not in page
    assert "@import" not in page


def test_what_is_not_given_is_left_out(here: Path, table: PublishedTable) -> None:
    bare = release_notes(
        agreement_link="",
        agreement_title="",
        definitions=(),
        notes=(),
        rules=(),
        clauses=(),
        provisional="",
        synthetic="",
        ledger_entry="",
        summary="",
    )
    write_release(here, bare, [table], {})
    page = (here / "index.html").read_text(encoding="utf-8")
    for text in ("Provisional", 'class="synthetic"', "Ledger", "Licence", "blockquote>"):
        assert text not in page
    described = json.loads((here / f"{CSV}-metadata.json").read_text(encoding="utf-8"))
    assert "dc:license" not in described
    licensed = release_notes(licence="Open Government Licence v3.0")
    write_release(here.parent / "b", licensed, [table], {})
    described = json.loads((here.parent / "b" / f"{CSV}-metadata.json").read_text())
    assert described["dc:license"] == "Open Government Licence v3.0"


def test_a_crossing_too_long_for_a_sheet_is_in_the_csv_and_both_say_so(
    here: Path, notes: ReleaseNotes, table: PublishedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 500)
    files = write_release(here, notes, [table], LABELS)
    assert {file.name: file.rows for file in files}[CSV] == len(table.cells)
    book = openpyxl.load_workbook(here / "workbook.xlsx")
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Table_1"]
    cover = "\n".join(str(cell.value) for (cell, *_) in book["Cover"].iter_rows())
    for text in (cover, (here / "index.html").read_text(encoding="utf-8")):
        assert "in the CSV files only" in text
        assert "and age (under 25, 25 and over)" in text


def test_a_release_with_no_crossing_short_enough_has_no_workbook(
    here: Path, notes: ReleaseNotes, table: PublishedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 10)
    names = [file.name for file in write_release(here, notes, [table], LABELS)]
    assert names == ["index.html", CSV, f"{CSV}-metadata.json"]


def test_two_tables_stand_side_by_side(here: Path, notes: ReleaseNotes) -> None:
    tables = [published(counted(years=2, seed=n), f"table-{n}") for n in (1, 2)]
    names = {file.name for file in write_release(here, notes, tables, LABELS)}
    assert {"table-1.csv", "table-2.csv", "table-1.csv-metadata.json"} <= names
    assert openpyxl.load_workbook(here / "workbook.xlsx").sheetnames[3:] == [
        f"Table_{n}" for n in range(1, 5)
    ]


def test_a_small_number_is_in_no_file(here: Path, notes: ReleaseNotes, cells: pa.Table) -> None:
    """Of two truths that print the same, the files are the same: nothing of the truth remains."""
    # City of London: every count of 1 to 7 becomes another of 1 to 7.
    counts = [
        8 - n if 1 <= n <= 7 and force == "E23000034" else n
        for n, force in zip(
            cells["count"].to_pylist(), cells["police_force"].to_pylist(), strict=True
        )
    ]
    other = cells.set_column(cells.column_names.index("count"), "count", pa.array(counts))
    assert not other.equals(cells)
    first = write_release(here, notes, [published(cells)], LABELS)
    assert first == write_release(here.parent / "b", notes, [published(other)], LABELS)


# --- what is refused ------------------------------------------------------------------------


def test_counts_that_nobody_protected_are_refused(
    here: Path, notes: ReleaseNotes, table: PublishedTable, cells: pa.Table
) -> None:
    forgotten = table.cells.append_column("count", pa.array([1] * len(table.cells)))
    for bad in (forgotten, cells):
        with pytest.raises(ValueError, match="is not protected"):
            write_release(here, notes, [PublishedTable("t", "T", (), bad)], LABELS)
    assert not here.exists()


def test_a_directory_in_use_is_refused(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    here.mkdir()
    (here / "old.csv").write_text("x")
    with pytest.raises(ValueError, match="is not empty"):
        write_release(here, notes, [table], LABELS)
    assert [path.name for path in here.iterdir()] == ["old.csv"]


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "with space", "x" * 101])
def test_an_id_that_is_no_file_name_is_refused(here: Path, notes: ReleaseNotes, name: str) -> None:
    table = published(counted(years=1), "fine")
    with pytest.raises(ValueError, match="cannot name a file"):
        write_release(here, notes, [PublishedTable(name, "T", (), table.cells)], LABELS)


def test_two_tables_of_one_id_are_refused(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    with pytest.raises(ValueError, match="Two tables have the id"):
        write_release(here, notes, [table, table], LABELS)
