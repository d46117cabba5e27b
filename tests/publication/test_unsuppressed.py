"""Unsuppressed files: true counts, and a README that says what they are."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest
from publication_samples import LABELS, WORDS

from sharewell.disclosure import PublishedTable
from sharewell.publication import ReleaseNotes, UnsuppressedTable, write_unsuppressed


def test_the_true_counts_are_written_with_their_labels(
    here: Path, notes: ReleaseNotes, cells: pa.Table
) -> None:
    table = UnsuppressedTable("file-b", "Assault by sharp object", cells)
    files = write_unsuppressed(here, notes, [table], LABELS)
    assert [file.name for file in files] == [
        "README.txt",
        "file-b.csv",
        "file-b.csv-metadata.json",
    ]
    names = ("crossing", "financial_year", "month", "police_force", "age_under_25", "measure")
    wanted = {
        tuple(cell[name] or "" for name in names): str(cell["count"]) for cell in cells.to_pylist()
    }
    with (here / "file-b.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {tuple(row[name] for name in names): row["count"] for row in rows} == wanted
    assert "treatment" not in rows[0]
    described = json.loads((here / "file-b.csv-metadata.json").read_text(encoding="utf-8"))
    (count,) = [c for c in described["tableSchema"]["columns"] if c["name"] == "count"]
    assert "null" not in count
    assert "unsuppressed" in count["dc:description"]


def test_the_readme_says_what_it_is_and_under_which_words(
    here: Path, notes: ReleaseNotes, cells: pa.Table
) -> None:
    files = write_unsuppressed(here, notes, [UnsuppressedTable("b", "B", cells)], LABELS)
    text = (here / "README.txt").read_text(encoding="utf-8")
    assert "UNSUPPRESSED: NOT FOR SHARING OUTSIDE THE TEAM." in text
    assert notes.synthetic in text
    assert f'national-not-all-ages:\n    "{WORDS}"' in text
    assert "DARS-NIC-612092-Q0Y6F version 1.3" in text
    for file in files[1:]:
        assert f"{file.size}  {file.sha256}" in text


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, notes: ReleaseNotes, cells: pa.Table
) -> None:
    table = UnsuppressedTable("b", "B", cells)
    first = write_unsuppressed(tmp_path / "a", notes, [table], LABELS)
    assert first == write_unsuppressed(tmp_path / "b", notes, [table], LABELS)


def test_protected_figures_are_refused_here(
    here: Path, notes: ReleaseNotes, table: PublishedTable
) -> None:
    with pytest.raises(ValueError, match="no column count"):
        write_unsuppressed(here, notes, [UnsuppressedTable("b", "B", table.cells)], LABELS)
