"""Rules that hold of every decision, against an oracle written from the YAML alone."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import date
from functools import cache
from typing import Any

import yaml
from agreement_examples import NAMES, example, example_path
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.agreements import ACTS, Agreement, Request, decide
from sharewell.agreements.model import Part

PATIENT = settings(deadline=None)  # the machine may be busy
FLOW_ACTS = ("supply", "extract", "share", "publish")
JUNK = "something-else"


# --- the oracle: plain YAML, no model, no decide --------------------------------------------


@cache
def plain(name: str) -> dict[str, Any]:
    """The file as plain values, each choice replaced by its chosen reading."""
    data = yaml.safe_load(example_path(name).read_text("utf-8"))
    readings = {key: each["readings"][each["chosen"]] for key, each in data["choices"].items()}

    def settle(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"choice"}:
                return readings[value["choice"]]
            return {key: settle(item) for key, item in value.items()}
        return [settle(item) for item in value] if isinstance(value, list) else value

    return {key: settle(value) for key, value in data.items() if key != "choices"}


def declared(data: dict[str, Any], r: Request) -> bool:
    """Whether a request lies within the declared set of some flow."""
    return (
        data["term"]["first"] <= r.on <= data["term"]["last"]
        and any(holds_data(dataset, data, r) for dataset in data["datasets"])
        and any(flow_serves(flow, data, r) for flow in data["flows"])
        and any(shows(output, r) for output in data["outputs"])
        and (r.audience is None or r.act in ("share", "publish"))
    )


def holds_data(dataset: dict[str, Any], data: dict[str, Any], r: Request) -> bool:
    of_table = [t["dataset"] for t in data.get("tables", []) if t["id"] == r.table]
    wanted = r.dataset or (of_table[0] if of_table else dataset["dataset"])
    return (
        dataset["dataset"] == wanted
        and within(r, dataset["first"], dataset.get("last"))
        and set(r.columns) <= set(dataset.get("columns", []))
    )


def flow_serves(flow: dict[str, Any], data: dict[str, Any], r: Request) -> bool:
    tables = [t for t in data.get("tables", []) if t["id"] in flow.get("tables", [])]
    asks_of_tables = bool(r.table or r.breakdowns or r.measures)
    return (
        flow["act"] == r.act
        and r.by in (None, flow["by"])
        and all(name in flow["to"] for name in (r.to, r.audience) if name)
        and within(r, flow.get("since", date.min), None)
        and (r.purpose is None or r.purpose in flow.get("purposes", []))
        and (flow["unsuppressed"] or not r.unsuppressed)
        and (any(table_holds(t, flow, r) for t in tables) if tables else not asks_of_tables)
    )


def table_holds(table: dict[str, Any], flow: dict[str, Any], r: Request) -> bool:
    withheld = set(flow.get("withheld", {}).get("breakdowns", []))
    return (
        r.table in (None, table["id"])
        and r.dataset in (None, table["dataset"])
        and within(r, table["first"], table.get("last"))
        and set(r.measures) <= set(table["measures"])
        and not withheld & set(r.breakdowns)
        and any(set(r.breakdowns) <= set(crossing) for crossing in table["crossings"])
    )


def shows(output: dict[str, Any], r: Request) -> bool:
    shown_to = [r.audience or r.to] if r.act in ("share", "publish") else []
    return r.rule in (None, output["disclosure_rule"]) and all(
        name in output["audiences"] for name in shown_to if name
    )


def within(r: Request, first: date, last: date | None) -> bool:
    days = [day for day in (r.first, r.last) if day]
    return all(first <= day and (last is None or day <= last) for day in days)


# --- requests -------------------------------------------------------------------------------

DATES = st.sampled_from(
    [date(*ymd) for ymd in [(2008, 5, 1), (2009, 4, 1), (2012, 4, 1), (2016, 12, 31), (2017, 1, 1),
                            (2022, 4, 1), (2024, 3, 31), (2026, 12, 31), (2027, 1, 1)]]
)  # fmt: skip
DAYS = st.sampled_from(
    [
        date(*ymd)
        for ymd in [(2022, 1, 28), (2024, 11, 4), (2025, 1, 27), (2026, 1, 1), (2029, 1, 1)]
    ]
)
TABLES = sorted({t["id"] for name in NAMES for t in plain(name).get("tables", [])} | {JUNK})
PARTIES = sorted({o["short"] for name in NAMES for o in plain(name)["organisations"]} | {JUNK})
TARGETS = sorted(
    {to for name in NAMES for f in plain(name)["flows"] for to in f["to"]} | {*PARTIES}
)
PURPOSES = sorted({p["id"] for name in NAMES for p in plain(name)["purposes"]} | {JUNK})
BREAKDOWNS = ["month", "financial_year", "region", "police_force", "local_authority", "sex",
              "ethnicity", "age_band", "age_under_25", "diagnosis", "Ethnicity", JUNK]  # fmt: skip


def some(values: list[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def flow_requests(draw: st.DrawFn) -> tuple[str, Request]:
    """A request near a flow: everything as declared, then a few fields drawn from anywhere."""
    name = draw(st.sampled_from(NAMES))
    data = plain(name)
    flow = draw(st.sampled_from(data["flows"]))
    to = draw(st.sampled_from(flow["to"]))
    shown = flow["act"] in ("share", "publish")
    said: dict[str, Any] = {
        "act": flow["act"], "on": data["term"]["first"], "by": flow["by"], "to": to,
        "audience": to if shown else None, "rule": "hes-2018" if shown else None,
        "unsuppressed": flow["unsuppressed"],
        "purpose": draw(st.sampled_from(flow["purposes"])),
        "first": flow.get("since", date(2022, 4, 1)),
    }  # fmt: skip
    if flow.get("tables"):
        table_id = draw(st.sampled_from(flow["tables"]))
        table = next(t for t in data["tables"] if t["id"] == table_id)
        said |= {"table": table_id, "measures": (table["measures"][0],),
                 "breakdowns": tuple(draw(st.sampled_from(table["crossings"])))}  # fmt: skip
    changes = {
        "on": DAYS, "by": maybe(st.sampled_from(PARTIES)), "to": maybe(st.sampled_from(TARGETS)),
        "audience": maybe(st.sampled_from(TARGETS)), "table": maybe(st.sampled_from(TABLES)),
        "dataset": maybe(st.sampled_from(["hes_apc", "ecds", "pedw", JUNK])),
        "measures": some(["FAE", "FCE", "PEOPLE"]), "breakdowns": some(BREAKDOWNS),
        "columns": some(["AGE_AT_ARRIVAL", "NHS_NUMBER", "LSOA_2011", JUNK]),
        "first": maybe(DATES), "last": maybe(DATES), "purpose": maybe(st.sampled_from(PURPOSES)),
        "rule": st.sampled_from([None, "hes-2018", "wales-strict", JUNK]),
        "unsuppressed": st.sampled_from([None, True, False]),
    }  # fmt: skip
    for field in draw(st.lists(st.sampled_from(sorted(changes)), max_size=3, unique=True)):
        said[field] = draw(changes[field])
    if said.get("first") and said.get("last") and said["first"] > said["last"]:
        said["first"], said["last"] = said["last"], said["first"]
    return name, Request(**said)


@st.composite
def any_requests(draw: st.DrawFn) -> tuple[str, Request]:
    """Any request at all, with many fields said."""
    name, request = draw(flow_requests())
    return name, replace(
        request,
        act=draw(st.sampled_from([request.act, *ACTS])),
        role=draw(maybe(st.sampled_from(["drugs analyst", "researcher", "OPSS employee", JUNK]))),
        with_data=draw(maybe(st.sampled_from(["pedw", "Fire services data", JUNK]))),
        keys=draw(some(["police_force", "month", "age_under_25"])),
        territory=draw(maybe(st.sampled_from(["England", "UK", "France"]))),
        storage=draw(maybe(st.sampled_from(["AIMES data centre", "DBT servers", JUNK]))),
        cloud=draw(maybe(st.sampled_from(["AWS", "Microsoft", JUNK]))),
        met=draw(maybe(some(["secure-connection", "multifactor-authentication", JUNK]))),
    )


# --- the rules ------------------------------------------------------------------------------


@PATIENT
@given(flow_requests())
def test_a_flow_is_allowed_just_when_it_is_declared(asked: tuple[str, Request]) -> None:
    name, request = asked
    assert decide(example(name), request).allowed == declared(plain(name), request)


@PATIENT
@given(any_requests())
def test_nothing_beyond_the_declared_is_allowed_whatever_else_is_said(
    asked: tuple[str, Request],
) -> None:
    name, request = asked
    if request.act in FLOW_ACTS and not declared(plain(name), request):
        assert not decide(example(name), request).allowed


@PATIENT
@given(any_requests())
def test_every_decision_cites_clauses_with_their_words(asked: tuple[str, Request]) -> None:
    name, request = asked
    words = {clause.id: clause.words for clause in example(name).clauses()}
    decision = decide(example(name), request)
    assert decision.clauses
    for cited in decision.clauses:
        assert words[cited.id] == cited.words
        assert cited.words
        assert cited.because.endswith(".")
        assert decision.allowed or cited.remedy.endswith(".")
        assert "None" not in cited.because + cited.remedy


@PATIENT
@given(any_requests(), st.integers())
def test_the_order_of_the_file_does_not_matter(asked: tuple[str, Request], seed: int) -> None:
    name, request = asked
    assert decide(shuffled(name, seed % 50), request) == decide(example(name), request)


@cache
def shuffled(name: str, seed: int) -> Agreement:
    """The agreement with every list in another order."""
    order = random.Random(seed)

    def shuffle(value: Any) -> Any:
        if isinstance(value, tuple):
            items = [shuffle(item) for item in value]
            order.shuffle(items)
            return tuple(items)
        if isinstance(value, Part):
            changed = {field: shuffle(getattr(value, field)) for field in type(value).model_fields}
            return value.model_copy(update=changed)
        return value

    return shuffle(example(name))


@PATIENT
@given(any_requests())
def test_the_same_question_gets_the_same_answer(asked: tuple[str, Request]) -> None:
    name, request = asked
    assert decide(example(name), request) == decide(example(name), replace(request))


@PATIENT
@given(any_requests(), st.data())
def test_saying_more_never_turns_a_refusal_into_a_permission(
    asked: tuple[str, Request], data: st.DataObject
) -> None:
    name, fuller = asked
    optional = [field for field in fields(Request) if field.name not in ("act", "on")]
    unsaid = data.draw(st.lists(st.sampled_from(optional), unique=True, max_size=12))
    briefer = replace(fuller, **{field.name: field.default for field in unsaid})
    if decide(example(name), fuller).allowed:
        assert decide(example(name), briefer).allowed
