"""Plans: the SQL as a person reads it, the matching of codes, and errors that name the place."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.catalogue.codelists import CodeList, Position, code_list
from sharewell.tabulation import TableSpec, explain
from sharewell.tabulation.plan import grouping_sets, matches, plan

GOLDEN = Path(__file__).parent / "golden"
SPEC = TableSpec(
    "sharp",
    "Sharp object",
    "hes_apc",
    code_list("assault-sharp-object"),
    ("FCE", "FAE"),
    (("month", "police_force"), ("financial_year", "sex")),
    date(2012, 4, 1),
    date(2020, 3, 31),
)
SPECS = (
    SPEC,
    replace(
        SPEC,
        id="drugs",
        cohort=code_list("drug-disorders-any"),
        measures=("FAE", "PEOPLE"),
        crossings=(("month", "region", "diagnosis"),),
        first=date(2017, 4, 1),
    ),
    replace(SPEC, id="poisoning", cohort=code_list("drug-poisoning"), measures=("FAE_EMERGENCY",)),
)


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_sql_is_the_one_that_was_read_and_approved(dialect: str) -> None:
    """After a wanted change: SHAREWELL_GOLDEN=write pytest, and read the difference."""
    path = GOLDEN / f"plan.{dialect}.sql"
    sql = explain(SPECS, dialect)
    if os.environ.get("SHAREWELL_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(sql, "utf-8")
    assert sql == path.read_text("utf-8")


def test_only_the_columns_that_are_needed_are_read() -> None:
    assert plan([SPEC]).columns == (
        *("CAUSE_4", "CLASSPAT", "EPIEND", "EPIORDER", "EPISTAT", "RESLADST_ONS", "SEX"),
    )
    without_area = replace(SPEC, crossings=(("sex",),))
    assert "RESLADST_ONS" not in plan([without_area]).columns


_code = st.from_regex(r"[A-C][0-9]{2}[0-9]?", fullmatch=True)
_held = st.one_of(st.none(), st.from_regex(r"[A-CX][0-9]{2}[0-9X]?", fullmatch=True))


@settings(deadline=None)  # the first call starts DuckDB
@given(
    codes=st.lists(_code, min_size=1, max_size=12),
    held=st.lists(_held, min_size=1, max_size=8),
    position=st.sampled_from(["cause", "primary", "any"]),
)
def test_a_code_matches_by_its_beginning_in_its_position(
    codes: list[str], held: list[str | None], position: Position
) -> None:
    joined = ",".join(code for code in held if code) or None
    condition = matches(CodeList("l", "l", tuple(codes), position, "a test")).sql("duckdb")
    row = {"CAUSE_4": held[0], "DIAG_4_01": held[0], "DIAG_4_CONCAT": joined}
    (found,) = duckdb.execute(
        f"SELECT coalesce({condition}, false) FROM (SELECT $c::VARCHAR AS CAUSE_4, "
        "$c::VARCHAR AS DIAG_4_01, $j::VARCHAR AS DIAG_4_CONCAT) AS e",
        {"c": row["CAUSE_4"], "j": joined},
    ).fetchone() or (None,)
    looked_at = held if position == "any" else held[:1]
    assert found == any(c is not None and c.startswith(tuple(codes)) for c in looked_at)


def test_margins_of_people_are_the_cube_with_time_to_the_year() -> None:
    assert grouping_sets(("month", "sex")) == [
        *(("month", "sex"), ("month",), ("financial_year", "sex"), ("financial_year",)),
    ]
    assert grouping_sets(("financial_year",)) == [("financial_year",)]
    assert grouping_sets(("region", "sex")) == [("region", "sex"), ("region",), ("sex",), ()]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"measures": ("FAEE",)}, KeyError, r"'sharp', measures.*'FAEE'.*FAE_EMERGENCY"),
        ({"measures": ()}, ValueError, "'sharp', measures: name at least one"),
        ({"crossings": (("moon",),)}, KeyError, r"'sharp', crossings.*'moon'.*month"),
        ({"crossings": ()}, ValueError, "'sharp', crossings: name at least one"),
        ({"crossings": ((),)}, ValueError, "'sharp', crossings: name at least one"),
        ({"crossings": (("sex", "sex"),)}, ValueError, "sex x sex names a breakdown twice"),
        ({"crossings": (("sex",), ("sex",))}, ValueError, "same crossing stands there twice"),
        ({"first": date(2021, 1, 1)}, ValueError, "starts on 2021-01-01 and ends before"),
        ({"cohort": CodeList("c", "c", ("T40.0",), "any", "s")}, ValueError, "'T40.0' is not"),
        ({"cohort": CodeList("c", "c", ("X') OR 1",), "any", "s")}, ValueError, "is not an ICD"),
        ({"cohort": CodeList("c", "c", (), "any", "s")}, ValueError, "'c': the code list is empty"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(
    change: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        plan([replace(SPEC, **change)])


def test_a_plan_is_for_one_dataset() -> None:
    with pytest.raises(ValueError, match="one dataset"):
        plan([SPEC, replace(SPEC, dataset="pedw")])
