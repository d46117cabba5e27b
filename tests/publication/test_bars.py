"""A chart of bars says what its table says, and draws nothing that is not printed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from sharewell.publication.bars import Bar, bar_chart


def _drawn(bars: list[Bar]) -> ET.Element:
    return ET.fromstring(str(bar_chart("People by <sex>", bars, "chart-1")))


def _widths(chart: ET.Element, name: str) -> list[str]:
    return [each.get("width", "") for each in chart.iter("rect") if each.get("class") == name]


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = _drawn([Bar("Male", 200, "200"), Bar("Female", 50, "50"), Bar("None", 0, "0")])
    assert _widths(chart, "bar") == ["100.00%", "25.00%"]
    assert [each.text for each in chart.iter("text")] == [
        "Male", "200", "Female", "50", "None", "0",
    ]  # fmt: skip
    assert chart.findtext("title") == "People by <sex>"
    assert chart.findtext("desc") == "Male: 200. Female: 50. None: 0"


def test_a_star_is_printed_and_has_no_bar() -> None:
    chart = _drawn([Bar("Male", 200, "200", 100, "100"), Bar("Female", None, "*", None, "[c]")])
    assert _widths(chart, "bar") == ["100.00%"]
    assert _widths(chart, "before") == ["50.00%"]
    assert "Female: * (before: [c])" in (chart.findtext("desc") or "")


def test_where_nothing_can_be_drawn_there_is_no_picture() -> None:
    assert bar_chart("Nothing", [Bar("Male", None, "*"), Bar("Female", 0, "0")], "c") == ""
    assert bar_chart("Nothing", [], "c") == ""


def test_it_needs_no_style_of_its_own_and_long_names_are_cut() -> None:
    drawn = str(bar_chart("Long", [Bar("x" * 60, 1, "1")], "c"))
    assert "style" not in drawn
    assert "…" in drawn
    assert "x" * 60 in drawn, "the words are whole"
