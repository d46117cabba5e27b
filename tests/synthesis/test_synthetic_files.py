"""Files of invented episodes: labelled, repeatable, whole, well formed, and dirty as asked."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from sharewell.catalogue import areas
from sharewell.catalogue.episodes import EPISODE_SCHEMA
from sharewell.catalogue.validation import validate
from sharewell.synthesis import (
    DIRT_KINDS,
    SYNTHETIC_NOTICE,
    SyntheticFile,
    files,
    synthesise,
    synthesise_extract,
)

EXPECTED_WARNINGS = {
    "HES205",  # unfinished episodes (to 2016-17) have no end
    "HES316",  # ages not known, as published
}


def one(sql: str, path: Path) -> tuple:
    """The only row of a query in which FILE is a path."""
    row = duckdb.connect().execute(sql.replace("FILE", f"'{path}'")).fetchone()
    assert row is not None
    return row


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SyntheticFile]:
    """Makes an extract of a year once for each set of arguments."""
    held: dict[tuple, SyntheticFile] = {}

    def make(year: int, **options: object) -> SyntheticFile:
        key = (year, *sorted(options.items()))
        if key not in held:
            out = tmp_path_factory.mktemp("year")
            held[key] = synthesise_extract(
                out, year=year, **{"background": 0.002, "dirt": 0.0, **options}
            )
        return held[key]

    return make


# --- labels --------------------------------------------------------------------------------


def test_file_names_and_metadata_say_synthetic(tmp_path: Path) -> None:
    made = synthesise(
        tmp_path, first_year=2025, last=date(2026, 9, 30), background=0.0005, dirt=0.0
    )
    assert [file.path.name for file in made] == [
        "SYNTHETIC_hes_apc_2025-26_M13.parquet",
        "SYNTHETIC_hes_apc_2026-27_M06.parquet",
    ]
    assert [(file.financial_year, file.partyear) for file in made] == [
        ("2025-26", "202513"),
        ("2026-27", "202606"),
    ]
    for file in made:
        metadata = pq.read_metadata(file.path).metadata
        assert metadata[b"SYNTHETIC"].decode() == SYNTHETIC_NOTICE
        assert file.rows == pq.read_metadata(file.path).num_rows
    people, providers = one(
        """SELECT bool_and(starts_with(TOKEN_PERSON_ID, 'SYNTHETICPERSON')),
                  bool_and(starts_with(PROCODE3, 'ZS')) FROM FILE""",
        made[0].path,
    )
    assert people
    assert providers


def test_types_are_those_of_the_vault(made: Callable[..., SyntheticFile]) -> None:
    schema = pq.read_schema(made(2019).path)
    for field in EPISODE_SCHEMA:
        assert schema.field(field.name).type == field.type
    assert {"FCE", "FAE", "FAE_EMERGENCY", "CAUSE_3", "PROCODE3"} < set(schema.names)


# --- repeatable ----------------------------------------------------------------------------


def test_same_seed_same_bytes_and_another_seed_another_file(tmp_path: Path) -> None:
    paths = [
        synthesise_extract(
            tmp_path / name, dataset="pedw", year=2020, background=0.01, seed=seed
        ).path
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    one_, same, other = (path.read_bytes() for path in paths)
    assert one_ == same
    assert one_ != other


def test_background_does_not_change_the_cohorts(tmp_path: Path) -> None:
    sql = """SELECT count(*), sum(hash(EPIEND, DIAG_4_CONCAT, SEX, STARTAGE, RESLADST_ONS)::HUGEINT)
             FROM FILE WHERE CAUSE_4 LIKE 'X99%'"""
    few, many = (
        synthesise_extract(
            tmp_path / str(share), dataset="pedw", year=2020, background=share, dirt=0.01
        ).path
        for share in (0.0, 0.02)
    )
    assert one(sql, few) == one(sql, many)


# --- whole or not at all -------------------------------------------------------------------


class Stopped(RuntimeError):
    pass


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise Stopped

    make = partial(synthesise_extract, tmp_path, dataset="pedw", year=2019, background=0.0)
    before = make(seed=1).path.read_bytes()
    with pytest.raises(Stopped):
        make(seed=2, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["SYNTHETIC_pedw_2019-20_M13.parquet"]
    assert next(tmp_path.iterdir()).read_bytes() == before


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    made = synthesise_extract(
        tmp_path,
        dataset="pedw",
        year=2019,
        background=0.01,
        progress=lambda *step: seen.append(step),
    )
    assert {what for what, _, _ in seen} == {"pedw 2019-20"}
    assert seen[-1] == ("pedw 2019-20", made.rows, made.rows)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_memory_does_not_grow_with_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHUNK", 20_000)
    peaks, rows = [], []
    make = partial(synthesise_extract, tmp_path, dataset="pedw", year=2019)
    make(background=0.0)  # fills the caches
    for share in (0.05, 0.25):
        tracemalloc.start()
        made = make(background=share)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        rows.append(made.rows)
        groups = pq.read_metadata(made.path)
        assert max(groups.row_group(n).num_rows for n in range(groups.num_row_groups)) <= 20_000
    assert rows[1] > 2 * rows[0]
    assert peaks[1] < 1.1 * peaks[0]


# --- well formed ---------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2009, 2012, 2016, 2019, 2021, 2023])
def test_a_file_without_dirt_is_clean(made: Callable[..., SyntheticFile], year: int) -> None:
    report = validate(made(year).path, "hes_apc")
    assert {finding.code for finding in report.findings} <= EXPECTED_WARNINGS
    assert report.ok


@pytest.mark.parametrize(
    ("year", "digits", "sex", "ethnos"),
    [(2009, 12, "0", "X"), (2012, 12, "0", "X"), (2020, 12, "0", "99"), (2023, 19, "X", "99")],
)
def test_codes_are_those_of_the_year(
    made: Callable[..., SyntheticFile], year: int, digits: int, sex: str, ethnos: str
) -> None:
    keys, different, shortest, longest, sexes, ethnic, districts = one(
        """SELECT count(*), count(DISTINCT EPIKEY), min(len(EPIKEY)), max(len(EPIKEY)),
                  list(DISTINCT SEX), list(DISTINCT ETHNOS), list(DISTINCT RESLADST_ONS)
           FROM FILE""",
        made(year).path,
    )
    assert keys == different
    assert shortest == longest == digits
    assert {"1", "2", sex} <= set(sexes) <= {"1", "2", "9", sex}
    assert {code for code in ethnic if code not in "ABCDEFGHJKLMNPRSZ"} == {ethnos}
    valid = {*areas.valid_in(max(year, 2011)), *areas.PSEUDO_CODES}
    assert set(districts) <= valid
    assert {code for code in valid if code[0] == "E"} - set(districts) <= {"E06000053"}  # Scilly


def test_keys_are_unique_across_years_and_datasets(tmp_path: Path) -> None:
    for dataset in ("hes_apc", "pedw"):
        synthesise(
            tmp_path,
            dataset=dataset,
            first_year=2019,
            last=date(2022, 3, 31),
            background=0.0005,
            dirt=0.0,
        )
    rows, keys = one("SELECT count(*), count(DISTINCT EPIKEY) FROM FILE", tmp_path / "*.parquet")
    assert rows == keys


def test_background_holds_no_code_of_a_cohort_and_every_kind_of_episode(
    made: Callable[..., SyntheticFile], tmp_path: Path
) -> None:
    def cohort_rows(path: Path) -> tuple:
        return one(
            """SELECT count(*) FROM FILE
               WHERE regexp_matches(CAUSE_4, '^(X8[5-9]|X9|Y0)')
                  OR regexp_matches(DIAG_4_CONCAT, '(^|,)(F1[1-689]|T40|T436)')""",
            path,
        )

    alone = synthesise_extract(tmp_path, year=2015, background=0.0, dirt=0.0).path
    both = made(2015, background=0.01).path
    assert cohort_rows(alone) == cohort_rows(both)
    kinds = one(
        """SELECT list_sort(list(DISTINCT EPISTAT)), list_sort(list(DISTINCT CLASSPAT)),
                  list_sort(list(DISTINCT EPITYPE)), list(DISTINCT ADMIMETH),
                  list_sort(list(DISTINCT STARTAGE) FILTER (STARTAGE > 7000)) FROM FILE""",
        both,
    )
    assert kinds[0] == [1, 3]
    assert kinds[1] == [1, 2, 3, 4, 5, 8]
    assert kinds[2] == [1, 2, 3, 4, 5]
    assert {"11", "12", "13", "21", "28", "2A", "31", "82", "98"} <= set(kinds[3])
    assert kinds[4] == list(range(7001, 7008))


def test_some_people_come_more_than_once_and_stay_themselves(
    made: Callable[..., SyntheticFile],
) -> None:
    con = duckdb.connect()
    con.register("areas", areas.lookup_table())  # the same person keeps the same area of today
    people, rows, changed = con.execute(
        f"""SELECT count(*), sum(n), count(*) FILTER (kinds > 1) FROM (
             SELECT count(*) AS n,
                    count(DISTINCT (SEX, ETHNOS, a.local_authority,
                                    CASE WHEN STARTAGE > 7000 THEN 0 ELSE STARTAGE END)) AS kinds
             FROM '{made(2019, background=0.01).path}' e JOIN areas a ON a.code = e.RESLADST_ONS
             GROUP BY TOKEN_PERSON_ID)"""
    ).fetchall()[0]
    assert changed == 0
    assert 0.5 < people / rows < 0.97


def test_a_second_cause_does_not_make_a_case(made: Callable[..., SyntheticFile]) -> None:
    """Some bodily force episodes name a sharp object second: CAUSE_4 must hold the first."""
    second, wrong = one(
        """SELECT count(*) FILTER (CAUSE_4 LIKE 'Y04%'), count(*) FILTER (CAUSE_4 LIKE 'X99%')
           FROM FILE WHERE regexp_matches(DIAG_4_CONCAT, 'Y04.*X99')""",
        made(2019).path,
    )
    assert second > 0
    assert wrong == 0


# --- provisional extracts ------------------------------------------------------------------


def test_a_later_extract_has_what_an_earlier_one_lacked(tmp_path: Path) -> None:
    for month in (5, 6, 13):
        synthesise_extract(
            tmp_path, dataset="pedw", year=2024, month=month, background=0.1, dirt=0.0
        )
    con = duckdb.connect()
    for month in (5, 6, 13):
        path = tmp_path / f"SYNTHETIC_pedw_2024-25_M{month:02d}.parquet"
        con.execute(f"CREATE VIEW m{month} AS FROM '{path}'")
    for earlier, later in ((5, 6), (6, 13)):
        lost = con.execute(
            f"SELECT count(*) FROM m{earlier} ANTI JOIN m{later} USING (EPIKEY, EPIEND, SEX)"
        ).fetchone()
        assert lost == (0,)
    reach = con.execute("SELECT max(EPIEND), any_value(PARTYEAR) FROM m5").fetchone()
    assert reach == (date(2024, 8, 31), "202405")
    for extract, month in ((5, 8), (6, 9)):
        provisional, final = (
            con.execute(f"SELECT count(*) FROM {t} WHERE month(EPIEND) = {month}").fetchone()[0]
            for t in (f"m{extract}", "m13")
        )
        assert 0.92 < provisional / final < 0.96


def test_the_current_year_ends_with_the_last_day(tmp_path: Path) -> None:
    (made,) = synthesise(
        tmp_path, first_year=2026, last=date(2026, 5, 17), background=0.001, dirt=0.0
    )
    assert made.partyear == "202602"
    assert one("SELECT max(EPIEND) FROM FILE", made.path) == (date(2026, 5, 17),)


def test_a_year_that_is_over_is_an_annual_refresh(tmp_path: Path) -> None:
    (made,) = synthesise(tmp_path, first_year=2020, last=date(2021, 3, 31), background=0.0)
    assert made.partyear == "202013"


# --- dirt ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "month", "format_"),
    [(2009, 13, "parquet"), (2019, 13, "parquet"), (2024, 6, "parquet"), (2022, 13, "csv")],
)
def test_every_kind_of_dirt_is_caught(tmp_path: Path, year: int, month: int, format_: str) -> None:
    made = synthesise_extract(
        tmp_path, year=year, month=month, background=0.0, dirt=0.003, format=format_
    )
    assert made.path.name.startswith("SYNTHETIC_")
    report = validate(made.path, "hes_apc")
    found = {finding.code: finding.count for finding in report.findings}
    for kind in DIRT_KINDS:
        if kind.name not in made.dirty_rows:
            continue
        expected = made.dirty_rows[kind.name] // (2 if kind.rule == "HES104" else 1)
        assert found.get(kind.rule, 0) >= expected, kind.name
    caused = {kind.rule for kind in DIRT_KINDS}
    assert set(found) <= caused | EXPECTED_WARNINGS


def test_every_kind_of_dirt_occurs_in_some_file(tmp_path: Path) -> None:
    seen: set[str] = set()
    for year, month, format_ in ((2009, 13, "csv"), (2024, 6, "parquet")):
        made = synthesise_extract(
            tmp_path, year=year, month=month, background=0.0, dirt=0.003, format=format_
        )
        seen |= set(made.dirty_rows)
    assert seen == {kind.name for kind in DIRT_KINDS}
    assert len(seen) == len(DIRT_KINDS)


def test_dirt_is_added_at_its_rate_and_leaves_the_cohorts_alone(tmp_path: Path) -> None:
    clean = synthesise_extract(tmp_path / "clean", year=2019, background=0.002, dirt=0.0)
    dirty = synthesise_extract(tmp_path / "dirty", year=2019, background=0.002, dirt=0.002)
    assert clean.dirty_rows == {}
    assert dirty.rows - clean.rows == sum(dirty.dirty_rows.values())
    assert sum(dirty.dirty_rows.values()) / clean.rows == pytest.approx(0.002, rel=0.05)
    lost = one(f"SELECT count(*) FROM '{clean.path}' ANTI JOIN FILE USING (EPIKEY)", dirty.path)
    added = one(
        f"""SELECT count(*) FROM FILE WHERE EPIKEY NOT IN (SELECT EPIKEY FROM '{clean.path}')
            AND regexp_matches(concat_ws(',', DIAG_4_CONCAT, CAUSE_4),
                                 '(X8[5-9]|X9|Y0|F1[1-689]|T40|T436)')""",
        dirty.path,
    )
    assert (lost, added) == ((0,), (0,))


def test_rules_named_by_dirt_exist() -> None:
    from sharewell.catalogue.row_rules import ROW_RULES

    assert {kind.rule for kind in DIRT_KINDS} <= {rule.code for rule in ROW_RULES}


# --- Wales ---------------------------------------------------------------------------------


def test_wales_is_small_and_mostly_welsh(tmp_path: Path) -> None:
    made = synthesise_extract(tmp_path, dataset="pedw", year=2019, background=0.02, dirt=0.0)
    assert made.path.name == "SYNTHETIC_pedw_2019-20_M13.parquet"
    assert {f.code for f in validate(made.path, "pedw").findings} <= EXPECTED_WARNINGS
    rows, welsh, english = one(
        """SELECT count(*), count(*) FILTER (RESLADST_ONS LIKE 'W%'),
                  count(*) FILTER (RESLADST_ONS LIKE 'E%') FROM FILE""",
        made.path,
    )
    assert 20_000 < rows < 40_000
    assert welsh / rows > 0.97
    assert 0 < english / rows < 0.02
    cells = duckdb.sql(
        f"""SELECT RESLADST_ONS, month(EPIEND), count(*) FROM '{made.path}'
            WHERE EPISTAT = 3 AND CLASSPAT NOT IN (3, 4) AND EPIORDER = 1
              AND CAUSE_4 LIKE 'X99%' AND RESLADST_ONS LIKE 'W06%' GROUP BY ALL"""
    ).fetchall()
    monthly: dict[tuple[str, int], int] = {}
    for district, month, number in cells:
        key = (areas.police_force_of(district), month)
        monthly[key] = monthly.get(key, 0) + number
    assert 100 < sum(monthly.values()) < 300
    assert sum(number > 7 for number in monthly.values()) < 0.3 * 48


def test_england_holds_some_residents_of_wales(made: Callable[..., SyntheticFile]) -> None:
    welsh, rows = one(
        "SELECT count(*) FILTER (RESLADST_ONS LIKE 'W06%'), count(*) FROM FILE", made(2019).path
    )
    assert 0.001 < welsh / rows < 0.02


# --- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dataset": "ecds"}, "No dataset 'ecds' can be invented. Known: hes_apc, pedw."),
        ({"year": 2005}, "The first year is 2009"),
        ({"month": 14}, "Extract 14 is not 1 (April)"),
        ({"background": 2.0}, "background is 2.0; give a share from 0 to 1."),
        ({"dirt": -0.1}, "dirt is -0.1; give a share from 0 to 1."),
        ({"format": "xlsx"}, "No format is called 'xlsx'. Known: parquet, csv."),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(tmp_path: Path, options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        synthesise_extract(tmp_path, **{"year": 2019, **options})
    assert list(tmp_path.iterdir()) == []


def test_a_last_day_before_the_first_year_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2018-12-31 is before the first year, 2019-20"):
        synthesise(tmp_path, first_year=2019, last=date(2018, 12, 31))
