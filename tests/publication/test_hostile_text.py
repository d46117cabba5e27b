"""Labels and notes that try to run, to break out, or to be unreadable."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publication_samples import release_notes

from sharewell.disclosure import PublishedTable, protect, rule
from sharewell.publication import write_release
from sharewell.publication.labels import clean, labeller, safe_for_spreadsheet

HOSTILE = {
    "A1": "=cmd|' /C calc'!A0",
    "A2": "<script>alert(1)</script>",
    "A3": "+1+1",
    "A4": "@SUM(A1)",
    "A5": "-2",
    "A6": "x" * 40_000,
    "A7": "$$note1$$ and [click](https://example.org) and [again](https://example.org)",
    "A8": "日本語",
    "A9": 'line\r\nbreak, and "quotes", \x00\x07 and \u202e reversed',
    "B1": "***",
    "B2": "   ",
    "B3": '"><img src=x onerror=alert(1)>',
    "B4": "{=1+1}",
    "B5": "https://example.org/",
    "B6": "</style><script>alert(2)</script>",
    "=B7": "",
    '+B8,\n"': "",
    "Ünïcödé": "Ünïcödé",
}


def hostile_table() -> PublishedTable:
    codes = ["total", *HOSTILE]
    cells = pa.table(
        {
            "crossing": ["region"] * len(codes),
            "region": codes,
            "measure": ["FAE"] * len(codes),
            "count": list(range(0, 10 * len(codes), 10)),
        }
    )
    return protect(
        cells,
        id="hostile",
        title="<b>=HYPERLINK()</b>",
        breakdown_kinds={"region": "geography"},
        rule=rule("hes-2018"),
    )


class Tags(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_table_with_hostile_labels_is_written_and_harmless(here: Path) -> None:
    nasty = "<script>alert(3)</script> =cmd() $$x$$ [a](b) {{ 7 * 7 }}"
    notes = release_notes(
        title=nasty, notes=(nasty,), summary=nasty, contact=nasty, synthetic=nasty
    )
    write_release(here, notes, [hostile_table()], {"region": HOSTILE})

    with (here / "hostile.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(HOSTILE) + 1
    for row in rows:
        for value in row.values():
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    labels = {row["region"]: row["region_label"] for row in rows}
    assert labels["A1"] == "'=cmd|' /C calc'!A0"
    assert labels["A6"] == HOSTILE["A6"]
    assert labels["A9"] == 'line break, and "quotes", and reversed'
    assert labels["B2"] == "B2"
    assert labels["'=B7"] == "'=B7"
    assert "'+B8,\n\"" in labels

    for name in ("Cover", "Contents", "Notes", "Table_1"):
        for line in openpyxl.load_workbook(here / "workbook.xlsx")[name].iter_rows():
            for cell in line:
                assert cell.data_type != "f", f"{cell.coordinate} is a formula"
                assert cell.hyperlink is None or cell.hyperlink.location, "a link leads outside"

    page = Tags()
    page.feed((here / "index.html").read_text(encoding="utf-8"))
    assert not {"script", "img", "b"} & page.tags
    assert not {name for name in page.attributes if name.startswith("on")}
    assert nasty in "".join(page.text)


def test_labels_that_excel_takes_for_the_same_are_told_apart(here: Path) -> None:
    cells = pa.table(
        {
            "crossing": [""] * 2,
            "measure": ["m1", "m2"],
            "count": [50, 60],
        }
    )
    table = protect(cells, id="t", title="T", breakdown_kinds={}, rule=rule("hes-2018"))
    write_release(here, release_notes(), [table], {"measure": {"m1": "Same", "m2": "SAME"}})
    sheet = openpyxl.load_workbook(here / "workbook.xlsx")["Table_1"]
    assert [cell.value for cell in list(sheet.rows)[-2]] == ["Same", "SAME (2)"]
    assert [cell.value for cell in list(sheet.rows)[-1]] == [50, 60]


@given(st.text(max_size=40))
def test_clean_text_is_one_visible_line(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == clean(cleaned)
    assert cleaned.isprintable() or not cleaned.isascii()
    assert "\n" not in cleaned
    assert labeller({})("region", text), "a label is never empty"


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_csv_field_is_read_back_and_never_a_formula(text: str) -> None:
    from sharewell.publication.csvw import _quoted

    safe = safe_for_spreadsheet(text)
    assert safe in (text, "'" + text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    line = _quoted(safe) + ",end\n"
    assert next(csv.reader(io.StringIO(line, newline=""))) == [safe, "end"]


def test_labels_may_be_a_function() -> None:
    label = labeller(lambda name, code: f"{name}: {code}")
    assert label("sex", "1") == "sex: 1"


@pytest.mark.parametrize(
    ("name", "code", "label"),
    [
        ("financial_year", "2019", "2019-20"),
        ("month", "2019-04", "April 2019"),
        ("month", "total", "All months"),
        ("sex", "1", "Male"),
        ("cause", "X99", "X99"),
        ("measure", "FAE", "Finished admission episodes"),
        ("ward", "total", "Total"),
        ("ward", "unknown", "Not known"),
    ],
)
def test_the_catalogue_labels_what_nobody_else_does(name: str, code: str, label: str) -> None:
    assert labeller({})(name, code) == label
