"""Hostile files: each is found out and said plainly, and nothing is raised."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from episode_rows import CLEAN, COLUMNS, numbered, write_csv

from sharewell.catalogue.report import Report
from sharewell.catalogue.validation import validate

CSV = (
    ",".join(COLUMNS)
    + "\n"
    + "".join(
        ",".join(f'"{value}"' if "," in value else value for value in row.values()) + "\n"
        for row in numbered([CLEAN] * 3)
    )
)
HEADER, FIRST, SECOND, THIRD = CSV.splitlines(keepends=True)
ZIPPED = gzip.compress(CSV.encode(), mtime=0)
BIG = HEADER + "".join(f"{FIRST[:6]}{n:06d}{FIRST[12:]}" for n in range(60_000))

# name: (content, code, words of the message, lines)
HOSTILE: dict[str, tuple[bytes, str, str, tuple[int, ...]]] = {
    "empty.csv": (b"", "HES002", "0 bytes", ()),
    "empty.csv.gz": (gzip.compress(b""), "HES002", "inside the gzip", ()),
    "header.csv": (HEADER.encode(), "HES003", "no rows", ()),
    "book.csv": (b"PK\x03\x04" + b"\0" * 60 + b"xl/workbook.xml", "HES004", "xlsx", ()),
    "book.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "HES004", "old Excel", ()),
    "letter.csv": (b"PK\x03\x04" + b"\0" * 60 + b"word/document.xml", "HES004", "Word", ()),
    "archive.csv": (b"PK\x03\x04" + b"\0" * 60, "HES004", "zip archive", ()),
    "paper.csv": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "HES004", "PDF", ()),
    "page.csv": (b"<!DOCTYPE html><html><body>Sign in</body>", "HES004", "web page", ()),
    "data.csv": (b'[{"EPIKEY": "1"}]', "HES004", "JSON", ()),
    "locked.csv": (b"age-encryption.org/v1\n-> X25519 abc", "HES004", "encrypted", ()),
    "noise.csv": (b"abc\x00\x01\xff" * 50, "HES004", "binary", ()),
    "words.csv": (b"Dear colleague\nplease find\n", "HES004", "not a list of column", (1,)),
    "tabs.csv": (CSV.replace(",", "\t").encode(), "HES004", "tabs", (1,)),
    "semicolons.csv": (CSV.replace(",", ";").encode(), "HES004", "semicolons", (1,)),
    "parquet.csv.gz": (gzip.compress(b"PAR1"), "HES004", "Parquet file inside gzip", ()),
    "utf16.csv": (CSV.encode("utf-16"), "HES005", "UTF-16", (1,)),
    "utf16le.csv": (CSV.encode("utf-16-le"), "HES005", "UTF-16", (1,)),
    "latin1.csv": (
        (HEADER + FIRST + SECOND.replace("E08000025", "café") + THIRD).encode("latin-1"),
        "HES005", "Latin-1", (3,)),
    "latin1header.csv": (CSV.replace("SEX", "SÉX").encode("latin-1"), "HES005", "header", (1,)),
    "cut.csv.gz": (ZIPPED[:-8], "HES006", "end mark", ()),
    "cutearly.csv.gz": (ZIPPED[:12], "HES006", "end mark", ()),
    "cutlate.csv.gz": (gzip.compress(BIG.encode())[:-40], "HES006", "end mark", ()),
    "cut.parquet": (b"PAR1" + b"\x15" * 200, "HES006", "Parquet", ()),
    "cut.csv": ((HEADER + FIRST + SECOND[:60]).encode(), "HES007", "line 3 has 8 for 25", (3,)),
    "ragged.csv": (
        (HEADER + FIRST.rstrip() + ",x\n" + SECOND + THIRD[:30] + "\n").encode(),
        "HES007", "line 2 has 26 for 25", (2, 4)),
    "open.csv": (
        (HEADER + FIRST + SECOND.replace(',Z921"', ",Z921") + THIRD).encode(),
        "HES008", "to the end", (3,)),
    "lost.csv": (CSV.replace("EPIEND", "THE_END").encode(), "HES009", "EPIEND", (1,)),
    "twice.csv": (CSV.replace("EPITYPE", "epistat").encode(), "HES010", "EPISTAT", (1,)),
    "ecds.csv": (
        b"EPIKEY,ARRIVAL_DATE,CHIEF_COMPLAINT,ACUITY\n1,2020-01-01,2,3\n",
        "HES011", "Emergency Care", (1,)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_found_out(tmp_path, name: str) -> None:
    content, code, words, lines = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    report = validate(tmp_path / name)
    (finding,) = report.errors
    assert finding.code == code
    assert words in finding.message
    assert finding.first_rows == lines
    assert report.rows == 0
    assert not report.usable


SOUND = {
    "crlf.csv": CSV.replace("\n", "\r\n").encode(),
    "mac.csv": CSV.replace("\n", "\r").encode(),
    "bom.csv": b"\xef\xbb\xbf" + CSV.encode(),
    "blank.csv": (HEADER + "\n" + FIRST + "\n" + SECOND + THIRD + "\n").encode(),
    "small.csv": (HEADER.lower() + FIRST + SECOND + THIRD).encode(),
    "a file [1]*?'s.csv": CSV.encode(),
    "name says nothing.parquet": ZIPPED,
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_is_read_however_it_is_written(tmp_path, name: str) -> None:
    (tmp_path / name).write_bytes(SOUND[name])
    (tmp_path / "another [1].csv").write_text("a decoy that a pattern would match")
    report = validate(tmp_path / name)
    assert report.findings == ()
    assert report.rows == 3


def test_pipes_separate_as_well_as_commas(tmp_path) -> None:
    report = validate(write_csv(tmp_path / "pipes.txt", [CLEAN], mark="|"))
    assert (report.format, report.findings) == ("CSV (pipe)", ())


def test_a_missing_file_and_a_directory_are_said(tmp_path) -> None:
    assert "no such file" in validate(tmp_path / "none.csv").errors[0].message
    assert "a directory" in validate(tmp_path).errors[0].message


def test_an_unknown_dataset_is_a_programmers_mistake(tmp_path) -> None:
    with pytest.raises(KeyError, match="hes_apc"):
        validate(tmp_path / "none.csv", "hes_op")


def test_a_last_line_without_an_end_is_a_warning(tmp_path) -> None:
    (tmp_path / "end.csv").write_text(CSV.rstrip("\n"))
    report = validate(tmp_path / "end.csv")
    assert [finding.code for finding in report.findings] == ["HES013"]
    assert report.ok
    assert report.rows == 3


def test_unknown_columns_are_one_warning_and_missing_ones_another(tmp_path) -> None:
    columns = ["NHS_NUMBER" if name == "ETHNOS" else name for name in COLUMNS] + ["POSTCODE"]
    report = validate(write_csv(tmp_path / "columns.csv", [CLEAN], columns))
    found = {finding.code: finding.fields for finding in report.findings}
    assert found == {"HES012": ("NHS_NUMBER", "POSTCODE"), "HES015": ("ETHNOS",)}
    assert report.ok


def test_residence_is_required_only_since_it_exists(tmp_path) -> None:
    columns = [name for name in COLUMNS if name not in ("RESLADST_ONS", "RESGOR_ONS")]
    new = validate(write_csv(tmp_path / "new.csv", [CLEAN], columns))
    assert [finding.code for finding in new.findings] == ["HES009", "HES015"]
    days = {"EPISTART": "2005-05-02", "EPIEND": "2005-05-04", "ADMIDATE": "2005-05-01"}
    row = {**CLEAN, **days, "FYEAR": "0506", "PARTYEAR": "200513"}
    assert validate(write_csv(tmp_path / "old.csv", [row], columns)).findings == ()


@pytest.mark.parametrize("name", ["PSEUDO_HESID", "ENCRYPTED_HESID"])
def test_an_older_pseudonym_stands_in_for_the_person(tmp_path, name: str) -> None:
    columns = [name if column == "TOKEN_PERSON_ID" else column for column in COLUMNS]
    row = {**CLEAN, name: "b" * 32}
    assert validate(write_csv(tmp_path / "older.csv", [row], columns)).findings == ()


def test_two_extracts_in_one_file_are_named(tmp_path) -> None:
    rows = numbered([CLEAN, CLEAN, {**CLEAN, "PARTYEAR": "201906"}])
    report = validate(write_csv(tmp_path / "mixed.csv", rows))
    finding = report.finding("HES014")
    assert finding is not None
    assert "PARTYEAR 201906, FYEAR 1920 PARTYEAR 201913" in finding.message
    assert finding.first_rows == (3,)
    assert not report.usable


def test_parquet_with_a_name_twice_is_refused(tmp_path) -> None:
    table = pa.table([pa.array([value]) for value in CLEAN.values()], names=list(CLEAN))
    pq.write_table(table.append_column("SEX", pa.array(["1"])), tmp_path / "twice.parquet")
    assert [f.code for f in validate(tmp_path / "twice.parquet").findings] == ["HES010"]


def test_the_report_as_json_and_text(tmp_path) -> None:
    rows = numbered([CLEAN, {**CLEAN, "EPIEND": "soon"}, {**CLEAN, "SEX": "M"}])
    report = validate(write_csv(tmp_path / "three.csv", rows))
    data = json.loads(report.to_json())
    assert data == report.as_dict()
    assert (data["rows"], data["ok"], data["usable"]) == (3, False, True)
    assert [(f["code"], f["count"], f["first_rows"]) for f in data["findings"]] == [
        ("HES202", 1, [2]),
        ("HES313", 1, [3]),
    ]
    text = report.to_text(width=80)
    assert max(map(len, text.splitlines()[1:])) <= 80
    assert "HES202  error            1  EPIEND is not a date" in text
    assert "(row 2)" in text
    assert text.endswith(
        "1 kind of error, 1 of warning. The rows with errors are dropped on import.\n"
    )
    assert isinstance(report, Report)


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """600,000 rows as Parquet and as CSV, with a defect in every 100,000th row."""
    folder = tmp_path_factory.mktemp("large")
    values = ", ".join(f"'{value}' AS {name}" for name, value in CLEAN.items() if name != "EPIKEY")
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE large AS SELECT (500000000000 + i)::VARCHAR AS EPIKEY, {values} "
            "FROM range(1, 600001) t(i)"
        )
        con.execute("UPDATE large SET SEX = 'M' WHERE EPIKEY::BIGINT % 100000 = 7")
        con.execute(f"COPY large TO '{folder}/large.parquet'")
        con.execute(f"COPY large TO '{folder}/large.csv'")
    return folder


# Imports alone take 0.2 GB; the limit of 1 GiB is for the whole process.
_MEASURE = """
import re, sys
from sharewell.catalogue.validation import validate
report = validate(sys.argv[1])
finding = report.finding("HES313")
# Not ru_maxrss: on Linux that begins with what the process that started this one held.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
print(report.rows, len(report.findings), finding.count, *finding.first_rows, peak)
"""


@pytest.mark.parametrize("name", ["large.parquet", "large.csv"])
def test_a_large_file_is_streamed_and_rows_keep_their_numbers(large: Path, name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(large / name)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    *found, peak = map(int, ran.stdout.split())
    assert found == [600_000, 1, 6, *(n * 100_000 + 7 for n in range(5))]
    assert peak < 1024 * 1024  # KiB


def test_progress_goes_from_nothing_to_all_in_the_callers_thread(large: Path) -> None:
    import threading

    heard: list[float] = []
    threads = set()

    def hear(done: float) -> None:
        heard.append(done)
        threads.add(threading.current_thread())

    validate(large / "large.parquet", progress=hear)
    assert heard[-1] == 1.0
    assert all(0.0 <= done <= 1.0 for done in heard)
    assert heard == sorted(heard)
    assert threads == {threading.current_thread()}


def test_an_interrupt_stops_the_scan(large: Path) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validate(large / "large.csv", progress=stop)
