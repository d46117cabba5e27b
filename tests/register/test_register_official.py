"""The two sample editions and the seeds, against `register_facts.json` and against counts made
here from the raw cells with another reader (openpyxl) and plain Python."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from register_samples import EDITION_A, EDITION_B, FACTS, needs_samples, needs_seeds, seed

from sharewell.cli import main
from sharewell.register import (
    Edition,
    by_access_method,
    compare,
    compare_pages,
    confirm,
    mixed_opt_outs,
    overlapping_versions,
    read_page,
    read_workbook,
    tally_agreement,
    tally_organisation,
)

pytestmark = needs_samples

Raw = dict[str, list[dict[str, Any]]]


def raw(path: Path) -> Raw:
    book = openpyxl.load_workbook(path, read_only=True)
    sheets: Raw = {}
    for sheet in book.worksheets:
        header, *rows = sheet.iter_rows(values_only=True)
        sheets[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    book.close()
    return sheets


@pytest.fixture(scope="module")
def raw_a() -> Raw:
    return raw(EDITION_A)


@pytest.fixture(scope="module")
def raw_b() -> Raw:
    return raw(EDITION_B)


@pytest.fixture(scope="module")
def a() -> Edition:
    return read_workbook(EDITION_A, published=date(2022, 9, 1))


@pytest.fixture(scope="module")
def b() -> Edition:
    return read_workbook(EDITION_B, published=date(2026, 10, 1))


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return json.loads(FACTS.read_text("utf-8"))


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the command says."""
    result = CliRunner().invoke(
        main, ["register", "report", str(EDITION_A), str(EDITION_B), "--format", "json"]
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def clean(value: object) -> str:
    return "" if value is None else str(value).strip()


@pytest.mark.parametrize("side", ["a", "b"])
def test_every_cell_is_read(side: str, request: pytest.FixtureRequest) -> None:
    edition, cells = request.getfixturevalue(side), request.getfixturevalue(f"raw_{side}")
    assert [
        (x.name, x.title, x.organisation, "; ".join(x.controllers), str(x.start), str(x.end),
         x.objective, x.processing, x.outputs, x.benefits, x.yielded_benefits, x.commercial)
        for x in edition.agreements
    ] == [
        (clean(r["Reference Number"]), clean(r["Application Title"]),
         clean(r["Applicant Organisation"]), clean(r["Data Controller(s)"]),
         str(r["DSA Start Date"])[:10], str(r["DSA End Date"])[:10],
         *(clean(r[name]) for name in (
             "Objective for Processing", "Processing Activities", "Expected Output",
             "Expected Measurable Benefits", "Yielded Benefits", "For Commercial Purposes")))
        for r in cells["Agreements"]
    ]  # fmt: skip
    assert [
        (x.agreement, x.dataset, x.type_of_data, x.sensitivity, x.frequency, x.legal_basis,
         x.confidentiality)
        for x in edition.datasets
    ] == [tuple(map(clean, row.values())) for row in cells["Datasets"]]  # fmt: skip
    assert [
        (x.file, x.agreement, x.dataset, x.type_of_data, x.sensitivity, x.opt_outs,
         x.legal_basis, x.frequency, x.month)
        for x in edition.files
    ] == [
        (*map(clean, list(row.values())[:8]), month_of(row["Month File Released"]))
        for row in cells["DataReleases"]
    ]  # fmt: skip


def month_of(words: str) -> date:
    return datetime.strptime(f"01-{words}", "%d-%b-%y").date()  # noqa: DTZ007 - a day, no moment


def test_file_rows_by_organisation(told: dict[str, Any], raw_a: Raw, raw_b: Raw) -> None:
    renamed = {"INSTITUTE OF CANCER RESEARCH": "THE INSTITUTE OF CANCER RESEARCH"}
    for side, cells in (("before", raw_a), ("after", raw_b)):
        applicant = {
            r["Reference Number"]: renamed.get(
                r["Applicant Organisation"], r["Applicant Organisation"]
            )
            for r in cells["Agreements"]
        }
        rows = Counter(applicant[r["Reference Number"]] for r in cells["DataReleases"])
        assert {
            each["organisation"]: each[side]["file_rows"]
            for each in told["organisations"]
            if each[side]
        } == {name: rows[name] or None for name in set(applicant.values())}


def test_nothing_known_is_never_zero(told: dict[str, Any]) -> None:
    for each in told["organisations"]:
        for side in (each["before"], each["after"]):
            assert side is None or side["file_rows"] != 0
            assert side is None or side["safe_setting_uses"] is None
            assert side is None or (
                side["file_rows_explained"] and side["safe_setting_uses_explained"]
            )


def test_the_facts_of_the_seeds_agreements(b: Edition, facts: dict[str, Any]) -> None:
    for reference, known in facts["agreements"].items():
        assert [v.version for v in b.versions[reference]] == [v["v"] for v in known["versions"]]
        for version, fact in zip(b.versions[reference], known["versions"], strict=True):
            assert (str(version.start), str(version.end)) == (fact["start"], fact["end"])
            files = tally_agreement(b, version.name).files_left
            # One version's count is given in words: "25 (Sept 2026 edition), 26 (Oct 2026)".
            assert str(files.value) in str(fact["files"])
            months = sorted(f"{row.month:%Y-%m}" for row in files.rows)
            assert (months[0], months[-1]) == (fact["first"], fact["last"])
    by_month = facts["agreements"]["DARS-NIC-612092-Q0Y6F"]["files_by_month_v0.2"]
    rows = b.files_of["DARS-NIC-612092-Q0Y6F-v0.2"]
    assert Counter(f"{row.month:%Y-%m}" for row in rows) == by_month
    drugs = b.files_of["DARS-NIC-698171-K4M0B-v0.3"]
    released = facts["agreements"]["DARS-NIC-698171-K4M0B"]["releases"]
    assert [[row.file, f"{row.month:%Y-%m}"] for row in drugs] == released


def test_the_counts_to_the_pages_months(b: Edition, facts: dict[str, Any]) -> None:
    known = facts["count_reconciliation"]["register_file_rows"]
    for organisation, until, key in (
        ("Home Office", date(2024, 3, 31), "home_office_to_2024-03"),
        ("Home Office", date(2024, 6, 30), "home_office_to_2024-06"),
        ("Department for Business and Trade", date(2024, 8, 31), "dbt_to_2024-08"),
    ):
        counted = tally_organisation(b, organisation, until).files_left
        assert counted.value == len(counted.rows) == known[key]


def test_overlapping_versions(b: Edition, a: Edition, raw_b: Raw) -> None:
    terms = defaultdict(list)
    for row in raw_b["Agreements"]:
        reference, version = row["Reference Number"].rsplit("-v", 1)
        number = tuple(map(int, version.split(".")))
        terms[reference].append((number, row["DSA Start Date"], row["DSA End Date"]))
    expected = {
        (reference, one[0], other[0])
        for reference, versions in terms.items()
        for one in versions
        for other in versions
        if one[0] < other[0] and one[1] <= other[2] and other[1] <= one[2]
    }
    found = overlapping_versions(b)
    numbers = {each.name: each.number for each in b.agreements}
    assert {(o.reference, numbers[o.earlier], numbers[o.later]) for o in found} == expected
    assert len(found) == len(expected) == 5
    violence = next(o for o in found if o.reference == "DARS-NIC-612092-Q0Y6F")
    assert (violence.first, violence.last, violence.days) == (
        date(2024, 11, 4),
        date(2025, 1, 27),
        85,
    )
    assert overlapping_versions(a) == ()


def test_mixed_opt_out_months(a: Edition, b: Edition, raw_a: Raw, raw_b: Raw) -> None:
    for edition, cells in ((a, raw_a), (b, raw_b)):
        groups = defaultdict(set)
        for row in cells["DataReleases"]:
            reference = row["Reference Number"].rsplit("-v", 1)[0]
            key = (reference, row["Dataset"], month_of(row["Month File Released"]))
            groups[key].add(row["Patient Opt-Outs Applied"])
        expected = {key for key, values in groups.items() if len(values) == 2}
        found = mixed_opt_outs(edition)
        assert {(m.reference, m.dataset, m.month) for m in found} == expected
        assert len(found) == 4


def test_changes_from_a_to_b(told: dict[str, Any], raw_a: Raw, raw_b: Raw) -> None:
    """Every differing cell of the same row, found here, is there with the kind it must have."""
    changes = told["changes"]
    old = {r["Reference Number"]: r for r in raw_a["Agreements"]}
    new = {r["Reference Number"]: r for r in raw_b["Agreements"]}
    assert set(changes["gone"]) == old.keys() - new.keys() == set()
    fresh = {name for name in new if name not in old}
    references = {name.rsplit("-v", 1)[0] for name in old}
    assert set(changes["new_versions"]) == {
        name for name in fresh if name.rsplit("-v", 1)[0] in references
    }
    assert set(changes["new"]) == {
        name.rsplit("-v", 1)[0] for name in fresh if name.rsplit("-v", 1)[0] not in references
    }
    differing = [
        ("Agreements", name, header)
        for name in old
        for header in old[name]
        if old[name][header] != new[name][header]
    ]
    reported = [
        (c["sheet"], c["agreement"], c["field"])
        for kind in ("cosmetic", "alias", "real")
        for c in changes[kind]
        if c["sheet"] == "Agreements"
    ]
    assert sorted(reported) == sorted(differing)
    # Four cells lose nothing but a space before a semicolon; one organisation gains its article;
    # one dataset, in one row and eleven files, its abbreviation. Nothing else was edited.
    assert changes["counts"] == {
        "Agreements": {"cosmetic": 0, "alias": 4, "real": 0},
        "Datasets": {"cosmetic": 4, "alias": 1, "real": 0},
        "DataReleases": {"cosmetic": 0, "alias": 11, "real": 0},
    }
    assert all(c["before"] == c["after"].replace(" ;", ";") for c in changes["cosmetic"])
    assert changes["files_added"] == len(raw_b["DataReleases"]) - len(raw_a["DataReleases"])
    assert changes["files_gone"] == []


def test_what_ended_in_between(a: Edition, b: Edition, raw_b: Raw) -> None:
    ended = {
        row["Reference Number"]
        for row in raw_b["Agreements"]
        if "2022-09-01" <= str(row["DSA End Date"])[:10] < "2026-10-01"
    }
    assert set(compare(a, b).ended) == ended


def test_datasets_by_access_method(b: Edition, raw_b: Raw) -> None:
    expected = Counter(row["Frequency"].casefold() for row in raw_b["Datasets"])
    assert {m.method: len(m.rows) for m in by_access_method(b)} == expected


def test_system_access_is_explained_and_not_counted(b: Edition) -> None:
    tally = tally_agreement(b, "DARS-NIC-744993-Z8K2K")
    assert tally.files_left.value is None
    assert tally.safe_uses.value is None
    assert "NDRS Cancer Consolidated Data Set" in tally.safe_uses.explanation


@needs_seeds
def test_the_pages_say_what_the_workbook_says(b: Edition, facts: dict[str, Any]) -> None:
    stated = facts["count_reconciliation"]["published_by_reformatter"]
    listed = facts["count_reconciliation"]["register_file_rows"]
    for number, key, versions in (
        ("000", "home_office_to_2024-06", ["698171-K4M0B-v0.3", "612092-Q0Y6F-v0.2"]),
        ("001", "home_office_to_2024-03", ["612092-Q0Y6F-v0.2"]),
        ("002", "dbt_to_2024-08", ["687582-X2P3K-v0.10"]),
    ):
        found = confirm(read_page(seed(number)), b)
        assert list(found.versions.values()) == [f"DARS-NIC-{name}" for name in versions]
        assert found.unknown == ()
        assert (found.files_stated, found.files_listed) == (stated[key], listed[key])
        # Only looks differ, and the name that HES APC had before.
        assert not [c for c in found.differences if c.kind == "real"]
        assert {c.row for c in found.differences if c.kind == "alias"} <= {
            "Hospital Episode Statistics Admitted Patient Care (HES APC)"
        }


@needs_seeds
def test_two_snapshots_of_one_page() -> None:
    before, after = read_page(seed("001")), read_page(seed("000"))
    changes = compare_pages(before, after)
    assert changes.edition.new == ("DARS-NIC-698171-K4M0B",)
    assert changes.edition.fields == ()
    assert [(c.agreement, c.field, c.before, c.after) for c in changes.lines] == [
        ("", "files", "11", "17"),
        ("DARS-NIC-612092-Q0Y6F", "last_release", "2024-03-01", "2024-05-01"),
    ]
    assert changes.headings_restored == (
        ("DARS-NIC-612092-Q0Y6F", "outputs"),
        ("DARS-NIC-612092-Q0Y6F", "processing"),
    )
