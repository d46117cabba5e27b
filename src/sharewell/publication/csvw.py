"""CSV with its CSV on the Web metadata: the whole table, one cell to a row, for machines.

Follows the W3C recommendations 'Model for Tabular Data and Metadata on the Web' and 'Metadata
Vocabulary for Tabular Data' (17 December 2015).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sharewell.publication.labels import MEASURE, column_title, safe_for_spreadsheet
from sharewell.publication.notes import SYMBOLS, ReleaseNotes
from sharewell.publication.tidy import CROSSING, TidyTable

_CHUNK = 200_000  # rows turned into text at a time


def write_csv(path: Path, table: TidyTable) -> int:
    """Write ``table`` as UTF-8 with LF and a header; returns the number of rows.

    Each code has its label beside it; a breakdown that a crossing does not use is empty. The
    count stands as printed. Text that a spreadsheet would run as a formula gets an apostrophe.
    """
    header = [name for name, _ in _columns(table)]
    with path.open("wb") as file:
        file.write((",".join(header) + "\n").encode())
        for start in range(0, len(table.cells), _CHUNK):
            part = table.cells.slice(start, _CHUNK)
            lines = pc.binary_join_element_wise(
                *(values(part) for _, values in _columns(table)), ","
            )
            file.write(("\n".join(lines.to_pylist()) + "\n").encode())
    return len(table.cells)


def metadata(table: TidyTable, csv_name: str, notes: ReleaseNotes) -> str:
    """The CSVW metadata of the table's CSV, as JSON text."""
    described: dict[str, object] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en-GB"}],
        "url": csv_name,
        "dc:title": table.title,
        "dc:description": notes.summary or notes.title,
        "dc:publisher": notes.released_by,
        "dc:source": notes.source,
        "dc:temporal": notes.period,
        "dc:issued": {"@value": notes.made.isoformat(), "@type": "xsd:date"},
        "dc:identifier": notes.release_id,
        "dc:isReferencedBy": f"Data sharing agreement {notes.under}",
    }
    if notes.licence:
        described["dc:license"] = notes.licence
    said = [notes.synthetic, notes.provisional, *_reading_notes(table), *notes.notes]
    described["notes"] = [
        {"@type": "oa:Annotation", "oa:hasBody": {"rdf:value": text}} for text in said if text
    ]
    described["dialect"] = {
        "encoding": "utf-8",
        "lineTerminators": ["\n"],
        "delimiter": ",",
        "quoteChar": '"',
        "doubleQuote": True,
        "header": True,
    }
    described["tableSchema"] = {
        "columns": _schema(table),
        "primaryKey": [CROSSING, *table.breakdowns, MEASURE],
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _columns(table: TidyTable) -> list[tuple[str, Callable[[pa.Table], pa.Array]]]:
    """Name of each column of the CSV, and how to make its text from a part of the table."""
    columns = [(CROSSING, _codes(CROSSING))]
    for name in (*table.breakdowns, MEASURE):
        columns += [(name, _codes(name)), (f"{name}_label", _codes(name, table.labels[name]))]
    if "printed" in table.cells.column_names:
        columns += [("count", _codes("printed")), ("treatment", _codes("treatment"))]
    else:
        columns.append(("count", lambda part: part["count"].cast(pa.string()).combine_chunks()))
    return columns


def _codes(name: str, labels: dict[str, str] | None = None) -> Callable[[pa.Table], pa.Array]:
    """Text of a column of codes, or of their labels: safe, quoted, empty for null.

    Each distinct value is made safe once, however many rows have it.
    """

    def values(part: pa.Table) -> pa.Array:
        column = part[name].combine_chunks()
        if not pa.types.is_dictionary(column.type):
            column = pc.dictionary_encode(column)
        texts = column.dictionary.to_pylist()
        texts = [_quoted(safe_for_spreadsheet(labels[t] if labels else t)) for t in texts]
        return pc.fill_null(pa.array([*texts], pa.string()).take(column.indices), "")

    return values


def _quoted(text: str) -> str:
    """``text`` as a CSV field (RFC 4180)."""
    if any(character in text for character in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _schema(table: TidyTable) -> list[dict[str, object]]:
    columns: list[dict[str, object]] = [
        _column(CROSSING, "string", "The breakdowns that the cell is split by, joined by ' x '")
    ]
    for name in (*table.breakdowns, MEASURE):
        title = column_title(name)
        empty = "" if name == MEASURE else "; empty where the crossing does not use it"
        columns.append(_column(name, "string", f"{title}: code{empty}"))
        columns.append(_column(f"{name}_label", "string", f"{title}: label{empty}"))
    if "printed" not in table.cells.column_names:
        return [*columns, _column("count", "nonNegativeInteger", "The count, unsuppressed")]
    count = _column("count", "nonNegativeInteger", "The count, as printed")
    count["null"] = [s.printed for s in SYMBOLS if s.treatment in ("starred", "withheld")]
    treatments = "; ".join(f"{s.treatment}: {s.meaning}" for s in SYMBOLS)
    return [*columns, count, _column("treatment", "string", f"How it is protected. {treatments}")]


def _column(name: str, datatype: str, description: str) -> dict[str, object]:
    return {"name": name, "titles": name, "datatype": datatype, "dc:description": description}


def _reading_notes(table: TidyTable) -> list[str]:
    """How to read the count: the symbols, and the apostrophe where there is one."""
    said = []
    if "printed" in table.cells.column_names:
        said += [
            f"{s.printed} in count: {s.meaning}" for s in SYMBOLS if not s.printed[0].isalnum()
        ]
        said.append("Rounded totals come from true totals, so rounded figures may not add up.")
    texts = [text for labels in table.labels.values() for pair in labels.items() for text in pair]
    if any(safe_for_spreadsheet(text) != text for text in texts):
        said.append("Text that begins like a formula has an apostrophe before it.")
    return said
