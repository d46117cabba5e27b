"""Flow diagrams and timelines: what they draw, and that nothing hidden shows in a width."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.publication.flowchart import UNKNOWN, Column, Flow, band_width, flow_chart, said
from sharewell.publication.timeline import (
    MOST_BINS,
    Lane,
    Referred,
    bins_of,
    counts,
    timeline,
)

SVG = "{http://www.w3.org/2000/svg}"
PLACES = ("A", "B", "C")
printed = st.one_of(
    st.sampled_from(["*", "[c]", "8 to 22", "0"]), st.integers(1, 500).map(lambda n: str(5 * n))
)
HOSTILE = '<script>alert(1)</script>" onload="x'


def drawn(values: dict[tuple[str, str], str], places: tuple[str, ...] = PLACES) -> ET.Element:
    """A chart of one step."""
    columns = [Column(title, dict.fromkeys(places, "5")) for title in ("From", "To")]
    flows = [Flow(a, b, text) for (a, b), text in values.items()]
    chart = flow_chart(columns, [flows], title="Moves", words="The table says the same.")
    return ET.fromstring(str(chart).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def widths(chart: ET.Element) -> dict[str, float]:
    """How wide each band is where it leaves, in px."""
    found = {}
    for band in chart.iter(f"{SVG}path"):
        first = re.match(r"M[\d.]+,([\d.]+)", band.get("d", ""))
        last = re.search(r",([\d.]+)Z$", band.get("d", ""))
        assert first
        assert last
        found[band[0].text or ""] = float(last[1]) - float(first[1])
    return found


pairs = st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(pairs, printed, min_size=1))
def test_what_is_hidden_is_always_as_wide_and_zeros_are_not_drawn(
    values: dict[tuple[str, str], str],
) -> None:
    found = widths(drawn(values))
    assert len(found) == sum(text != "0" for text in values.values())
    for (a, b), text in values.items():
        if text in ("*", "[c]"):
            assert abs(found[said(Flow(a, b, text))] - UNKNOWN) < 0.11
    numbers = [
        (int(text), found[said(Flow(a, b, text))])
        for (a, b), text in values.items()
        if text.isdigit() and text != "0"
    ]
    for people, width in numbers:
        for more, wider in numbers:
            assert people > more or width <= wider + 0.21


def test_a_range_is_as_wide_as_its_lower_end_and_hatched() -> None:
    assert band_width(Flow("A", "B", "8 to 22"), 2.0) == band_width(Flow("A", "B", "8"), 2.0)
    chart = drawn({("A", "B"): "8 to 22", ("B", "C"): "10"})
    hatched = [p for p in chart.iter(f"{SVG}path") if "url(#hatch-" in p.get("fill", "")]
    assert [p[0].text for p in hatched] == ["A to B: 8 to 22 people"]


def test_names_are_text_and_there_is_no_style() -> None:
    text = ET.tostring(drawn({(HOSTILE, HOSTILE): "5"}, (HOSTILE,)), encoding="unicode")
    assert "<script" not in text
    assert " style=" not in text
    picture = timeline(
        [Lane(HOSTILE, [date(2026, 1, 1)])],
        [Referred(date(2026, 1, 2), HOSTILE, "yes")],
        title=HOSTILE,
        words=HOSTILE,
    )
    assert "<script" not in picture
    assert " style=" not in picture
    ET.fromstring(str(picture))


days = st.lists(st.dates(date(1990, 1, 1), date(2060, 1, 1)), min_size=1, max_size=20)


@settings(max_examples=80, deadline=None)
@given(days)
def test_every_record_is_in_one_span_that_names_its_month(found: list[date]) -> None:
    bins = bins_of(found)
    lane = Lane("Needle", found)
    assert sum(counts(lane, bins).values()) == len(found)
    for day in found:
        place = bins.place(day)
        assert 0 <= place < bins.count
        label = bins.label(place)
        assert str(day.year) in label
        if bins.months == 1:
            assert label == f"{day:%B %Y}"
    assert bins.count <= MOST_BINS or bins.months == 12
    ET.fromstring(str(timeline([lane], [], title="t", words="w")))


def test_referrals_differ_by_shape_and_say_whether_they_arrived() -> None:
    each = [
        Referred(date(2026, 1, 1) + timedelta(at), "Clinic", arrived)
        for at, arrived in enumerate(("yes", "no", "not known"))
    ]
    picture = str(timeline([], each, title="t", words="w"))  # type: ignore[arg-type]
    shapes = re.findall(r'timeline-referred [^>]*d="([^"]+)"', picture)
    assert len(set(shapes)) == 3
    assert "Referred to Clinic, 2 January 2026: did not arrive" in picture
    assert timeline([], [], title="t", words="w") == ""
