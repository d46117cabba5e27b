"""Conversion for the vault, against the same conversion written here in plain Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from episode_rows import CLEAN, COLUMNS, DEFECTS, DROPPING, SOUND, numbered, write_csv

from sharewell.catalogue import conversion
from sharewell.catalogue.conversion import NotImportableError, convert
from sharewell.catalogue.episodes import EPISODE_COLUMNS, EPISODE_SCHEMA
from sharewell.catalogue.validation import validate

HES = Path(__file__).resolve().parents[2] / "../shared/data/hes"
NUMBERS = {"EPISTAT": 127, "EPIORDER": 9999, "EPITYPE": 127, "CLASSPAT": 127, "DISMETH": 127,
           "STARTAGE": 9999}  # fmt: skip
DATES = ("EPISTART", "EPIEND", "ADMIDATE")


def plain(row: dict[str, str]) -> dict[str, object]:
    """One row in the form of the vault, by the rules that `conversion` states."""
    kept: dict[str, object] = {}
    for name in EPISODE_COLUMNS:
        text = (row.get(name) or "").strip()
        if name in DATES:
            try:
                day = date.fromisoformat(text) if len(text) == 10 else None
            except ValueError:
                day = None
            kept[name] = None if day in (date(1800, 1, 1), date(1801, 1, 1)) else day
        elif name in NUMBERS:
            whole = text.isdigit() and len(text) <= 4 and int(text) <= NUMBERS[name]
            kept[name] = int(text) if whole else None
        elif name in ("CAUSE_4", "DIAG_4_01"):
            kept[name] = text.rstrip("-") or None
        elif name == "DIAG_4_CONCAT":
            codes = [row.get(f"DIAG_4_{n:02d}", "") for n in range(1, 21)] if not text else [text]
            joined = ",".join(code for code in codes if code)
            if "-" in joined or " " in joined:
                parts = (part.strip().rstrip("-") for part in joined.split(","))
                joined = ",".join(part for part in parts if part)
            kept[name] = joined or None
        else:
            kept[name] = text or None
    return kept


def read(
    target: Path, files: tuple[str, ...], columns: list[str] | None = None
) -> list[dict[str, object]]:
    """The rows of the files, in their order."""
    tables = [pq.read_table(target / name, columns=columns) for name in files]
    return [row for table in tables for row in table.to_pylist()]


@pytest.fixture
def target(tmp_path) -> Path:
    path = tmp_path / "target"
    path.mkdir()
    return path


def test_every_defect_and_every_oddity_converts_as_in_plain_python(tmp_path, target) -> None:
    special = [*DEFECTS.values(), *((values, set()) for values in SOUND.values())]
    rows = numbered({**CLEAN, **values} for values, _ in special)
    dropped = [codes & DROPPING for _, codes in special]
    expected = [plain(row) for row, why in zip(rows, dropped, strict=True) if not why]
    converted = convert(write_csv(tmp_path / "all.csv", rows), "hes_apc", target)
    assert read(target, converted.files) == expected
    assert (converted.rows_in, converted.rows_kept) == (len(rows), len(expected))
    reasons = [min(why) for why in dropped if why]
    assert dict(converted.rows_dropped) == {code: reasons.count(code) for code in set(reasons)}
    assert (converted.financial_year, converted.partyear) == ("1920", "201913")
    assert pq.read_schema(target / "part-0000.parquet").equals(EPISODE_SCHEMA)
    assert [path.name for path in target.iterdir()] == ["part-0000.parquet"]


@pytest.mark.parametrize("form", ["csv", "pipe", "gzip", "parquet"])
def test_the_form_of_the_file_makes_no_difference(tmp_path, target, form: str) -> None:
    rows = numbered([{**CLEAN, **values} for values in SOUND.values()])
    path = write_csv(tmp_path / "file", rows, mark="|" if form == "pipe" else ",")
    if form == "gzip":
        import gzip

        path.write_bytes(gzip.compress(path.read_bytes()))
    if form == "parquet":
        import pyarrow as pa

        pq.write_table(pa.Table.from_pylist(rows), path)
    converted = convert(path, "hes_apc", target)
    assert read(target, converted.files) == [plain(row) for row in rows]


def test_the_joined_diagnoses_are_built_where_they_are_missing(tmp_path, target) -> None:
    singles = [f"DIAG_4_{n:02d}" for n in range(1, 21)]
    columns = [name for name in COLUMNS if name not in ("DIAG_4_CONCAT", "DIAG_4_01")] + singles
    rows = numbered(
        {**CLEAN, **dict.fromkeys(singles, ""), "DIAG_4_CONCAT": "", **codes}
        for codes in (
            {"DIAG_4_01": "S270", "DIAG_4_02": "X99-", "DIAG_4_20": "I10X"},
            {"DIAG_4_01": "S270", "DIAG_4_02": "X990", "DIAG_4_03": "-"},
        )
    )
    converted = convert(write_csv(tmp_path / "singles.csv", rows, columns), "hes_apc", target)
    joined = [row["DIAG_4_CONCAT"] for row in read(target, converted.files)]
    assert joined == ["S270,X99,I10X", "S270,X990"] == [plain(r)["DIAG_4_CONCAT"] for r in rows]


def test_of_rows_with_one_key_the_first_is_kept(tmp_path, target) -> None:
    keys = ["500000000002", "500000000001", "500000000002", "500000000002"]
    rows = [{**CLEAN, "EPIKEY": key, "STARTAGE": str(n)} for n, key in enumerate(keys, start=1)]
    converted = convert(write_csv(tmp_path / "keys.csv", rows), "hes_apc", target)
    kept = [(row["EPIKEY"], row["STARTAGE"]) for row in read(target, converted.files)]
    assert kept == [(keys[0], 1), (keys[1], 2)]
    assert dict(converted.rows_dropped) == {"HES104": 2}


def test_a_file_of_only_bad_rows_leaves_an_empty_table(tmp_path, target) -> None:
    rows = numbered([{**CLEAN, "EPISTAT": "7"}] * 3)
    converted = convert(write_csv(tmp_path / "bad.csv", rows), "hes_apc", target)
    assert (converted.rows_kept, converted.files) == (0, ("part-0000.parquet",))
    assert pq.read_table(target / "part-0000.parquet").num_rows == 0


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_long_file_keeps_its_order_over_several_files(
    tmp_path, target, form: str, monkeypatch
) -> None:
    limit = 2 * conversion.ROWS_PER_GROUP
    monkeypatch.setattr(conversion, "ROWS_PER_FILE", limit)
    count = 300_000
    drop = 20_011  # a defect in every so many rows, so that groups of rows move
    values = ", ".join(
        f"'{value}' AS {name}"
        for name, value in CLEAN.items()
        if name not in ("EPIKEY", "EPISTAT") and name in EPISODE_COLUMNS
    )
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT (600000000000 - i)::VARCHAR AS EPIKEY, CASE WHEN i % {drop} = 0 THEN '7'"
            f" ELSE '3' END AS EPISTAT, {values} FROM range({count}) t(i)) "
            f"TO '{tmp_path}/long.{form}'"
        )
    heard: list[float] = []
    path = tmp_path / f"long.{form}"
    converted = convert(path, "hes_apc", target, progress=heard.append)
    bad = len(range(0, count, drop))
    assert dict(converted.rows_dropped) == {"HES301": bad}
    assert converted.rows_kept == count - bad
    sizes = [pq.read_metadata(target / name).num_rows for name in converted.files]
    assert converted.files == ("part-0000.parquet", "part-0001.parquet")
    assert sizes == [limit, count - bad - limit]
    keys = [int(str(row["EPIKEY"])) for row in read(target, converted.files, ["EPIKEY"])]
    assert keys == sorted(keys, reverse=True)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_the_official_file_is_converted_whole(target) -> None:
    path = HES / "artificial_hes_apc_0102_truncated.csv"
    if not path.exists():
        pytest.skip("the public test data are not beside this checkout (../shared/data/hes)")
    import csv

    converted = convert(path, "hes_apc", target)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "TOKEN_PERSON_ID": row["PSEUDO_HESID"]} for row in csv.DictReader(file)]
    assert read(target, converted.files) == [plain(row) for row in rows]
    assert dict(converted.rows_dropped) == {}


def test_two_extracts_are_refused_by_name_and_leave_nothing(tmp_path, target) -> None:
    rows = numbered([CLEAN, {**CLEAN, "PARTYEAR": "201906"}])
    path = write_csv(tmp_path / "mixed.csv", rows)
    with pytest.raises(NotImportableError, match=r"mixed.csv.*HES014.*201906.*201913") as refusal:
        convert(path, "hes_apc", target)
    assert refusal.value.report.finding("HES014") is not None
    assert list(target.iterdir()) == []


def test_a_file_without_any_sound_year_is_refused(tmp_path, target) -> None:
    path = write_csv(tmp_path / "noyear.csv", numbered([{**CLEAN, "FYEAR": ""}]))
    with pytest.raises(NotImportableError, match="No row has a year"):
        convert(path, "hes_apc", target)


def test_a_broken_file_is_refused_with_its_finding(tmp_path, target) -> None:
    (tmp_path / "broken.csv").write_text("EPIKEY,FYEAR\n1\n")
    with pytest.raises(ValueError, match="HES009"):
        convert(tmp_path / "broken.csv", "hes_apc", target)
    assert list(target.iterdir()) == []


def test_the_directory_must_be_there(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="make the directory"):
        convert(tmp_path / "any.csv", "hes_apc", tmp_path / "none")


def test_a_full_disk_or_any_failure_leaves_only_the_callers_directory(
    tmp_path, target, monkeypatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fail)
    path = write_csv(tmp_path / "one.csv", [CLEAN])
    before = set(tmp_path.iterdir())
    with pytest.raises(OSError, match="No space"):
        convert(path, "hes_apc", target)
    assert set(tmp_path.iterdir()) == before
    assert not (target / ".work").exists()


@pytest.mark.parametrize("delay", [0.05, 0.4, 0.9])
def test_killed_it_leaves_only_the_callers_directory(tmp_path, target, delay: float) -> None:
    values = ", ".join(f"'{value}' AS {name}" for name, value in CLEAN.items() if name != "EPIKEY")
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT (500000000000 + i)::VARCHAR AS EPIKEY, {values} "
            f"FROM range(400000) t(i)) TO '{tmp_path}/long.parquet'"
        )
    script = (
        "from pathlib import Path; from sharewell.catalogue.conversion import convert; import sys; "
        "print('ready', flush=True); convert(sys.argv[1], 'hes_apc', Path(sys.argv[2]))"
    )
    home = tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "long.parquet"), str(target)],
        cwd=home,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(home), "HOME": str(home)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert list(home.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"home", "target", "long.parquet"}
    rows = validate(tmp_path / "long.parquet").rows
    assert rows == 400_000
