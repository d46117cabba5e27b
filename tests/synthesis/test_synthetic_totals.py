"""Synthetic totals against published ones, counted apart from the generator, and their page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sharewell.catalogue import areas
from sharewell.catalogue.breakdowns import financial_year_label
from sharewell.catalogue.codelists import CODE_LISTS
from sharewell.synthesis import Comparison, compare_with_published, figures
from sharewell.synthesis import targets as targets_
from sharewell.synthesis.published import (
    NINE_YEARS,
    NOT_COMPARED,
    PERCENT_UNDER_25,
    SOURCES,
    Figure,
    drug_admissions_by_force,
)

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/synthetic-totals.md"
FORCES = {code: areas.police_force_of(code) for code in areas.districts()}


AGES = {
    "0-15": (0, 15),
    "16-18": (16, 18),
    "19+": (19, 130),
    "10-19": (10, 19),
    "0-17": (0, 17),
    "0-18": (0, 18),
    "0-24": (0, 24),
    "16-24": (16, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65-74": (65, 74),
    "75+": (75, 130),
}
"""The age bands of the sources, both ends included."""

VALUES = {
    "": "NULL",
    "age": "age",
    "sex": "sex",
    "cause": "cause",
    "diagnosis": "diagnosis",
    "police_force": "district",
    NINE_YEARS: "district",
}
"""The column that decides the category of a breakdown."""


def belongs(figure: Figure, value: str | int | None) -> bool:
    """Whether an episode with this value is in the category of a figure."""
    match figure.breakdown:
        case "":
            return True
        case "age" if figure.category == "unknown":
            return value is None
        case "age":
            low, high = AGES[figure.category]
            return value is not None and low <= int(value) <= high
        case "sex" | "cause":
            return value == figure.category
        case "diagnosis":
            return str(value).startswith(figure.category)
        case _:
            return FORCES.get(str(value)) == figure.category


@pytest.fixture(scope="module")
def comparisons(counts: duckdb.DuckDBPyConnection) -> tuple[Comparison, ...]:
    wanted = [f for f in figures() if f.breakdown != PERCENT_UNDER_25]
    tallies = {
        (cohort, breakdown): counts.execute(
            f"""SELECT fy, fae, {VALUES[breakdown]}, count(*) FROM episodes
                WHERE "{cohort}" GROUP BY ALL"""
        ).fetchall()
        for cohort, breakdown in {(f.cohort, f.breakdown) for f in wanted}
    }
    counted = {}
    for f in wanted:
        last = 2020 if f.breakdown == NINE_YEARS else f.year
        counted[f.cohort, f.measure, f.breakdown, f.category, f.year] = sum(
            number
            for year, fae, value, number in tallies[f.cohort, f.breakdown]
            if f.year <= year <= last and (fae or f.measure == "FCE") and belongs(f, value)
        )
    return compare_with_published(counted)


def test_every_comparable_figure_is_met_within_two_per_cent(
    comparisons: tuple[Comparison, ...],
) -> None:
    assert len(comparisons) > 400
    assert [(c.figure, c.synthetic) for c in comparisons if not c.agrees] == []


def test_totals_of_england_are_exact_where_published_for_the_financial_year(
    comparisons: tuple[Comparison, ...],
) -> None:
    totals = [c for c in comparisons if not c.figure.breakdown]
    assert {c.figure.cohort for c in totals} == {
        *("assault-sharp-object", "assault-firearm", "assault-all"),
        *("drug-disorders-primary", "drug-poisoning", "drug-disorders-any"),
    }
    assert [c for c in totals if c.synthetic != c.figure.value] == []


def test_nine_years_of_sharp_object_admissions_pass_38_000(
    counts: duckdb.DuckDBPyConnection,
) -> None:
    """Local press, November 2021: more than 38,000 from April 2012 to March 2021."""
    row = counts.execute(
        """SELECT count(*) FROM episodes
           WHERE "assault-sharp-object" AND fae AND fy BETWEEN 2012 AND 2020"""
    ).fetchone()
    assert row
    assert 38_000 < row[0] < 39_000


def test_the_cohorts_are_those_of_the_catalogue(counts: duckdb.DuckDBPyConnection) -> None:
    assert {f.cohort for f in figures()} <= set(CODE_LISTS)


def force_counts(counts: duckdb.DuckDBPyConnection, cohort: str) -> dict[tuple[int, str], int]:
    rows = counts.execute(
        f'SELECT fy, district, count(*) FROM episodes WHERE fae AND "{cohort}" GROUP BY ALL'
    ).fetchall()
    result: dict[tuple[int, str], int] = {}
    for year, district, number in rows:
        force = FORCES.get(district, "elsewhere").replace("E23000034", "E23000001")
        result[year, force] = result.get((year, force), 0) + number
    return result


def drug_force_comparisons(
    counts: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[str, int, str, int, int]]:
    """Cohort, year, force, published and synthetic, where the definition is the same."""
    for (cohort, year), published in drug_admissions_by_force().items():
        if cohort == "drug-poisoning" and year < 2017:
            continue  # the old definition
        counted = force_counts(counts, cohort)
        for force, number in published.items():
            yield cohort, year, force, number, counted.get((year, force), 0)


def test_drug_admissions_by_force_are_met(counts: duckdb.DuckDBPyConnection) -> None:
    compared = list(drug_force_comparisons(counts))
    assert len(compared) == 38 * (10 + 10 + 2)
    assert [row for row in compared if abs(row[4] - row[3]) > max(2, 0.02 * row[3])] == []


def test_patients_are_older_in_the_forces_where_that_is_published(
    counts: duckdb.DuckDBPyConnection,
) -> None:
    """Rounded percentages over nine years; a force of 205 admissions has an error of 3 points."""
    for figure in figures():
        if figure.breakdown != PERCENT_UNDER_25:
            continue
        districts = [repr(code) for code, force in FORCES.items() if force == figure.category]
        young, everyone = counts.execute(
            f"""SELECT count(*) FILTER (age < 25), count(*) FROM episodes
                WHERE "assault-sharp-object" AND fae AND fy BETWEEN 2012 AND 2020
                  AND district IN ({", ".join(districts)})"""
        ).fetchone() or (0, 0)
        percent = 100 * young / everyone
        assert abs(percent - figure.value) < 2 + 250 / everyone**0.5


def test_a_target_between_figures_lies_between_them() -> None:
    for cohort in sorted({f.cohort for f in figures()}):
        points = {
            f.year: f.value
            for f in figures()
            if (f.cohort, f.measure, f.breakdown) == (cohort, "FAE", "")
        }
        for before, after in zip(sorted(points), sorted(points)[1:], strict=False):
            for year in range(before + 1, after):
                target = targets_.total(cohort, "FAE", year)
                assert target.status in ("interpolated", "from FCE")
                if target.status == "interpolated":
                    low, high = sorted((points[before], points[after]))
                    assert low <= target.value <= high


# --- the page ------------------------------------------------------------------------------


def page(comparisons: tuple[Comparison, ...], counts: duckdb.DuckDBPyConnection) -> str:
    lines = [
        "# Synthetic totals against published ones",
        "",
        "Invented episodes are made to add to published figures. This page is written by",
        "`tests/synthesis/test_synthetic_totals.py`, which counts the invented files in SQL",
        "written from the definitions and compares every figure; it fails when a figure is missed",
        "by more than 2 per cent (or by more than one admission, where that is less), and when",
        "this page is out of date. `SHAREWELL_UPDATE_DOCS=1 pytest tests/synthesis` rewrites it.",
        "",
        "FAE is finished admission episodes, FCE finished consultant episodes, by financial year",
        "of the day on which the episode ends. England, all areas of residence.",
        "",
        "## Totals",
    ]
    for cohort, title in ((c.id, c.title) for c in CODE_LISTS.values()):
        rows = [c for c in comparisons if c.figure.cohort == cohort and not c.figure.breakdown]
        if not rows:
            continue
        rows.sort(key=lambda c: (c.figure.year, c.figure.measure))
        lines += [
            *("", f"### {title}", ""),
            "| Year | Measure | Published | Synthetic | Difference | Source | Note |",
            "|---|---|---:|---:|---:|---|---|",
        ]
        lines += [
            f"| {financial_year_label(c.figure.year)} | {c.figure.measure} | {c.figure.value:,} "
            f"| {c.synthetic:,} | {c.difference:+.1f} % | {c.figure.source} | {c.figure.note} |"
            for c in rows
        ]
    lines += [
        *("", "## Parts of the totals", ""),
        "| Cohort | By | Figures | Years | Greatest difference | Missed |",
        "|---|---|---:|---|---:|---:|",
    ]
    parts: dict[tuple[str, str], list[Comparison]] = {}
    for c in comparisons:
        if c.figure.breakdown:
            parts.setdefault((c.figure.cohort, c.figure.breakdown), []).append(c)
    for (cohort, breakdown), rows in sorted(parts.items()):
        years = sorted({c.figure.year for c in rows})
        worst = max(abs(c.synthetic - c.figure.value) for c in rows)
        lines.append(
            f"| {cohort} | {breakdown.replace('_', ' ')} | {len(rows)} "
            f"| {financial_year_label(years[0])} to {financial_year_label(years[-1])} "
            f"| {worst} | {sum(not c.agrees for c in rows)} |"
        )
    compared = list(drug_force_comparisons(counts))
    for cohort in sorted({row[0] for row in compared}):
        rows_ = [row for row in compared if row[0] == cohort]
        worst = max(abs(row[4] - row[3]) for row in rows_)
        first = financial_year_label(min(row[1] for row in rows_))
        lines.append(
            f"| {cohort} | police force | {len(rows_)} | {first} to 2018-19 | {worst} | 0 |"
        )
    lines += [
        "",
        "Greatest difference is a number of admissions. Drug admissions by force are rounded to 5",
        "from 2017-18; the source counts the City of London with Hackney, so it is compared with",
        "the Metropolitan Police as one. Poisonings by force before 2017-18 follow an older",
        "definition and give shares only.",
        *("", "## Years without a figure", ""),
        "Between figures the total lies on a straight line; before the first and after the last it",
        "is held. All assault after 2019-20 moves with assault by sharp object.",
        "",
        "| Year | " + " | ".join(_SHORT.values()) + " |",
        "|---|" + "---:|" * len(_SHORT),
    ]
    for year in range(2009, 2027):
        cells = []
        for cohort in _SHORT:
            target = targets_.total(cohort, "FAE", year)
            known = target.status == "published" and not any(
                f.note == "estimated" and (f.cohort, f.breakdown, f.year) == (cohort, "", year)
                for f in figures()
            )
            cells.append(f"{target.value:,}" if known else f"*{target.value:,}*")
        lines.append(f"| {financial_year_label(year)} | {' | '.join(cells)} |")
    lines += [
        "",
        "FAE; figures in italics are not published: they are interpolated, held, estimated or",
        "follow from the published FCE (one FAE to 1.018 FCE, as in 2019-20). Poisonings before",
        "2012-13 are the older definition's totals times 15,580 / 12,238, the ratio of the two in",
        "2012-13. For 2011-12 two tables of the same source differ: 6,173 and 6,227 (M1), 57,733",
        "and 57,852 (M3); the second of each, which has ages and diagnoses, is used.",
        *("", "## What is invented", ""),
        "Everything below these totals for which no figure is named: months, most force areas of",
        "assault, ages of assault other than by sharp object, ethnic groups, which diagnoses go",
        "together, and all background episodes (but for their number in 2014-15). For Wales no",
        "published figure was found: the level follows population (for sharp objects, 0.6 of",
        "that). HES APC holds no time of admission, so the records have no hour.",
        *("", "## Sources", ""),
        *(f"- `{name}`: {source}" for name, source in SOURCES.items()),
    ]
    return "\n".join(lines) + "\n"


_SHORT = {
    "assault-sharp-object": "Sharp object",
    "assault-firearm": "Firearm",
    "assault-all": "All assault",
    "drug-disorders-primary": "M1",
    "drug-poisoning": "M2",
    "drug-disorders-any": "M3",
}


def test_the_page_says_what_was_counted(
    comparisons: tuple[Comparison, ...], counts: duckdb.DuckDBPyConnection
) -> None:
    text = page(comparisons, counts)
    if os.environ.get("SHAREWELL_UPDATE_DOCS"):
        PAGE.write_text(text)
    assert PAGE.is_file(), "SHAREWELL_UPDATE_DOCS=1 pytest tests/synthesis writes the page."
    assert PAGE.read_text() == text, (
        "docs/reference/synthetic-totals.md is out of date; "
        "SHAREWELL_UPDATE_DOCS=1 pytest tests/synthesis writes it anew."
    )


def test_no_figure_is_left_out_silently() -> None:
    left_out = [f for f in figures() if f.note in NOT_COMPARED or f.breakdown == PERCENT_UNDER_25]
    assert {f.note for f in left_out} == {*NOT_COMPARED, "rounded"}
    assert all(f.source in SOURCES for f in figures())
