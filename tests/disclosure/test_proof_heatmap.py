"""The picture: every state has a pattern of its own, words say the same, and it says its limits."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from sharewell.disclosure.heatmap import MOST_PANELS, MOST_ROWS, STATES, layout, legend, page, svg
from sharewell.disclosure.margins import add_margins
from sharewell.disclosure.rules import RULES
from sharewell.disclosure.safeguard import Safeguarded, protect_file
from sharewell.disclosure.tablereading import make_table, read_table_file

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "disclosure"


@pytest.fixture(scope="module")
def done() -> Safeguarded:
    names = ["police_force", "age_band", "sex"]
    table = add_margins(read_table_file(EXAMPLES / "counts.csv"), names)
    return protect_file(table, RULES["hes-2018"])


def test_every_cell_is_drawn_and_told(done: Safeguarded) -> None:
    drawn = ET.fromstring(svg(done.first, done.before, "Before repair", "before"))
    space = "{http://www.w3.org/2000/svg}"
    assert drawn.get("role") == "img"
    words = drawn.findtext(f"{space}desc")
    assert words is not None
    assert words.startswith("120 cells:")
    assert f"{done.before.exact} found out exactly" in words
    squares = [p for p in drawn.findall(f"{space}path") if "mark" not in p.get("class", "")]
    assert sum(p.get("d", "").count("M") for p in squares) == 120


def test_the_legend_has_every_state() -> None:
    text = str(legend())
    for state, words in STATES.items():
        if words:
            assert words in text
            assert f"key-{state}" in text


def test_totals_come_first_and_months_are_panels(done: Safeguarded) -> None:
    plan = layout(done.table)
    assert plan.panels == ("2026-04", "2026-05")
    assert plan.rows[0] == "total"
    assert plan.left_out == ""


def test_the_page_says_what_leaked_and_what_was_withheld(done: Safeguarded) -> None:
    text = page(done)
    assert "Keep this page inside" in text
    assert "because" in text
    assert "by the rule 15, now 8 to 22" in text
    assert "<script" not in text


def test_what_is_too_large_is_left_out_in_words() -> None:
    rows = [(f"m{m}", f"a{a}") for m in range(MOST_PANELS + 1) for a in range(MOST_ROWS + 1)]
    data = {
        "month": [m for m, _ in rows],
        "area": [a for _, a in rows],
        "count": [0] * len(rows),
    }
    table = make_table(pa.table(data), name="<big>")
    plan = layout(add_margins(table, ["area"]))
    assert plan.left_out == "Shown are 12 of 13 panels and 60 of 62 rows."


def test_names_are_escaped() -> None:
    data = pa.table({"area": ["<b>", "&"], "count": [1, 2]})
    done = protect_file(add_margins(make_table(data), ["area"]), RULES["hes-2018"])
    assert "<b>" not in page(done)
