"""How many people: against the occupancy check values, simulation, and invented truth."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.linkage import (
    NO_ERRORS,
    Attributor,
    ColumnError,
    Columns,
    Correction,
    count_people,
    invent,
    link,
    make_records,
    read_records,
    recovery,
)
from sharewell.linkage.occupancy import distinct, make_cells, occupancy
from sharewell.linkage.records import DAY_SPAN, ORIGIN, pack

ON = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("people", "shared", "exact_error"),
    [(20_000, 0.0048, -0.0024), (50_000, 0.011, -0.0056), (100_000, 0.022, -0.011),
     (300_000, 0.064, -0.033)],
)  # fmt: skip
def test_collisions_are_those_of_the_facts_and_are_corrected(
    people: int, shared: float, exact_error: float
) -> None:
    """The project's measured facts: the share of people who share, and the error of the count."""
    truth = invent(people, people, errors=NO_ERRORS)
    many = np.unique(pack(truth.records), return_inverse=True, return_counts=True)
    sharing = float((many[2][many[1]] > 1).mean())
    count = count_people(truth.records)
    assert sharing == pytest.approx(shared, rel=0.2)
    assert count.exact / people - 1 == pytest.approx(exact_error, rel=0.2)
    assert abs(count.corrected / people - 1) < 0.001


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """A simulation as oracle: people drawn afresh, 60 times."""
    held = 0
    for seed in range(60):
        truth = invent(15_000, 15_000, errors=NO_ERRORS, seed=seed)
        packed = np.unique(pack(truth.records))
        group, day = np.divmod(packed, DAY_SPAN)
        estimate = occupancy(make_cells(group, day + ORIGIN))
        held += abs(estimate.people - 15_000) <= 1.96 * estimate.error
    assert 51 <= held <= 60  # 57 on average; below 51 once in a thousand


def test_distinct_attributors_are_as_many_as_a_simulation_makes() -> None:
    """An independent oracle: 500 people thrown on the days of a year and of a rarer one."""
    chance = np.random.default_rng(1)
    days = np.array([365.0, 366.0])
    share = np.array([[0.8, 0.2]]) / days
    thrown = []
    for _ in range(400):
        usual, rare = chance.integers(0, 365, 500), 365 + chance.integers(0, 366, 500)
        thrown.append(len(np.unique(np.where(chance.random(500) < 0.8, usual, rare))))
    made = distinct(np.array([500.0]), share, days).sum()
    assert made == pytest.approx(float(np.mean(thrown)), rel=0.005)


def test_days_that_are_nobodys_alone_need_no_correction() -> None:
    cells = make_cells(np.array([0, 3, 6]), np.array([0, 400, 800]))
    assert occupancy(cells).people == pytest.approx(3, abs=0.02)


def test_heaped_days_are_found_and_do_not_break_the_estimate() -> None:
    """2 % of births recorded as one day, which doubles the collisions if it is not noticed."""
    truth = invent(60_000, 60_000, errors=NO_ERRORS)
    born = truth.records.born.copy()
    on_heap = np.random.default_rng(5).random(60_000) < 0.02
    born[on_heap] = (date(1970, 1, 1) - date(1970, 1, 1)).days
    records = type(truth.records)(**{**vars(truth.records), "born": born})
    count = count_people(records)
    assert count.heaped == 1
    assert count.exact / 60_000 - 1 < -0.015
    assert abs(count.corrected / 60_000 - 1) < 0.004


@pytest.mark.parametrize(("records", "people", "f1"), [(60_000, 30_000, 0.966),
                                                       (200_000, 30_000, 0.954)])  # fmt: skip
def test_recovery_at_the_size_of_the_facts(records: int, people: int, f1: float) -> None:
    truth = invent(records, people)
    linked = link(truth.records)
    found = recovery(truth.person, linked.person)
    assert found.f1 > f1 + 0.005
    count = count_people(truth.records, linked)
    assert count.exact / people - 1 == pytest.approx({60_000: 0.084, 200_000: 0.489}[records], 0.05)
    assert abs(count.corrected / people - 1) < 0.012
    assert count.low <= people <= count.high
    if records == 60_000:
        assert abs(found.count_error) < 0.023
    assert count.stepwise < count.exact
    assert count.method.startswith("Exact:")


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 5))
@settings(max_examples=30)
def test_figures_keep_their_order(records: int, people: int, seed: int) -> None:
    people = min(records, people)
    truth = invent(records, people, seed=seed)
    count = count_people(truth.records)
    assert 1 <= count.stepwise <= count.exact <= records
    assert count.low <= count.corrected <= count.high
    assert count.corrected >= 1


def test_dummies_are_activity_and_nobody() -> None:
    dummy = Attributor("X", "X", date(1955, 5, 5), "M")
    count = count_people(make_records([dummy, dummy]))
    assert (count.records, count.dummy_records, count.exact, count.stepwise) == (2, 2, 0, 0)
    assert count.corrected == count.low == count.high == 0
    with pytest.raises(ValueError, match="between 0 and 1"):
        count_people(make_records([dummy]), level=95)


def test_the_same_arguments_make_the_same_people() -> None:
    one, two = invent(500, 300), invent(500, 300)
    assert np.array_equal(pack(one.records), pack(two.records))
    assert not np.array_equal(pack(one.records), pack(invent(500, 300, seed=1).records))
    assert len(np.unique(one.person)) == one.people == 300
    with pytest.raises(ValueError, match="cannot be of"):
        invent(3, 4)


TABLE = pa.table(
    {
        "first_initial": ["j", "J.", "x", "J", "", "K"],
        "last_initial": ["s", "Smith", "X", "S", "S", "L"],
        "date_of_birth": ["1/2/80", "1980-02-01", "05/05/1955", "31/02/1980", "1/2/80", "1/2/80"],
        "sex": ["m", "male", "F", "M", "M", None],
        "postcode": ["L8 7XY", "l8", None, "", "", ""],
        "client": ["c1", "c1", "", "c2", "c3", "c4"],
        "consent": ["yes", "Y", "y", "y", "y", "No"],
    }
)


def test_a_table_is_read_with_what_is_wrong_by_row_and_column() -> None:
    found = read_records(TABLE, Columns(client="client", consent="consent"), on=ON)
    assert found.rows.tolist() == [0, 1, 2]
    assert [(p.row, p.column) for p in found.problems] == [
        (4, "date_of_birth"), (5, "first_initial"),
    ]  # fmt: skip
    assert "does not exist" in str(found.problems[0])
    assert found.refused == 1
    assert found.records.client[0] == found.records.client[1]
    assert found.client_names == ("c1", "c2", "c3", "c4")
    assert found.records.district.tolist()[:2] == [found.records.district[1]] * 2
    assert count_people(found.records).stepwise == 1


def test_initials_in_one_column_and_missing_columns() -> None:
    table = pa.table({"who": ["js", "J S"], "dob": ["1/2/80"] * 2, "sex": ["M"] * 2})
    columns = Columns(initials="who", born="dob", postcode=None)
    assert count_people(read_records(table, columns, on=ON).records).exact == 1
    with pytest.raises(ColumnError, match=r"no column 'first_initial'.*who, dob, sex"):
        read_records(table, Columns(born="dob"), on=ON)


def test_the_correction_of_all_holds_for_parts() -> None:
    """People of known number in nine areas, linked together and counted area by area."""
    held, off = 0, []
    for seed in range(4):
        truth = invent(24_000, 12_000, seed=seed)
        linked = link(truth.records)
        correction = Correction.of(count_people(truth.records, linked))
        assert correction is not None
        area_of = np.random.default_rng(seed).choice(9, 12_000, p=np.arange(1, 10) / 45)
        first = np.unique(linked.person, return_index=True)[1]  # each has one residence
        counted = np.bincount(area_of[truth.person[first]], minlength=9)
        for area in range(9):
            people = int((area_of == area).sum())
            number, low, high = correction.of_part(int(5 * round(counted[area] / 5)))
            held += low <= people <= high
            off.append((number - people) / people)
    assert held >= 31  # 34 of 36 on average
    assert abs(float(np.mean(off))) < 0.01


def test_nobody_has_no_correction_and_written_it_is_read_again() -> None:
    nobody = invent(1, 1, seed=1).records
    assert Correction.of(count_people(nobody.take(np.array([False])))) is None
    some = Correction.of(count_people(invent(400, 300, seed=1).records))
    assert some is not None
    assert Correction.from_facts(some.facts()) == some
    assert some.words.startswith("Corrected for mistyped attributors and for people who share")
    assert some.of_part(0)[:2] == (0, 0)
