"""A service's own figures, each against a count in plain Python over the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from monitoring_rows import a_client, a_service, at, client_row
from own_rows import a_year, plainly

from sharewell.catalogue.areas import labels as area_names
from sharewell.monitoring import data_set
from sharewell.service.accounts.models import User
from sharewell.service.monitoring import clients
from sharewell.service.monitoring.models import Client, Record
from sharewell.service.monitoring.own import asking, charts, figures
from sharewell.service.monitoring.own.figures import NOT_RECORDED, Row, Table
from sharewell.service.monitoring.own.period import Period, PeriodForm, end_of, last_months, usual
from sharewell.service.monitoring.own.views_reports import characteristics
from sharewell.service.monitoring.sealing import EXACT, sought

PERIODS = [
    Period(date(2026, 1, 1), date(2026, 8, 31)),
    Period(date(2026, 3, 1), date(2026, 4, 30)),
    Period(date(2031, 1, 1), date(2031, 1, 31)),
]
LABELS = {"needle": "Needles", "outreach": "Outreach", "alcohol": "Alcohol"}


def _in(period: Period, day: date) -> bool:
    return period.first <= day <= period.last


def _contact(record: Record) -> Any:
    """What makes rows one contact: a visit to the exchange; else each row is one."""
    if record.transaction:
        return (record.client_id, record.day, record.transaction)
    return record.pk


def _contacts(records: list[Record]) -> int:
    return len({_contact(record) for record in records})


def _rows(table: Table) -> dict[str, tuple[int, ...]]:
    assert len({row.label for row in table.rows}) == len(table.rows)
    return {row.label: row.numbers for row in table.rows}


def test_activity_is_what_a_count_by_hand_says() -> None:
    service = a_year()
    people, everything = plainly(service)
    names = {module.id: module.title for module in data_set().modules if module.id != "client"}
    for period in PERIODS:
        records = [record for record in everything if _in(period, record.day)]
        with at(service):
            visits = asking.visits(service, period)
            everybody = asking.people(service)
            twice = asking.duplicates(service)
        said = figures.headline(visits, everybody, period.first, period.last, twice)
        seen = {record.client_id for record in records if record.client_id}
        alike = [client for client in people if _is_twin(client) and client.pk in seen]
        assert said.contacts == _contacts(records)
        assert said.records == len(records)
        assert said.people == len(seen)
        assert said.new == sum(_in(period, client.registered_on) for client in people)
        assert said.alike == (2 if len(alike) == 2 else 0)
        assert said.fewer == (1 if len(alike) == 2 else 0)
        for row, month in zip(
            figures.by_month(visits, everybody, period.months, names).rows,
            period.months,
            strict=True,
        ):
            mine = [r for r in records if (r.day.year, r.day.month) == (month.year, month.month)]
            new = sum(c.registered_on.replace(day=1) == month for c in people)
            assert row.numbers == (
                _contacts(mine),
                len({r.client_id for r in mine if r.client_id}),
                new,
                *(_contacts([r for r in mine if r.module == module]) for module in names),
            )
        by_module = _rows(figures.by_module(visits, names))
        for module, title in names.items():
            mine = [r for r in records if r.module == module]
            whose = {r.client_id for r in mine if r.client_id}
            assert by_module[title] == (_contacts(mine), len(whose), len(mine))
        assert _rows(figures.by_whose(visits)) == {
            "Clients": (_contacts([r for r in records if r.client_id]),),
            "People who object": (_contacts([r for r in records if r.objected]),),
            "Sessions that nobody named": (
                _contacts([r for r in records if not r.client_id and not r.objected]),
            ),
        }


def _is_twin(client: Client) -> bool:
    return (client.birth_year, client.sex) == (1979, "M")


def test_people_are_what_a_count_by_hand_says() -> None:
    service = a_year()
    people, everything = plainly(service)
    for period in PERIODS:
        records = [r for r in everything if _in(period, r.day) and r.client_id]
        by_client = {c.pk: [r for r in records if r.client_id == c.pk] for c in people}
        with at(service):
            tables = {table.name: table for table in characteristics(service, period)}
        kinds: dict[str, Callable[[Client], str]] = {
            "age": lambda c, y=period.last.year: _band(y - c.birth_year),
            "sex": lambda c: {"M": "Male", "F": "Female", "U": "Not known"}[c.sex],
            "ethnicity": lambda c: {
                "": NOT_RECORDED, "Z": "Not stated",
                "A": "White: English, Welsh, Scottish, Northern Irish or British",
                "M": "Black, Black British, Caribbean or African: Caribbean",
            }[c.ethnicity],
            "authority": lambda c: (
                area_names("local_authority").get(c.local_authority) or NOT_RECORDED
            ),
            "district": lambda c: c.district or NOT_RECORDED,
            "substance": lambda c: {
                "": NOT_RECORDED, "HEROIN": "Heroin", "CRACK": "Crack cocaine",
                "STEROID": "Anabolic steroid", "ALCOHOL": "Alcohol",
            }[c.main_substance],
            "group": lambda c, mine=by_client: _group(c, mine[c.pk]),
        }  # fmt: skip
        assert set(tables) == set(kinds)
        for name, kind in kinds.items():
            seen: Counter[str] = Counter()
            did: Counter[str] = Counter()
            for client in people:
                if mine := by_client[client.pk]:
                    seen[kind(client)] += 1
                    did[kind(client)] += _contacts(mine)
            said = _rows(tables[name])
            assert said.pop("All") == (sum(seen.values()), sum(did.values()))
            assert {k: n for k, n in said.items() if any(n)} == {
                k: (seen[k], did[k]) for k in seen
            }, name


def _band(age: int) -> str:
    if age < 18:
        return "Under 18"
    for least, most in ((18, 24), (25, 34), (35, 44), (45, 54), (55, 64)):
        if least <= age <= most:
            return f"{least} to {most}"
    return "65 and over"


def _group(client: Client, records: list[Record]) -> str:
    """The hierarchy, said anew."""
    codes = {client.main_substance, client.second_substance}
    for record in records:
        codes |= {str(v) for k, v in record.fields.items() if "substance" in k}
        if record.module == "alcohol":
            codes.add("ALCOHOL")
    if codes & {"HEROIN"}:
        return "Opiate"
    if codes & {"CRACK", "CANNABIS"}:
        return "Non-opiate and alcohol" if "ALCOHOL" in codes else "Non-opiate"
    if "ALCOHOL" in codes:
        return "Alcohol only"
    return "Image and performance drugs" if "STEROID" in codes else NOT_RECORDED


def test_items_naloxone_and_referrals_are_what_a_count_by_hand_says() -> None:
    service = a_year(seed=8)
    _, everything = plainly(service)
    for period in PERIODS:
        records = [r for r in everything if _in(period, r.day)]
        needle = [r.fields for r in records if r.module == "needle"]
        with at(service):
            items = asking.needle_items(service, period)
            kits = asking.naloxone(service, period)
            referred = asking.referrals(service, period)
        months = figures.items_by_month(items, period.months)
        assert months.rows[-1].numbers == (
            sum(f.get("items_out", 0) for f in needle),
            sum(f.get("returned", 0) for f in needle),
        )
        for row, month in zip(months.body, period.months, strict=True):
            mine = [r.fields for r in records
                    if r.module == "needle" and r.day.replace(day=1) == month]  # fmt: skip
            assert row.numbers == (
                sum(f.get("items_out", 0) for f in mine),
                sum(f.get("returned", 0) for f in mine),
            )
        out: Counter[str] = Counter()
        back: Counter[str] = Counter()
        for fields in needle:
            if "item" in fields:
                out[fields["item"]] += fields["items_out"]
            back["Bins" if fields.get("returned_how") else NOT_RECORDED] += fields.get(
                "returned", 0
            )
        labels = {"SET1ML": "Set", "BIN": "Bin"}  # and SWAB, which the labels do not know
        assert _rows(figures.items_by_kind(items, labels)) == {
            labels.get(code, code): (number,) for code, number in out.items()
        }
        assert _rows(figures.returns_by_way(items, {"BINS": "Bins"})) == {
            way: (number,) for way, number in back.items() if number
        }
        given_out = [r.fields for r in records if r.module == "naloxone"]
        said = _rows(figures.naloxone_table(kits, {"ISSUED": "I", "USED": "U", "TRAINED": "T"}))
        for code, label in (("ISSUED", "I"), ("USED", "U"), ("TRAINED", "T")):
            some = [f for f in given_out if f["action"] == code]
            assert said[label] == (
                len(some),
                sum(f.get("kits", 0) for f in some),
                sum(f.get("doses", 0) for f in some),
            )
        who: Counter[str] = Counter()
        for fields in given_out:
            if fields["action"] == "ISSUED":
                who[{"CLIENT": "Client"}.get(fields.get("recipient"), NOT_RECORDED)] += fields[
                    "kits"
                ]
        assert _rows(figures.kits_by_recipient(kits, {"CLIENT": "Client"})) == {
            name: (number,) for name, number in who.items()
        }
        for way in ("IN", "OUT"):
            some = [r.fields for r in records
                    if r.module == "referral" and r.fields["direction"] == way]  # fmt: skip
            yes = sum(f.get("arrived") == "Y" for f in some)
            no = sum(f.get("arrived") == "N" for f in some)
            table = figures.referral_table(referred, way, "", {"GP": "GP"})
            wanted = {"GP": (len(some), yes, no, len(some) - yes - no)} if some else {}
            assert _rows(table) == wanted


def test_who_says_no_is_in_no_figure_as_if_never_there_and_back_when_they_say_yes() -> None:
    service, period = a_year(), PERIODS[0]
    people, _ = plainly(service)

    def everything() -> list[Any]:
        with at(service):
            visits, everybody = asking.visits(service, period), asking.people(service)
            return [
                sorted(visits, key=str), sorted(everybody), asking.duplicates(service),
                sorted(asking.needle_items(service, period)), asking.entered(service, period),
                characteristics(service, period), asking.contacts(service, period),
                asking.substances(service, period),
            ]  # fmt: skip

    before = everything()
    (twin, *_) = [client for client in people if _is_twin(client)]
    with at(service):
        clients.change(twin, 1, {"consent": "N"}, "Asked")
    without = everything()
    assert without != before
    assert without[2] == []
    assert str(twin.pk) not in str(without)
    with at(service):
        clients.change(twin, 2, {"consent": "Y"}, "Asked again")
    assert everything() == before
    with at(service):
        clients.change(twin, 3, {"consent": "N"}, "Asked")
        clients.delete(twin, 4, "To compare with one who was never there")
    assert everything() == without


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from("AB"), st.sampled_from([1, 2]),
                  st.sampled_from("MF")),
        max_size=7,
    )
)  # fmt: skip
def test_exactly_alike_are_those_with_the_same_attributor(people: list[Any]) -> None:
    keys = [UUID(int=n) for n, _ in enumerate(people)]
    digests: dict[Any, set[UUID]] = {}
    for key, parts in zip(keys, people, strict=True):
        whole = (*parts[:2], parts[2], 6, 1980, parts[3])
        for place in range(-1, 6):
            masked = tuple("*" if n == place else part for n, part in enumerate(whole))
            digests.setdefault((place, masked), set()).add(key)
    times: dict[frozenset[UUID], int] = {}
    for group in digests.values():
        if len(group) > 1:
            times[frozenset(group)] = times.get(frozenset(group), 0) + 1
    wanted: dict[Any, list[UUID]] = {}
    for key, parts in zip(keys, people, strict=True):
        wanted.setdefault(parts, []).append(key)
    found = asking.exactly_alike(times)
    assert sorted(found) == sorted(group for group in wanted.values() if len(group) > 1)


def test_duplicates_agree_with_the_hatch() -> None:
    service = a_service()
    rows = [client_row(), client_row(), client_row(sex="F"), client_row(last_initial="T"),
            client_row(), client_row(consent="N"), client_row(birth_date="1980-01-02")]  # fmt: skip
    with at(service):
        made = clients.add_all(service, rows)
        (group,) = asking.duplicates(service)
        who = clients.attributors(client.pk for client in made)
        exact = {
            pair
            for pair in combinations(sorted(c.pk for c in made if c.consent), 2)
            if who[pair[0]] == who[pair[1]] and EXACT in sought(service.pk, who[pair[0]]).values()
        }
    assert set(combinations(group, 2)) == exact
    assert len(group) == 3


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 40))
def test_a_period_is_whole_months_in_order(today: date, many: int) -> None:
    period = last_months(today, many)
    assert len(period.months) == many
    assert period.first == period.months[0]
    assert period.last == end_of(today)
    assert [end_of(a) + timedelta(1) for a in period.months[:-1]] == list(period.months[1:])
    for _, each in usual(today, today - timedelta(days=1000)):
        assert each.first.day == 1
        assert (each.last + timedelta(days=1)).day == 1
        assert each.first <= each.last


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"first": "2026-02", "last": "2026-05"}, ""),
        ({"first": "2026-05", "last": "2026-02"}, "The last month is before the first."),
        ({"first": "0001-13", "last": "2026-02"}, "Choose a month of the list."),
        ({"first": "=1+1", "last": "<b>"}, "Choose a month of the list."),
        ({"first": "2039-01"}, "Choose a month of the list."),
    ],
)
def test_months_that_cannot_be_leave_the_last_twelve(asked: dict[str, str], told: str) -> None:
    form = PeriodForm(asked, date(2026, 6, 10), date(2025, 1, 5))
    if told:
        assert told in str(form.errors)
        assert form.period == last_months(date(2026, 6, 10))
    else:
        assert form.period == Period(date(2026, 2, 1), date(2026, 5, 31))


def test_a_picture_says_the_table_and_styles_nothing_inline() -> None:
    hostile = '<script>alert("x")</script>'
    table = Table("t", hostile, ("What", "How many"), (Row(hostile, (1200,)), Row("b", (0,))))
    for drawn in (charts.columns(table), charts.bars(table)):
        assert "<script" not in drawn
        assert "style=" not in drawn
        assert "1,200" in drawn
    assert charts.bars(replace(table, rows=())) == ""
    assert "from 10% to 50%" in charts.spark("x", "y", [None, 0.1, 0.5, None])


def test_pages_say_what_they_are_and_the_ledger_who_read_them(
    make_person: Callable[..., User], sign_in: Any, recorded: Callable[..., list[Any]]
) -> None:
    worker = make_person("service worker")
    service = a_service(worker.organisation, worker)
    client = a_client(service, registered_on=timezone.localdate().isoformat())
    hatch = sign_in(worker)
    for name in ("own_activity", "own_people", "own_given"):
        page = hatch.get(reverse(f"monitoring:{name}", args=[service.code])).content.decode()
        assert "Do not pass them on" in page
        assert "Clients who say No are in no figure here" in page
        assert client.reference not in page
        assert "Quality of the data" not in page  # for managers alone
    said = [entry.body["what"] for entry in recorded("read")]
    assert len(said) == 3
    assert all(each.startswith(f"{service.code}: its own figures of ") for each in said)
    bad = hatch.get(reverse("monitoring:own_activity", args=[service.code]), {"first": "x"})
    assert "Choose a month of the list." in bad.content.decode()
    assert "Last 12 months" in bad.content.decode()


def test_no_figure_has_another_services_rows() -> None:
    mine, theirs = a_year(seed=9, people=8), a_year(seed=10, people=8)
    people, _ = plainly(mine)
    with at(mine):
        assert {each.client for each in asking.people(mine)} == {client.pk for client in people}
        assert asking.visits(theirs, PERIODS[0]) == []
        assert asking.people(theirs) == []
        assert asking.duplicates(theirs) == []
