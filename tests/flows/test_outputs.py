"""Hostile files do not leave."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.flows import outputs
from sharewell.flows.outputs import size_problems, type_problems


def _file(folder: Path, name: str, content: bytes) -> dict[str, Path]:
    path = folder / "file"
    path.write_bytes(content)
    return {name: path}


def _workbook(folder: Path, parts: dict[str, bytes]) -> dict[str, Path]:
    path = folder / "file"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return {"workbook.xlsx": path}


PLAIN = {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b'area,count\nNorth,-5\nSouth,"1,234"\nAll,*\n'),
        ("t.csv-metadata.json", b'{"url": "t.csv"}'),
        ("index.html", b"<!DOCTYPE html><p>Figures on paper = good</p>"),
        ("x.tar.age", b"age-encryption.org/v1\n"),
    ],
)
def test_plain_files_leave(tmp_path: Path, name: str, content: bytes) -> None:
    assert type_problems(_file(tmp_path, name, content)) == ()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"a\n=cmd|' /C calc'!A0\n", "a spreadsheet would run"),
        ("t.csv", b"a\n@SUM(A1)\n", "a spreadsheet would run"),
        ("t.csv", b"a\n-2+3+cmd\n", "a spreadsheet would run"),
        ("t.csv", b"a\n\tx\n", "a spreadsheet would run"),
        ("t.csv", b"\xff\xfe\x00", "not CSV in UTF-8"),
        ("t.csv", b"PK\x03\x04\x00\x00", "not text"),
        ("t.json", b"{", "not JSON"),
        ("t.json", b"[" * 200_000, "not JSON"),
        ("t.xlsx", b"a,b\n", "no workbook"),
        ("t.html", b"<SCRIPT src=x></SCRIPT>", "would run something"),
        ("t.html", b'<img src="x" onerror="y()">', "would run something"),
        ("t.age", b"a,b\n", "not encrypted"),
        ("t.parquet", b"PAR1", "this type does not leave"),
        ("t.xlsm", b"PK", "this type does not leave"),
        ("counts", b"", "this type does not leave"),
        ("../t.csv", b"a\n", "no plain file name"),
        ("/etc/t.csv", b"a\n", "no plain file name"),
        ("t\r\n.csv", b"a\n", "no plain file name"),
    ],
)
def test_hostile_files_do_not(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (problem,) = type_problems(_file(tmp_path, name, content))
    assert said in problem


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/vbaProject.bin": b"x"}, "macros"),
        ({"xl/externalLinks/externalLink1.xml": b"x"}, "fetches from"),
        ({"xl/embeddings/a.docx": b"x"}, "fetches from"),
        ({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}, "unpacks to"),
    ],
)
def test_hostile_workbooks_do_not(tmp_path: Path, parts: dict[str, bytes], said: str) -> None:
    assert type_problems(_workbook(tmp_path, PLAIN)) == ()
    (problem,) = type_problems(_workbook(tmp_path, PLAIN | parts))
    assert said in problem


def test_what_is_too_large_or_too_many_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "GREATEST_FILE", 10)
    monkeypatch.setattr(outputs, "GREATEST_RELEASE", 15)
    monkeypatch.setattr(outputs, "MOST_FILES", 1)
    small = _file(tmp_path, "a.csv", b"0123456789")
    assert size_problems(small) == ()
    assert len(size_problems(small | {"b.csv": small["a.csv"]})) == 2
    (said,) = size_problems(_file(tmp_path, "a.csv", b"0123456789x"))
    assert "the most is 10" in said


@given(content=st.binary(max_size=200), name=st.sampled_from(["a.csv", "a.json", "a.xlsx"]))
def test_any_bytes_get_an_answer(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    assert isinstance(type_problems(_file(folder, name, content)), tuple)
