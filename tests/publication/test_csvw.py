"""The CSVW metadata: whole, well formed, and true of the CSV beside it.

The structure is that of the W3C recommendation 'Metadata Vocabulary for Tabular Data'.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from publication_samples import KINDS, LABELS

from sharewell.disclosure import PublishedTable
from sharewell.publication import ReleaseNotes, write_release

NAME = "sharp-object-by-force.csv"


@pytest.fixture
def described(here: Path, notes: ReleaseNotes, table: PublishedTable) -> dict[str, Any]:
    write_release(here, notes, [table], LABELS)
    parsed: dict[str, Any] = json.loads((here / f"{NAME}-metadata.json").read_text("utf-8"))
    return parsed


def test_it_names_the_file_and_where_it_comes_from(
    described: dict[str, Any], notes: ReleaseNotes
) -> None:
    assert described["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "en-GB"}]
    assert described["url"] == NAME
    assert described["dc:title"] == "Hospital admissions for assault by sharp object"
    assert described["dc:source"] == notes.source
    assert described["dc:issued"] == {"@value": "2025-07-05", "@type": "xsd:date"}
    said = [note["oa:hasBody"]["rdf:value"] for note in described["notes"]]
    assert said[0] == notes.synthetic
    assert notes.provisional in said
    assert any(text.startswith("* in count") for text in said)
    assert set(notes.notes) <= set(said)


def test_only_known_properties_are_used(described: dict[str, Any]) -> None:
    table = {"@context", "url", "dialect", "notes", "tableSchema"}
    assert {name for name in described if not name.startswith("dc:")} == table
    assert set(described["tableSchema"]) == {"columns", "primaryKey"}
    for column in described["tableSchema"]["columns"]:
        assert {n for n in column if not n.startswith("dc:")} <= {
            "name",
            "titles",
            "datatype",
            "null",
        }
        assert column["datatype"] in ("string", "nonNegativeInteger")
        assert column["dc:description"]


def test_the_columns_are_those_of_the_csv_and_the_key_is_one(
    described: dict[str, Any], here: Path
) -> None:
    with (here / NAME).open(encoding=described["dialect"]["encoding"], newline="") as file:
        rows = list(csv.DictReader(file))
    columns = described["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == list(rows[0])
    key = described["tableSchema"]["primaryKey"]
    assert key == ["crossing", "financial_year", "month", "police_force", "age_under_25", "measure"]
    assert set(key) - {"crossing", "measure"} <= set(KINDS)
    assert len({tuple(row[name] for name in key) for row in rows}) == len(rows)


def test_every_value_is_of_its_datatype_or_a_declared_symbol(
    described: dict[str, Any], here: Path
) -> None:
    (count,) = [c for c in described["tableSchema"]["columns"] if c["name"] == "count"]
    assert count["null"] == ["*", "[c]"]
    with (here / NAME).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["count"].isdigit() or row["count"] in count["null"]
