"""The ways in which the agreements' own tables give small numbers away when read together.

Each expected interval is worked out by hand in the comment beside it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from linked_examples import (
    ASSAULT,
    BOTH,
    ENGLAND,
    EXACT,
    FORCE,
    GWENT,
    WALES,
    cell,
    inferred,
    shown,
)

from sharewell.catalogue.areas import police_force_of, region_of, valid_in
from sharewell.disclosure import rule_by_parameters
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.frame import catalogue_frame
from sharewell.disclosure.relations import ContradictoryTablesError, link

NEAREST_5 = rule_by_parameters(high=0, base=5)


def combined(cells: list, **options: object):
    options = {"source": "hes_apc+pedw", "name": "combined", **options}
    return shown([cell(n, month="2024-03", police_force=area) for area, n in cells], **options)


def force(count: int, **more: str) -> dict:
    return cell(count, month="2024-03", police_force=FORCE, **more)


def test_england_and_wales_minus_england_is_wales():
    # Both nations together and England are printed as they are: 305 - 300 = 5.
    tables = [combined([(ENGLAND, 300), (WALES, 5), (BOTH, 305)])]
    assert inferred(tables, "Wales, March 2024, pedw") == (5, 5)


def test_wales_is_found_though_no_table_prints_it():
    # England and Wales in one table, England in another of the same data.
    tables = [combined([(BOTH, 305)]), combined([(ENGLAND, 300)], name="england")]
    assert inferred(tables, "Wales, March 2024, pedw", differences=True) == (5, 5)
    linked = link(tables, catalogue_frame(), differences=True)
    assert list(linked.system.protected[~linked.printed]) == [True]


def test_england_alone_may_stand_beside_england_and_wales_of_other_data():
    # Nothing ties figures that were computed from different extracts of the English records.
    later = combined([(ENGLAND, 300)], name="england", edition="e2")
    assert not len(link([combined([(BOTH, 305)]), later], catalogue_frame()).system.total)


def test_the_english_part_of_a_combined_table_is_the_english_table():
    # The combined table rounds Gwent alone; the English one prints the force in ages.
    english = shown([force(9, age_under_25="total")], name="english")
    linked = link([combined([(FORCE, 9), (GWENT, 3)]), english], catalogue_frame())
    assert (
        linked.where[0][list(linked.tables[0].table.cells["police_force"].to_pylist()).index(FORCE)]
        == linked.where[1][0]
    )


def test_under_25_by_subtraction():
    # All ages 10 is 8 to 12, 25 and over 10 is 8 to 12: at most 12 - 8 = 4 are under 25.
    cells = [("total", 12), ("0-24", 4), ("25+", 8), ("unknown", 0)]
    tables = [shown([force(n, age_under_25=age) for age, n in cells])]
    assert inferred(tables, "Northumbria, March 2024, 0-24") == (1, 4)


def test_under_25_by_subtraction_across_two_releases():
    # One release has all ages, another only 25 and over; the rest cannot be more than 4.
    first = shown([force(12)], name="first")
    second = shown([force(8, age_under_25="25+"), force(0, age_under_25="unknown")], name="second")
    assert inferred([first, second], "Northumbria, March 2024, 0-24") == (0, 4)


def provisional_and_revised(edition: str):
    provisional = shown([force(3, age_under_25="0-24")], name="provisional")
    cells = [("total", 12), ("0-24", 4), ("25+", 8), ("unknown", 0)]
    revised = [force(n, age_under_25=age) for age, n in cells]
    return [provisional, shown(revised, name="revised", edition=edition)]


def test_provisional_and_revised_months_are_different_counts():
    name = "Northumbria, March 2024, 0-24, data of e1"
    assert inferred(provisional_and_revised("e2"), name) == (1, 7)


def test_a_revised_month_that_holds_the_provisional_one_bounds_it():
    # Revised, at most 12 - 8 = 4 are under 25; the provisional figure was no more.
    name = "Northumbria, March 2024, 0-24, data of e1"
    frame = replace(catalogue_frame(), growing=("e1", "e2"))
    assert inferred(provisional_and_revised("e2"), name, frame) == (1, 4)


def test_a_year_untouched_by_a_later_import_is_the_same_count():
    # The import of 2024 leaves 2023 as it was: March 2024 is one count in both releases.
    both = provisional_and_revised("e1")
    before = replace(both[0], edition={("hes_apc", 2023): "a"})
    after = replace(both[1], edition={("hes_apc", 2023): "a", ("hes_apc", 2024): "b"})
    assert inferred([before, after], "Northumbria, March 2024, 0-24") == (1, 4)


def test_a_narrower_table_of_the_same_months_beside_the_national_one():
    # The two months are 1 to 7 each; together they are 15 to the nearest 5, so at least 13.
    period = (date(2024, 2, 1), date(2024, 3, 31))
    months = [("2024-02", 6), ("2024-03", 7)]
    national = shown(
        [cell(n, month=month, police_force=FORCE) for month, n in months], period=period
    )
    narrower = shown([cell(13, police_force=FORCE)], name="lse", by=NEAREST_5, period=period)
    assert inferred([national, narrower], "Northumbria, March 2024") == (6, 7)


def test_months_against_their_year():
    # The year prints 10, so at most 12; eleven months have at least one, so a month at most 1 + 1.
    months = [*(f"2023-{month:02d}" for month in range(4, 13)), "2024-01", "2024-02", "2024-03"]
    cells = [cell(1, financial_year="2023", month=each, police_force=FORCE) for each in months]
    cells.append(cell(12, financial_year="2023", month="total", police_force=FORCE))
    tables = [shown(cells, period=(date(2023, 4, 1), date(2024, 3, 31)))]
    assert inferred(tables, "Northumbria, March 2024") == (1, 1)


def test_a_year_that_is_not_over_is_not_the_whole_year():
    period = (date(2023, 4, 1), date(2023, 12, 31))
    tables = [
        shown([cell(30, financial_year="2023", police_force=FORCE)], period=period, name="part"),
        shown(
            [cell(9, financial_year="2023", police_force=FORCE)],
            period=(date(2023, 4, 1), date(2024, 3, 31)),
            name="whole",
        ),
    ]
    with pytest.raises(ContradictoryTablesError, match=r"2023-24.*'10' in 'whole'"):
        link(tables, catalogue_frame())


def test_x99_is_among_all_assault():
    # All assault of under 25 is printed as 6, so X99 of under 25, starred, is 1 to 6.
    cells = [force(9, age_under_25="total"), force(5, age_under_25="0-24")]
    b = shown(cells, name="b")
    c = shown([force(6, age_under_25="0-24")], name="c", by=EXACT, population=ASSAULT)
    assert inferred([b, c], "Northumbria, March 2024, 0-24, cause X99") == (1, 6)


def test_a_crossing_by_cause_is_the_population_of_that_cause():
    # All assault split by cause prints X99 in the nearest 5: 3 to 7; file b stars it.
    b = shown([force(5)], name="b")
    by_cause = [force(5, cause="X99"), force(4, cause="Y04"), force(9, cause="total")]
    c = shown(by_cause, name="c", by=NEAREST_5, population=ASSAULT)
    assert inferred([b, c], "Northumbria, March 2024, cause X99") == (3, 7)


def test_files_a_b_and_c_together():
    # File a has X99 by year, region and ten-year bands; b X99 by force and under 25; c all
    # assault by force and under 25, here 5 in one force and 0 in the others. So X99 under 25 in
    # the region, which nobody prints, is at most 5, and its two bands, at least 1 each, at most 4.
    region = region_of(next(code for code in valid_in(2024) if police_force_of(code) == FORCE))
    forces = sorted({police_force_of(c) for c in valid_in(2024) if region_of(c) == region})
    year = (date(2023, 4, 1), date(2024, 3, 31))

    def by_force(counts: dict[str, int]) -> list[dict]:
        return [
            cell(n, financial_year="2023", police_force=each, age_under_25=age)
            for each in forces
            for age, n in counts.items()
        ]

    bands = [("total", 390), ("0-9", 2), ("10-19", 3)]
    a = [cell(n, financial_year="2023", region=region, age_band=age) for age, n in bands]
    c = by_force({"total": 500, "0-24": 0})
    c[[i for i, each in enumerate(c) if each["police_force"] == FORCE][1]]["count"] = 5
    b = [{**each, "count": min(each["count"], 130)} for each in c]
    tables = [
        shown(a, name="a", period=year),
        shown(b, name="b", period=year),
        shown(c, name="c", by=EXACT, population=ASSAULT, period=year),
    ]
    assert inferred(tables, "North East, 2023-24, 10-19, cause X99") == (1, 4)
    assert inferred([tables[0]], "North East, 2023-24, 10-19") == (1, 7)


def test_districts_against_their_force():
    # Northumbria is at most 12 and its districts, all starred but one of at least 8, add to it:
    # five of them have at least 1 each, which leaves no room. Four rest at exactly 1.
    districts = sorted(code for code in valid_in(2025) if police_force_of(code) == FORCE)
    counts = dict(zip(districts, [8, 1, 1, 1, 1, 0], strict=True))
    la = [cell(n, month="2024-03", local_authority=code) for code, n in counts.items()]
    tables = [shown([force(12)], name="force"), shown(la, name="la")]
    linked = link(tables, catalogue_frame())
    known = bounds(linked.system)
    starred = linked.system.protected
    assert int(starred.sum()) == 4
    assert list(known.low[starred]) == list(known.high[starred]) == [1, 1, 1, 1]


def test_two_versions_that_round_the_same_table_differently():
    # 8 to 12 by the nearest 5 with stars, and 12 to 14 by thirds: 12 in both.
    first = shown([force(12)], name="v1.2", released=True)
    second = shown([force(12)], name="v1.3", by=rule_by_parameters(high=2, base=3))
    linked = link([first, second], catalogue_frame())
    assert (linked.system.low[0], linked.system.high[0]) == (11, 12)
    assert linked.released[0]
    # A starred figure that another version rounds: 1 to 7, and 3 to 7.
    first, second = shown([force(3)], name="v1"), shown([force(3)], name="v2", by=NEAREST_5)
    assert inferred([first, second], "Northumbria, March 2024") == (3, 7)


def test_admissions_are_among_episodes():
    # At most 7 episodes, of which at least 1 an admission; 3 emergencies are admissions.
    cells = [force(5, measure=name) for name in ("FCE", "FAE")]
    exact = shown([force(3, measure="FAE_EMERGENCY")], name="exact", by=EXACT)
    assert inferred([shown(cells), exact], "Northumbria, March 2024, FAE") == (3, 7)


def test_people_are_counted_once():
    # Nobody is in two sexes, but a person may be in two months: people do not add up, yet the
    # period has at least as many as any month and at most as many as all months.
    period = (date(2024, 2, 1), date(2024, 3, 31))
    cells = [
        cell(n, month=month, police_force=FORCE, measure="PEOPLE")
        for month, n in [("2024-02", 9), ("2024-03", 3)]
    ]
    whole = cell(10, police_force=FORCE, measure="PEOPLE")
    tables = [shown(cells, period=period), shown([whole], name="all", period=period, by=EXACT)]
    # March is at most 7 by its star, and at least 10 - 12 < 1: 1 to 7 stays.
    assert inferred(tables, "Northumbria, March 2024") == (1, 7)
    less = shown(
        [cell(18, police_force=FORCE, measure="PEOPLE")], name="all", period=period, by=EXACT
    )
    # 18 people, at most 12 of them in February: at least 6 in March.
    assert inferred([tables[0], less], "Northumbria, March 2024") == (6, 7)
