"""Reading files as suppliers write them, and refusing those that mean harm."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitoring_files import codes_found, narrowed, row_of, sound, write_rows, write_sheets

from sharewell.monitoring import MonitoringError, checking, data_set, mapping_of, read_mapping
from sharewell.monitoring.csvfile import read_csv
from sharewell.monitoring.errors import FileFaultError
from sharewell.monitoring.tables import Batch
from sharewell.monitoring.workbook import read_workbook, text

CLIENT = data_set().module("client")
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
values = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12
)


def rows_of(path: Path) -> list[list[str]]:
    return [list(row) for batch in read_csv(path).read() for row in batch.rows]


@quick
@given(
    rows=st.lists(st.lists(values, min_size=3, max_size=3), max_size=8),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\r\n", "\n"]),
    piece=st.integers(1, 60),
)
def test_what_is_written_is_read(
    tmp_path: Path, rows: list[list[str]], separator: str, encoding: str, end: str, piece: int
) -> None:
    """Any text, quoted or not, with line ends within values, in any usual form of CSV, however it
    is cut into pieces."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerows([["one", "two", "three"], *rows])
    path = tmp_path / "any.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    table = read_csv(path)
    assert table.headings == ("one", "two", "three")
    with mock.patch("sharewell.monitoring.csvfile._PIECE", piece):
        batches = list(table.read())
    kept = [list(row) for batch in batches for row in batch.rows]
    passed = {number for batch in batches for number, _ in batch.odd}
    numbers = [number for batch in batches for number in batch.numbers.to_pylist()]
    assert kept == [row for number, row in enumerate(rows, 2) if number not in passed]
    assert sorted([*numbers, *passed]) == list(range(2, len(rows) + 2))
    assert all(not any(v.strip() for v in rows[number - 2]) for number in passed)


@quick
@given(content=st.binary(max_size=400))
def test_no_bytes_break_the_check(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bytes.csv"
    path.write_bytes(b",".join(n.encode() for n in CLIENT.names) + b"\n" + content)
    codes_found([path], only=data_set().check("MON101"))  # finds something or nothing


@quick
@given(
    lines=st.lists(st.text('a;" \t', max_size=6), max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
    piece=st.integers(1, 30),
)
def test_lines_of_any_length_are_what_the_csv_module_makes_of_them(
    tmp_path: Path, lines: list[str], end: str, last: bool, piece: int
) -> None:
    """Rows that are too short, too long or blank, quotation marks anywhere, old line ends."""
    path = tmp_path / "ragged.csv"
    path.write_bytes((end.join(["x;y;", *lines]) + (end if last else "")).encode())
    expected: list[tuple[int, list[str]]] = []
    broken = False
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=";", strict=True)
        try:
            expected.extend(enumerate(reader, 1))
        except csv.Error:
            broken = True
    batches: list[Batch] = []
    with mock.patch("sharewell.monitoring.csvfile._PIECE", piece):
        read = read_csv(path).read()
        with pytest.raises(FileFaultError) if broken else nullcontext():
            batches.extend(read)
    kept = [pair for b in batches for pair in zip(b.numbers.to_pylist(), b.rows, strict=True)]
    odd = {number: code for b in batches for number, code in b.odd}
    assert kept == [
        (number, tuple(row[:2])) for number, row in expected[1:] if number not in odd
    ]  # fmt: skip
    for number, row in expected[1:]:
        blank = not any(value.strip() for value in row)
        longer, shorter = any(value.strip() for value in row[2:]), len(row) < 2
        wrong = "MON016" if blank else "MON014" if longer else "MON015" if shorter else None
        assert odd.get(number) == wrong, row


def test_rows_keep_their_numbers_beyond_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sharewell.monitoring.csvfile.ROWS", 100)
    rows = [row_of(CLIENT, record_id=f"C{n}", client_id=f"P{n}") for n in range(310)]
    rows[305]["sex"] = ""
    path = write_rows(tmp_path / "long.csv", rows)
    with checking([path], narrowed("MON101")) as checked:
        found = [f.row for f in checked.findings() if f.check.code == "MON101"]
        assert found == [307]
        assert checked.report.tables[0].rows == 310
        pieces = list(checked.sound_rows(0))
        assert sum(piece.num_rows for piece in pieces) == 309
        assert 307 not in pieces[-1]["row"].to_pylist()


def test_what_came_before_a_broken_quotation_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_text('a,b\n1,2\n3,4\n5,"6\n7,8\n', "utf-8")
    batches = read_csv(path).read()
    assert next(batches).rows == [("1", "2"), ("3", "4")]
    with pytest.raises(FileFaultError) as fault:
        next(batches)
    assert (fault.value.code, fault.value.row) == ("MON013", 4)


def test_a_line_that_names_the_separator_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "sep.csv"
    path.write_text("sep=;\na;b\n1,5;2\n", "utf-8")
    assert rows_of(path) == [["1,5", "2"]]
    assert next(read_csv(path).read()).numbers.to_pylist() == [3]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "MON002"),
        (b" \n\n", "MON002"),
        (b"%PDF-1.7", "MON004"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "MON004"),
        (b"\x1f\x8b\x08\x00", "MON004"),
        (b"<html>", "MON004"),
        (b"PK\x03\x04 a zip of something else", "MON004"),
        (b"a,b\n\x001\n", "MON007"),
        ("a,b\n1,2\n".encode("utf-16-le"), "MON007"),
        (codecs.BOM_UTF16_LE + b"a\xd8", "MON007"),
        (b"a,b\n\x81\x8d,2\n", "MON007"),
    ],
)
def test_what_is_no_text_table_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    assert codes_found([path]) == {code}


def test_a_workbook_is_read_as_its_cells_look(tmp_path: Path) -> None:
    from datetime import date, datetime, time

    assert [text(cell) for cell in (20.0, 8.5, True, date(2026, 6, 30), None, "é")] == [
        "20", "8.5", "TRUE", "2026-06-30", "", "é",
    ]  # fmt: skip
    assert text(datetime(2026, 6, 30)) == "2026-06-30"  # noqa: DTZ001 - as a workbook gives it
    assert text(datetime(2026, 6, 30, 14, 30)) == "2026-06-30 14:30:00"  # noqa: DTZ001
    assert text(time(14, 30)) == "14:30:00"
    names, row = sound("client")
    days = {"birth_date": date(1985, 3, 14), "registered_on": datetime(2026, 5, 4)}  # noqa: DTZ001
    cells = [days.get(name, value) for name, value in zip(names, row, strict=True)]
    path = tmp_path / "c.xlsx"
    write_sheets(path, {"Clients of May": [["Exported by hand"], [], names, cells]})
    assert "MON008" in codes_found([path])  # headings stand in the first row that holds anything
    write_sheets(path, {"Clients of May": [[], [], names, cells, [], cells[:3]]})
    (table,), year = read_workbook(path)
    assert (table.headings, year) == (tuple(names), "")
    (batch,) = table.read()
    assert (batch.numbers.to_pylist(), batch.odd) == ([4, 6], ((5, "MON016"),))
    assert batch.rows[0][names.index("birth_date")] == "1985-03-14"


def test_a_sheet_named_as_a_module_is_that_module(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    sheets = {"Needle and syringe transactions": sound("needle"), "CLIENT": sound("client")}
    write_sheets(path, sheets)
    with checking([path], data_set()) as checked:
        assert [table.module for table in checked.report.tables] == ["needle", "client"]


def test_hostile_workbooks_are_not_opened(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "c.xlsx", {"client": sound("client")})
    clean = path.read_bytes()

    def altered(
        name: str, content: bytes | None = None, replace: tuple[bytes, bytes] | None = None
    ) -> set[str]:
        with (
            zipfile.ZipFile(io.BytesIO(clean)) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for part in source.namelist():
                data = source.read(part)
                if replace and part.startswith("xl/worksheets/"):
                    data = data.replace(*replace)
                if not (content is None and part == name):
                    target.writestr(part, data)
            if content is not None:
                target.writestr(name, content)
        return codes_found([path])

    assert altered("xl/extra.bin", b"0" * 1000) == set()
    assert altered("xl/vbaProject.bin", b"macro") == {"MON005"}
    assert altered("xl/workbook.xml") == {"MON006"}
    assert altered("x", b"", (b'r="A1"', b'r="XFD1"')) == {"MON005"}
    # A part that is longer than the zip declares.
    altered("xl/extra.bin", b"0" * 100_000)
    lied = path.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(lied)
    assert codes_found([path]) == {"MON005"}


@quick
@given(cut=st.integers(0, 6000), flip=st.integers(0, 255))
def test_a_damaged_workbook_is_a_finding(tmp_path: Path, cut: int, flip: int) -> None:
    path = write_sheets(tmp_path / "c.xlsx", {"client": sound("client")})
    content = bytearray(path.read_bytes())
    content[cut % len(content)] ^= flip
    path.write_bytes(bytes(content))
    codes_found([path], only=data_set().check("MON801"))  # finds something or nothing; never raises


def test_a_mapping_reads_another_suppliers_file(tmp_path: Path) -> None:
    mapping = mapping_of(
        {
            "supplier": "Examplia",
            "modules": {
                "client": {
                    "columns": {
                        "record_id": "Ref",
                        "client_id": {"column": "Ref"},
                        "service": {"value": "HATCH01"},
                        "first_initial": {"column": "Initials", "letter": "1"},
                        "last_initial": {"column": "Initials", "letter": "-1"},
                        "birth_date": {"column": "Born", "dates": "%m/%d/%Y"},
                        "sex": {"column": "Gender", "codes": {"Male": "M", "Female": "F"}},
                        "registered_on": {"column": "Seen", "dates": "%d.%m.%y"},
                        "consent": {"column": "Agrees", "codes": {"ticked": "Y", "": "N"}},
                    }
                }
            },
        },
        data_set(),
    )
    rows = [
        {"Ref": "R1", "Initials": "a. m. b.", "Born": "03/14/1985", "Gender": "male",
         "Seen": "04.05.26", "Agrees": "ticked", "Date of consent": "04/05/2026",
         "ethnicity": "A", "Shoe": "9"},
    ]  # fmt: skip
    path = write_rows(tmp_path / "theirs.csv", rows)
    with checking([path], data_set(), mapping=mapping) as checked:
        found = {count.check.code for count in checked.report.counts}
        assert not {count.check.code for count in checked.report.counts if count.check.is_error}
        assert "MON011" in found
        assert checked.report.supplier == "Examplia"
        (row,) = next(checked.sound_rows(0)).to_pylist()
    assert (row["first_initial"], row["last_initial"], row["sex"]) == ("A", "B", "M")
    assert (str(row["birth_date"]), str(row["registered_on"])) == ("1985-03-14", "2026-05-04")
    assert (row["service"], row["person"], row["age"]) == ("HATCH01", "AB1985-03-14M", 41)


@pytest.mark.parametrize(
    ("given_mapping", "said"),
    [
        ({}, "'modules' is missing"),
        ({"modules": {"shoes": {}}}, "no module 'shoes'"),
        ({"modules": {"client": {"rows": 1}}}, "'rows' is not known"),
        ({"modules": {"client": {"columns": {"shoe": "S"}}}}, "'shoe' is not known"),
        ({"modules": {"client": {"columns": {"sex": {}}}}}, "either the 'column' or one 'value'"),
        ({"modules": {"client": {"columns": {"sex": {"value": "M", "letter": "2"}}}}}, "'letter'"),
        ({"modules": {"client": {"columns": {"sex": {"value": "M", "dates": "dmy"}}}}}, "a form"),
        ({"modules": {"client": {"columns": {"sex": {"value": "M", "codes": "x"}}}}}, "pairs"),
        ([], "not a mapping"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(given_mapping: object, said: str) -> None:
    with pytest.raises(MonitoringError, match=said):
        mapping_of(given_mapping, data_set())


def test_a_mapping_that_is_not_yaml_says_so(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("modules: [", "utf-8")
    with pytest.raises(MonitoringError, match="is not YAML"):
        read_mapping(path, data_set())
