"""Combine and publish: residents once, small numbers protected, Wales not revealed."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sharewell.agreements import Agreement
from sharewell.flows.combining import combine_with
from sharewell.flows.errors import FlowError, Refused
from sharewell.flows.home import Home
from sharewell.flows.importing import import_file
from sharewell.flows.people import Person
from sharewell.flows.publishing import publish
from sharewell.flows.releases import Release
from sharewell.flows.supplying import supply
from sharewell.synthesis import synthesise_extract

TODAY, FIRST = date(2026, 11, 22), date(2024, 4, 1)
KEYS = ("month", "police_force")
ENGLAND, WALES, BOTH = "E92000001", "W92000004", "K04000001"


@pytest.fixture(scope="module")
def when_supplied(further: Any, prepared: Any, violence: Agreement) -> Any:
    def change(home: Home) -> None:
        supply(home, home.directory.person("s.supplier"), violence, on=TODAY, first=FIRST)

    return further(prepared, change)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Any:
    supplied = "supplied" in request.fixturenames
    return request.getfixturevalue("when_supplied" if supplied else "prepared")


@pytest.fixture
def supplied(nation: Home) -> Home:
    """The nation, with the serious violence tables supplied."""
    return nation


@pytest.fixture
def combined(supplied: Home, violence_analyst: Person, violence: Agreement) -> Release:
    """England combined with Wales."""
    return combine_with(
        supplied, violence_analyst, violence, with_dataset="pedw", keys=KEYS, on=TODAY
    )


def counts(release: Release, table: str) -> pa.Table:
    """The exact counts that a release keeps."""
    return pq.read_table(release.directory / "counts" / f"{table}.parquet")


def test_every_resident_is_counted_once(combined: Release) -> None:
    cells = counts(combined, "sharp-object-monthly")
    cells = cells.filter(pc.equal(cells["crossing"], "month x police_force")).to_pylist()
    by_month: dict[tuple[str, str], dict[str, int]] = {}
    for cell in cells:
        key = (cell["financial_year"], cell["month"])
        by_month.setdefault(key, {})[cell["police_force"]] = cell["count"]
    for areas in by_month.values():
        assert areas[ENGLAND] + areas[WALES] == areas[BOTH]
        assert areas[ENGLAND] == sum(
            n for area, n in areas.items() if area.startswith("E23") or area == "E99999999"
        )
        assert areas[WALES] == sum(
            n for area, n in areas.items() if area.startswith("W15") or area == "W99999999"
        )
    assert sum(areas[WALES] for areas in by_month.values()) > 0


def test_what_was_dropped_is_shown(combined: Release) -> None:
    with (combined.directory / "sharp-object-monthly-dropped.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert "dropped" not in combined.entry.body


def test_other_keys_are_refused(
    supplied: Home, violence_analyst: Person, violence: Agreement
) -> None:
    with pytest.raises(Refused, match="nothing else"):
        combine_with(
            supplied, violence_analyst, violence, with_dataset="pedw",
            keys=("month", "local_authority"), on=TODAY,
        )  # fmt: skip


def test_the_drug_tables_may_not_be_combined(
    nation: Home, drugs_analyst: Person, drugs: Agreement
) -> None:
    with pytest.raises(Refused, match="will not be linked"):
        combine_with(nation, drugs_analyst, drugs, with_dataset="pedw", keys=KEYS, on=TODAY)


def read(release: Release, table: str) -> list[dict[str, str]]:
    """A published CSV."""
    with (release.directory / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_published_figures_are_protected(
    supplied: Home, violence_analyst: Person, violence: Agreement
) -> None:
    release = publish(
        supplied, violence_analyst, violence, on=TODAY, tables=["sharp-object-monthly"]
    )
    names = {path.name for path in release.directory.iterdir()}
    assert {"index.html", "workbook.xlsx", "sharp-object-monthly.csv"} <= names
    assert not (release.directory / "counts").exists()
    rows = read(release, "sharp-object-monthly")
    below = [row for row in rows if row["police_force"] != "total"]
    printed = {row["printed"] if "printed" in row else row["count"] for row in below}
    numbers = {int(value) for value in printed if value.isdigit()}
    assert "*" in printed
    assert all(number % 5 == 0 for number in numbers)
    assert not numbers & set(range(1, 8))
    assert release.entry.body["protection"][0]["cells"]["starred"] > 0


def test_england_and_wales_by_age_is_withheld_and_everything_verifies(
    supplied: Home, combined: Release, violence_analyst: Person, violence: Agreement
) -> None:
    release = publish(supplied, violence_analyst, violence, on=TODAY, combined=True)
    rows = read(release, "sharp-object-monthly")
    both = [row for row in rows if row["police_force"] == BOTH and row["age_under_25"]]
    by_age = {row["age_under_25"] == "total": set() for row in both}
    for row in both:
        by_age[row["age_under_25"] == "total"].add(row.get("printed", row.get("count")))
    assert by_age[False] == {"[c]"}
    assert "[c]" not in by_age[True]
    assert supplied.ledger.verify(supplied.files).ok
    edited = next(path for path in combined.directory.rglob("*") if path.is_file())
    stored = supplied.files.path(
        next(
            ref.sha256
            for ref in combined.entry.files
            if ref.name == str(edited.relative_to(combined.directory))
        )
    )
    Path(stored).chmod(0o600)
    Path(stored).write_bytes(b"changed")
    outcome = supplied.ledger.verify(supplied.files)
    assert not outcome.ok
    assert outcome.problems[0].seq == combined.entry.seq


def test_publishing_needs_a_supply(
    nation: Home, violence_analyst: Person, violence: Agreement
) -> None:
    with pytest.raises(FlowError, match="sharewell supply"):
        publish(nation, violence_analyst, violence, on=TODAY)


def test_an_audience_that_no_clause_names_is_refused(
    supplied: Home, violence_analyst: Person, violence: Agreement
) -> None:
    with pytest.raises(Refused):
        publish(supplied, violence_analyst, violence, on=TODAY, audience="the press")


def test_the_same_figures_give_the_same_files(
    supplied: Home, violence_analyst: Person, violence: Agreement
) -> None:
    first, second = (
        publish(supplied, violence_analyst, violence, on=TODAY, tables=["sharp-object-monthly"])
        for _ in range(2)
    )
    digests = [
        {ref.name: ref.sha256 for ref in release.entry.files if ref.name.endswith(".csv")}
        for release in (first, second)
    ]
    assert digests[0] == digests[1]


def test_the_nation_with_less_sets_the_period(
    supplied: Home, violence_analyst: Person, violence: Agreement, tmp_path: Path
) -> None:
    supplier = supplied.directory.person("s.supplier")
    # Wales reaches further than England here: England's last day is the last of both.
    longer = synthesise_extract(
        tmp_path / "later", dataset="pedw", year=2025, month=7, background=0.001
    )
    import_file(supplied, supplier, longer.path, "pedw")
    release = combine_with(
        supplied, violence_analyst, violence, with_dataset="pedw", keys=KEYS, on=TODAY,
        tables=["sharp-object-monthly"],
    )  # fmt: skip
    months = set(counts(release, "sharp-object-monthly")["month"].to_pylist()) - {"total", None}
    assert max(months) == "2025-09"
    assert release.entry.body["tables"][0]["last"] == "2025-09-30"
