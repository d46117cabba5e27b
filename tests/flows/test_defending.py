"""Released one after another: each table is attacked together with everything before it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from sharewell.agreements import Agreement
from sharewell.disclosure import defend
from sharewell.disclosure.attacker import bounds
from sharewell.disclosure.frame import catalogue_frame
from sharewell.disclosure.relations import link
from sharewell.disclosure.repair import Repair
from sharewell.flows import publishing
from sharewell.flows.combining import combine_with
from sharewell.flows.defending import PROOF, REVIEW, proof_key
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.importing import import_file
from sharewell.flows.known import known_releases, released_tables
from sharewell.flows.outside import add_outside, drop_outside, outside_tables
from sharewell.flows.people import Person
from sharewell.flows.proving import check_release
from sharewell.flows.publishing import publish
from sharewell.flows.supplying import supply
from sharewell.flows.trying import try_publishing
from sharewell.ledger import Entry

TODAY = date(2026, 11, 24)
APRIL, JULY, SEPTEMBER = date(2025, 4, 1), date(2025, 7, 1), date(2025, 9, 1)
MONTHLY, ASSAULT = "sharp-object-monthly", "assault-monthly"


@pytest.fixture
def auditor(nation: Home) -> Person:
    return nation.directory.person("a.auditor")


@pytest.fixture(scope="module")
def when_supplied(further: Any, prepared: Any, violence: Agreement) -> Any:
    def change(home: Home) -> None:
        person = home.directory.person("s.supplier")
        supply(home, person, violence, on=TODAY, tables=[MONTHLY], first=APRIL)

    return further(prepared, change)


@pytest.fixture(scope="module")
def when_published(further: Any, when_supplied: Any, violence: Agreement) -> Any:
    def change(home: Home) -> None:
        person = home.directory.person("v.violence")
        publish(home, person, violence, on=TODAY, tables=[MONTHLY])

    return further(when_supplied, change)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Any:
    for asked in ("published", "supplied"):
        if asked in request.fixturenames:
            return request.getfixturevalue(f"when_{asked}")
    return request.getfixturevalue("prepared")


@pytest.fixture
def supplied(nation: Home) -> Home:
    """The nation, with half a year of one table supplied."""
    return nation


@pytest.fixture
def published(supplied: Home) -> Entry:
    """That table, published."""
    (entry,) = supplied.ledger.entries(kind="publish")
    return entry


def narrow(home: Home, entries: Sequence[Entry]) -> int:
    """How many small numbers the exact attacker narrows who has all these releases."""
    tables = [table for entry in entries for table in released_tables(home, entry)]
    linked = link([replace(t, counts=None) for t in tables], catalogue_frame(), differences=True)
    small = link(tables, catalogue_frame(), differences=True).system.protected
    known = bounds(replace(linked.system, protected=small))
    return int((small & (known.high - known.low < 2)).sum())


def kept(home: Home, entry: Entry, name: str) -> bytes:
    """A file of a release, also one that stays inside."""
    (ref,) = [ref for ref in entry.files if ref.name == name]
    return home.files.path(ref.sha256).read_bytes()


def test_an_attacker_finds_nothing_and_the_proof_says_so(
    supplied: Home, published: Entry, auditor: Person
) -> None:
    facts = published.body["disclosure"]
    assert facts["exposed_before_repair"] > 0, "or this nation tests nothing"
    assert facts["min_width"] >= 3
    assert narrow(supplied, [published]) == 0
    checked = check_release(supplied, auditor, published.body["release"])
    assert checked.problems == ()
    assert checked.protected > 0
    (seen,) = supplied.ledger.entries(kind="preview")
    assert seen.actor["id"] == auditor.id


def test_what_leaves_says_how_it_was_attacked_and_no_more(supplied: Home, published: Entry) -> None:
    shown = supplied.releases / published.body["release"]
    record = json.loads((shown / "disclosure.json").read_text("utf-8"))
    assert record["attack"]["narrow"] == 0
    assert record["proof"]["sha256"] == published.body["disclosure"]["proof"]
    (table,) = record["tables"]
    assert table["withheld_by_repair"] > 0
    assert sum(table["treatments"].values()) == table["cells"]
    assert "exposed" not in json.dumps(record)
    assert not (shown / "inside").exists()
    page = (shown / "index.html").read_text("utf-8")
    assert "Attacked before it left" in page
    assert "worked out a small number" in page


def test_what_repair_cannot_mend_does_not_leave_and_says_what_to_drop(
    supplied: Home,
    violence_analyst: Person,
    violence: Agreement,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(_system: Any, truth: Any, narrow: Any, *_: Any, **__: Any) -> Repair:
        return Repair(np.zeros_like(narrow), truth[None, :][:0], np.flatnonzero(narrow), 0.0)

    monkeypatch.setattr(defend, "repair", nothing)
    words = r"whatever else is withheld .* The smallest set found to leave out: 'by month.* figures"
    with pytest.raises(FlowError, match=words):
        publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY])
    assert not list(supplied.ledger.entries(kind="publish"))


def test_reviewers_read_what_a_reader_would_have_found(supplied: Home, published: Entry) -> None:
    review = kept(supplied, published, REVIEW).decode()
    assert "What a reader would have found" in review
    assert "because" in review
    assert "withheld by repair" in review
    assert b"age-encryption.org" in kept(supplied, published, PROOF)
    assert (supplied.path / "proofs.key").stat().st_mode & 0o077 == 0


def test_the_same_tables_again_are_printed_the_same(
    supplied: Home, published: Entry, violence_analyst: Person, violence: Agreement
) -> None:
    again = publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY]).entry
    name = f"inside/published/{MONTHLY}.parquet"
    assert kept(supplied, again, name) == kept(supplied, published, name)
    assert again.body["disclosure"]["compared_with"] == [published.seq]
    assert again.body["disclosure"]["attacked_cells"] == 0, "nothing new is said"


def test_england_and_wales_is_attacked_with_england(
    supplied: Home,
    published: Entry,
    violence_analyst: Person,
    violence: Agreement,
    auditor: Person,
) -> None:
    combine_with(
        supplied,
        violence_analyst,
        violence,
        with_dataset="pedw",
        keys=("month", "police_force"),
        on=TODAY,
        tables=[MONTHLY],
    )
    both = publish(
        supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY], combined=True
    ).entry
    assert both.body["disclosure"]["compared_with"] == [published.seq]
    assert narrow(supplied, [published, both]) == 0
    assert check_release(supplied, auditor, both.body["release"]).problems == ()


def test_revised_months_and_a_shorter_period(
    supplied: Home,
    published: Entry,
    invented: Path,
    supplier: Person,
    violence_analyst: Person,
    violence: Agreement,
) -> None:
    """A later supply of some of the months, from an extract of which others were revised."""
    (earlier,) = (invented / "earlier").glob("*2025*.parquet")
    supply(supplied, supplier, violence, on=TODAY, tables=[MONTHLY], first=JULY)
    overlapping = publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY]).entry
    assert overlapping.body["disclosure"]["compared_with"] == [published.seq]
    assert narrow(supplied, [published, overlapping]) == 0
    import_file(supplied, supplier, earlier, "hes_apc")
    tables = [each for each in released_tables(supplied, published) if not isinstance(each, str)]
    assert known_releases(supplied, tables).entries == (published.seq, overlapping.seq)


def test_nothing_leaves_when_something_else_came_out_meanwhile(
    supplied: Home,
    published: Entry,
    violence_analyst: Person,
    violence: Agreement,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = publishing.write_inside

    def slow(*given: object) -> None:
        monkeypatch.setattr(publishing, "write_inside", real)
        publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY])
        real(*given)  # type: ignore[arg-type]

    supplied.ledger.append("dropped", actor=violence_analyst.as_actor(), body={"entry": 0})
    monkeypatch.setattr(publishing, "write_inside", slow)
    monkeypatch.setattr("sharewell.flows.known._place", lambda facts: (object(),))
    with pytest.raises(FlowError, match="came out"):
        publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY])
    assert len(list(supplied.ledger.entries(kind="publish"))) == 2


def test_a_trial_leaves_nothing_and_plans_what_follows(
    nation: Home, supplier: Person, violence_analyst: Person, violence: Agreement
) -> None:
    tables = [MONTHLY, ASSAULT]
    supply(nation, supplier, violence, on=TODAY, tables=tables, first=SEPTEMBER)
    first, then = try_publishing(
        nation, violence_analyst, violence, on=TODAY, tables=[MONTHLY], then=[ASSAULT]
    )
    assert not list(nation.ledger.entries(kind="publish"))
    (seen,) = nation.ledger.entries(kind="preview")
    assert seen.body["what"] == f"Tried to publish {MONTHLY}, {ASSAULT} to public."
    made = publish(nation, violence_analyst, violence, on=TODAY, tables=[MONTHLY]).entry
    assert made.body["protection"][0]["cells"] == first.tables[0].treatments
    made = publish(nation, violence_analyst, violence, on=TODAY, tables=[ASSAULT]).entry
    assert made.body["protection"][0]["cells"] == then.tables[0].treatments
    assert made.body["disclosure"]["exposed_before_repair"] == then.exposed


def outside_file(directory: Path, force: str, month: str, printed: str) -> Path:
    """A table that somebody else published: one figure, exact."""
    path = directory / "elsewhere.csv"
    path.write_text(f"month,police_force,count\n{month},{force},{printed}\n", "utf-8")
    path.with_suffix(".yaml").write_text(
        "title: Published elsewhere\nrule: none\nfixed: {measure: FAE}\n"
        "breakdowns: {month: {}, police_force: {}}\n",
        "utf-8",
    )
    return path


def test_a_table_from_outside_counts(
    supplied: Home,
    violence_analyst: Person,
    violence: Agreement,
    auditor: Person,
    tmp_path: Path,
) -> None:
    """Somebody published a force's month exactly; its parts must not follow from that."""
    (source,) = supplied.ledger.entries(kind="supply")
    (ref,) = [ref for ref in source.files if ref.name == f"counts/{MONTHLY}.parquet"]
    cells = pq.read_table(supplied.files.path(ref.sha256)).to_pylist()
    (cell,) = [
        c
        for c in cells
        if c["crossing"] == "month x police_force"
        and (c["month"], c["police_force"], c["measure"]) == ("2025-05", "E23000001", "FAE")
    ]
    file = outside_file(tmp_path, "E23000001", "2025-05", str(cell["count"]))
    told = {"dataset": "hes_apc", "cohort": source.body["tables"][0]["code_list"]}
    entry = add_outside(
        supplied, violence_analyst, file, first=APRIL, last=date(2025, 9, 30), on=TODAY, **told
    )
    made = publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY]).entry
    assert made.body["disclosure"]["compared_with"] == [entry.seq]
    assert check_release(supplied, auditor, made.body["release"]).problems == ()
    assert narrow(supplied, [made, entry]) == 0
    drop_outside(supplied, violence_analyst, entry.seq, "The wrong file.")
    assert outside_tables(supplied) == ()
    with pytest.raises(FlowError, match="registers no table"):
        drop_outside(supplied, violence_analyst, entry.seq, "Again.")


def test_a_table_from_outside_that_cannot_be_true_is_named(
    supplied: Home, violence_analyst: Person, violence: Agreement, tmp_path: Path
) -> None:
    (source,) = supplied.ledger.entries(kind="supply")
    file = outside_file(tmp_path, "E23000007", "2025-05", "123456")
    told = {"dataset": "hes_apc", "cohort": source.body["tables"][0]["code_list"]}
    add_outside(
        supplied, violence_analyst, file, first=APRIL, last=date(2025, 9, 30), on=TODAY, **told
    )
    with pytest.raises(FlowError, match="cannot both be true"):
        publish(supplied, violence_analyst, violence, on=TODAY, tables=[MONTHLY])


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"cohort": "nobody"}, "no code list 'nobody'"),
        ({"dataset": "ons"}, "no dataset 'ons'"),
        ({"last": date(2020, 1, 1)}, "before it starts"),
    ],
)
def test_what_cannot_be_registered_is_said(
    supplied: Home,
    violence_analyst: Person,
    tmp_path: Path,
    changed: dict[str, object],
    match: str,
) -> None:
    told = {
        "dataset": "hes_apc",
        "cohort": "assault-sharp-object",
        "first": APRIL,
        "last": date(2025, 9, 30),
        **changed,
    }
    file = outside_file(tmp_path, "E23000007", "2025-05", "10")
    with pytest.raises(FlowError, match=match):
        add_outside(supplied, violence_analyst, file, on=TODAY, **told)  # type: ignore[arg-type]


def test_a_proof_that_was_changed_does_not_hold(
    supplied: Home, published: Entry, auditor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sharewell.disclosure.proof import read_proof
    from sharewell.flows import proving

    def tampered(data: bytes) -> object:
        proof = read_proof(data)
        tables = proof.tables.copy()
        tables[1:] = tables[0]
        return replace(proof, tables=tables)

    monkeypatch.setattr(proving, "read_proof", tampered)
    checked = check_release(supplied, auditor, published.body["release"])
    assert any("too near" in problem for problem in checked.problems)
    assert proof_key(supplied).secret.startswith("AGE-SECRET-KEY-")
