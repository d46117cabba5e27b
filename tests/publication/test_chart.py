"""The chart: its scale, its words, and what it leaves undrawn."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from publication_samples import LABELS, counted, published

from sharewell.disclosure import protect, rule
from sharewell.publication.chart import (
    Point,
    Series,
    months_in,
    national_series,
    scale,
    shares,
    svg,
)
from sharewell.publication.labels import labeller
from sharewell.publication.tidy import TidyTable, tidy


def tidied(cells: pa.Table) -> TidyTable:
    return tidy(published(cells), labeller(LABELS))


@given(st.integers(0, 10**9))
def test_the_scale_is_round_and_reaches_the_greatest(greatest: int) -> None:
    ticks = scale(greatest)
    assert ticks[0] == 0
    assert ticks[-1] >= greatest
    assert 2 <= len(ticks) <= 6
    step = ticks[1]
    assert re.fullmatch(r"[125]0*", str(step))
    assert ticks == [step * n for n in range(len(ticks))]


def test_the_series_is_the_national_total_of_each_year() -> None:
    cells = counted(years=4, last_months=5)
    series = national_series([tidied(cells)])
    assert series is not None
    totals = {
        cell["financial_year"]: cell["count"]
        for cell in cells.to_pylist()
        if cell["month"] == cell["police_force"] == "total"
        and cell["crossing"] == "month x police_force"
        and cell["measure"] == "FAE"
    }
    assert [point.value for point in series.points] == [totals[str(y)] for y in range(2012, 2016)]
    assert [point.months for point in series.points] == [12, 12, 12, 5]
    assert series.has_part_years
    assert f"{totals['2015']:,} in 2015-16, a part year of 5 months" in series.in_words()


def test_in_a_combined_table_england_and_wales_is_the_whole() -> None:
    """Where England is joined with Wales there is no total, but three nations."""
    cells = counted(years=3)
    nations = {"total": "K04000001", "E23000001": "E92000001", "W15000003": "W92000004"}
    forces = [nations.get(force, force) for force in cells["police_force"].to_pylist()]
    at = cells.column_names.index("police_force")
    combined = tidied(cells.set_column(at, "police_force", pa.array(forces)))
    series, apart = national_series([combined]), national_series([tidied(cells)])
    assert series is not None
    assert apart is not None
    assert series.points == apart.points
    assert apart.area == "England and Wales"
    order = list(dict.fromkeys(combined.cells["police_force"].to_pylist()))
    assert order[:3] == ["K04000001", "E92000001", "W92000004"]


def test_the_picture_has_a_title_a_description_and_a_column_each() -> None:
    series = national_series([tidied(counted(years=12))])
    assert series is not None
    root = ET.fromstring(str(svg(series)))
    assert root.get("role") == "img"
    ids = {element.get("id") for element in root}
    assert set(str(root.get("aria-labelledby")).split()) <= ids
    assert root.findtext("title") == "Finished admission episodes"
    assert root.findtext("desc") == series.in_words()
    assert len(root.findall("rect")) == 12
    assert [rect.get("class") for rect in root.findall("rect")][-1] == "part"


@pytest.mark.parametrize(
    ("year", "months"), [("2018", 0), ("2019", 2), ("2020", 12), ("2021", 9), ("2022", 0)]
)
def test_months_of_a_year_from_the_period_of_the_data(year: str, months: int) -> None:
    assert months_in(year, date(2020, 2, 1), date(2021, 12, 31)) == months
    assert months_in(year, None, None) is None


def test_a_table_of_years_only_knows_its_part_year_from_the_period() -> None:
    cells = counted(years=3)
    keep = [
        month == "total" and crossing == "month x police_force"
        for month, crossing in zip(
            cells["month"].to_pylist(), cells["crossing"].to_pylist(), strict=True
        )
    ]
    yearly = cells.filter(pa.array(keep)).drop_columns(["month", "crossing"])
    names = pa.array(["financial_year x police_force"] * len(yearly))
    table = tidied(yearly.append_column("crossing", names))
    series = national_series([table], date(2012, 4, 1), date(2014, 12, 31))
    assert series is not None
    assert [point.months for point in series.points] == [12, 12, 9]
    unsaid = national_series([table])
    assert unsaid is not None
    assert not unsaid.has_part_years


def test_labels_that_would_overlap_are_left_out_but_for_two() -> None:
    points = tuple(
        Point(f"{2000 + n}-{n + 1:02d}", 20_000 - n, f"{20_000 - n:,}", 12) for n in range(18)
    )
    root = ET.fromstring(str(svg(Series("M", "T", "", points))))
    labels = {str(text.text): str(text.get("class")) for text in root.findall("text")}
    shown = [text for text, name in labels.items() if name in ("value", "value last")]
    assert shown == ["20,000", "19,983"], "the highest and the last"
    assert labels["19,999"] == "value usual crowded"


def test_what_may_not_be_said_is_not_drawn() -> None:
    points = (
        Point("2012-13", 40, "40", 12),
        Point("2013-14", None, "[c]", 12),
        Point("2014-15", 60, "60", 12),
    )
    root = ET.fromstring(str(svg(Series("M", "T", "", points))))
    assert len(root.findall("rect")) == 2
    assert "[c]" in [element.text for element in root.findall("text")]


def test_a_table_without_years_has_no_chart() -> None:
    cells = pa.table(
        {"crossing": ["sex"] * 2, "sex": ["1", "2"], "measure": ["FAE"] * 2, "count": [50, 60]}
    )
    table = protect(
        cells, id="t", title="T", breakdown_kinds={"sex": "person"}, rule=rule("hes-2018")
    )
    assert national_series([tidy(table, labeller({}))]) is None
    assert national_series([]) is None


def test_one_year_is_no_series() -> None:
    assert national_series([tidied(counted(years=1))]) is None


def test_shares_fill_the_bar() -> None:
    root = ET.fromstring(str(shares([("exact", 1), ("zero", 0), ("rounded", 3)])))
    widths = [float(str(rect.get("width")).rstrip("%")) for rect in root]
    assert widths == [25.0, 0.0, 75.0]
