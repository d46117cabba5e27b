"""A report of records that are not kept: counted, protected, attacked, reviewed, recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from activity_rows import activity
from sharewell.agreements import Agreement, load_agreement
from sharewell.catalogue.activity import ACTIVITY_SCHEMA
from sharewell.flows.errors import FlowError, NotPermitted, Refused
from sharewell.flows.home import Home, open_home
from sharewell.flows.people import Person
from sharewell.flows.preparing import Declared, Verdict, check_prepared, release_prepared
from sharewell.flows.proving import check_release
from sharewell.flows.publishing import publish
from sharewell.flows.reporting import count_records, report
from sharewell.ledger import Entry

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)
ON = date(2026, 11, 28)
SAID = Declared("The quarter's report for the nine local authorities.", "They follow it.", False)
TWO = (Verdict("r1", "Rea", True, ""), Verdict("r2", "Rob", True, "Fine."))
TABLES = ("people", "seen", "needle")


@pytest.fixture(scope="session")
def monitoring() -> Agreement:
    return load_agreement(EXAMPLES / "agreements" / "CM-IMS-000001-INVNT-v1.0.yaml")


@pytest.fixture
def analyst(empty: Home) -> Person:
    return empty.directory.person("i.institute")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(activity(5000, seed=3, people=600), tmp_path / "records.parquet")


def written(rows: pa.Table, path: Path) -> Path:
    pq.write_table(rows, path)
    return path


def asked(
    home: Home, person: Person, agreement: Agreement, source: Path, **other: object
) -> dict[str, object]:
    return {
        "sources": [source],
        "first": FIRST,
        "last": LAST,
        "on": ON,
        "request": "spring",
        "tables": TABLES,
        "synthetic": True,
    } | other


def released(home: Home, agreement: Agreement, prepared: Entry) -> Entry:
    checks = check_prepared(home, prepared, agreement, SAID, ON)
    assert [c.said for c in checks if not c.ok] == []
    return release_prepared(home, prepared, agreement, SAID, TWO, ON)


def printed(home: Home, entry: Entry, table: str) -> dict[tuple[object, ...], str]:
    """Every cell as its readers have it."""
    (ref,) = [ref for ref in entry.files if ref.name == f"inside/published/{table}.parquet"]
    cells = pq.read_table(home.files.path(ref.sha256)).to_pylist()
    fixed = ("printed", "treatment", "low", "high")
    return {tuple(v for k, v in row.items() if k not in fixed): row["printed"] for row in cells}


def test_a_quarters_report_is_made_protected_reviewed_and_recorded(
    empty: Home, analyst: Person, monitoring: Agreement, source: Path
) -> None:
    prepared = report(empty, analyst, monitoring, **asked(empty, analyst, monitoring, source))
    entry = released(empty, monitoring, prepared)
    directory = empty.releases / entry.body["release"]
    assert {f"{name}.csv" for name in TABLES} <= {path.name for path in directory.iterdir()}
    page = (directory / "index.html").read_text("utf-8")
    for words in ("Liverpool", "quarters do not add to a year", "by the linkage of attributors"):
        assert words in page or words in (directory / "people.csv").read_text("utf-8")
    cells = printed(empty, entry, "people")
    assert not {"1", "2", "3", "4"} & set(cells.values())
    assert "*" in cells.values()
    # Things are printed as they are, visits as people are.
    needle = printed(empty, entry, "needle")
    items = {text for key, text in needle.items() if key[-1] == "ITEMS_OUT"}
    visits = {text for key, text in needle.items() if key[-1] == "VISITS"}
    assert any(int(text) % 5 for text in items if text.isdigit())
    assert all(int(text) % 5 == 0 for text in visits if text.isdigit())
    assert check_release(empty, analyst, entry.body["release"]).problems == ()
    assert empty.ledger.verify().ok


def test_only_counts_are_kept(
    empty: Home, analyst: Person, monitoring: Agreement, source: Path
) -> None:
    entry = count_records(empty, analyst, monitoring, **asked(empty, analyst, monitoring, source))
    assert entry.kind == "count"
    assert {ref.name for ref in entry.files} == {f"counts/{name}.parquet" for name in TABLES}
    assert not empty.releases.exists() or not any(empty.releases.iterdir())
    kept = {path.name for path in empty.path.rglob("*") if path.is_file()}
    assert "records.parquet" not in kept
    for ref in entry.files:
        assert "person" not in pq.read_schema(empty.files.path(ref.sha256)).names
    with open_home(empty.path) as again:
        assert again.directory.people


def test_asked_again_it_goes_on_from_what_was_done(
    empty: Home, analyst: Person, monitoring: Agreement, source: Path
) -> None:
    how = asked(empty, analyst, monitoring, source)
    counted = count_records(empty, analyst, monitoring, **how)
    source.unlink()  # a job that was killed after counting has thrown the records away
    one = report(empty, analyst, monitoring, **how)
    assert one.body["inputs"] == [counted.seq]
    assert report(empty, analyst, monitoring, **how).seq == one.seq


def test_two_periods_at_once_keep_to_their_own_counts(
    empty: Home, analyst: Person, monitoring: Agreement, source: Path
) -> None:
    spring = asked(empty, analyst, monitoring, source, tables=("seen",))
    mine = count_records(empty, analyst, monitoring, **spring)
    summer = spring | {"first": date(2026, 7, 1), "last": date(2026, 9, 30), "request": "summer"}
    count_records(empty, analyst, monitoring, **summer)
    entry = report(empty, analyst, monitoring, **spring)
    assert entry.body["inputs"] == [mine.seq]
    assert entry.body["tables"][0]["first"] == "2026-04-01"


def test_commissioners_get_the_same_figures_as_the_public(
    empty: Home, analyst: Person, monitoring: Agreement, source: Path
) -> None:
    how = asked(empty, analyst, monitoring, source, tables=("people",))
    counted = count_records(empty, analyst, monitoring, **how)
    shares = [
        publish(empty, analyst, monitoring, on=ON, audience=audience, counted_in=counted)
        for audience in ("commissioners", "public")
    ]
    one, two = (printed(empty, release.entry, "people") for release in shares)
    assert one == two
    assert [release.entry.kind for release in shares] == ["share", "publish"]


def test_consent_withdrawn_between_two_reports(
    empty: Home, analyst: Person, monitoring: Agreement, tmp_path: Path
) -> None:
    rows = activity(5000, seed=3, people=600)
    before = written(rows, tmp_path / "before.parquet")
    how = asked(empty, analyst, monitoring, before, tables=("people", "seen"))
    first = released(empty, monitoring, report(empty, analyst, monitoring, **how))
    gone = pc.is_in(rows["person"], value_set=pa.array([3, 4, 5], pa.int64()))
    after = written(rows.filter(pc.invert(pc.fill_null(gone, False))), tmp_path / "after.parquet")
    again = how | {"sources": [after], "request": "revised"}
    second = released(empty, monitoring, report(empty, analyst, monitoring, **again))
    facts = second.body["disclosure"]
    assert first.seq in facts["compared_with"]
    # The counts of both editions are linked, and how many went is attacked as any small number.
    assert facts["linked_cells"] > first.body["disclosure"]["linked_cells"] * 2
    assert facts["attacked_cells"] > first.body["disclosure"]["attacked_cells"]
    assert check_release(empty, analyst, second.body["release"]).problems == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first": LAST, "last": FIRST}, "ends before"),
        ({"on": LAST.replace(day=29)}, "what is not over cannot be counted"),
        ({"tables": ("persons",)}, "no table called persons"),
    ],
)
def test_a_period_or_table_that_cannot_be_is_refused(
    empty: Home,
    analyst: Person,
    monitoring: Agreement,
    source: Path,
    change: dict[str, object],
    words: str,
) -> None:
    with pytest.raises(FlowError, match=words):
        report(empty, analyst, monitoring, **asked(empty, analyst, monitoring, source, **change))


def test_files_that_are_no_records_are_named(
    empty: Home, analyst: Person, monitoring: Agreement, tmp_path: Path
) -> None:
    rows = activity(20, seed=1)
    (tmp_path / "text.parquet").write_text("person,day\n1,2026-04-01\n")
    bad = {
        "text.parquet is not a Parquet file": tmp_path / "text.parquet",
        "gone.parquet is not a Parquet file": tmp_path / "gone.parquet",
        "short.parquet has no column 'kits'": written(
            rows.drop_columns(["kits"]), tmp_path / "short.parquet"
        ),
        r"ages.parquet, column 'age': it is int64 and must be int16": written(
            rows.set_column(
                rows.column_names.index("age"), "age", pc.cast(rows["age"], pa.int64())
            ),
            tmp_path / "ages.parquet",
        ),
        r"more.parquet has the columns initials, which no table needs": written(
            rows.append_column("initials", pa.array(["A B"] * 20)), tmp_path / "more.parquet"
        ),
    }
    for words, path in bad.items():
        with pytest.raises(FlowError, match=words):
            report(empty, analyst, monitoring, **asked(empty, analyst, monitoring, path))
    assert list(empty.ledger.entries(kind="count")) == []


def test_who_may_not_and_what_the_agreement_does_not_let(
    empty: Home, analyst: Person, monitoring: Agreement, source: Path
) -> None:
    how = asked(empty, analyst, monitoring, source)
    with pytest.raises(NotPermitted, match="may not count"):
        report(empty, empty.directory.person("d.drugs"), monitoring, **how)
    with pytest.raises(Refused):
        report(empty, replace(analyst, organisation="Liverpool"), monitoring, **how)
    early = {"first": date(2015, 4, 1), "last": date(2015, 6, 30), "request": "early"}
    with pytest.raises(Refused):  # before the data that the agreement covers
        report(empty, analyst, monitoring, **how | early)
    with pytest.raises(Refused):
        report(empty, analyst, monitoring, **how | {"audience": "press", "request": "press"})


def test_nothing_recorded_is_a_report_of_zeros(
    empty: Home, analyst: Person, monitoring: Agreement, tmp_path: Path
) -> None:
    nothing = written(ACTIVITY_SCHEMA.empty_table(), tmp_path / "none.parquet")
    prepared = report(
        empty, analyst, monitoring, **asked(empty, analyst, monitoring, nothing, tables=("people",))
    )
    assert set(printed(empty, prepared, "people").values()) == {"0"}
