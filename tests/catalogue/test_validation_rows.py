"""Row rules: every single defect gives its findings and no other, in any place of any file."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from episode_rows import CLEAN, COLUMNS, DEFECTS, DROPPING, SOUND, clean_rows, numbered, write_csv
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sharewell.catalogue.report import Report
from sharewell.catalogue.row_rules import ROW_RULES
from sharewell.catalogue.validation import validate

# Each example scans a file, so a failing one is shown as found instead of being shrunk for minutes.
SCANS = settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
BETWEEN = 3  # clean rows before each defect


def spaced(rows) -> list[dict[str, str]]:
    """Each row after some clean ones."""
    return [row for special in rows for row in (*[CLEAN] * BETWEEN, special)]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Report:
    rows = spaced({**CLEAN, **values} for values, _ in DEFECTS.values())
    return validate(write_csv(tmp_path_factory.mktemp("rows") / "defects.csv", numbered(rows)))


def test_defects_in_one_file_are_counted_with_their_first_five_rows(report: Report) -> None:
    expected: dict[str, list[int]] = {}
    for place, (_, codes) in enumerate(DEFECTS.values(), start=1):
        for code in codes:
            expected.setdefault(code, []).append(place * (BETWEEN + 1))
    found = {finding.code: (finding.count, finding.first_rows) for finding in report.findings}
    assert found == {code: (len(at), tuple(at[:5])) for code, at in expected.items()}
    assert report.rows == len(DEFECTS) * (BETWEEN + 1)


def test_the_defects_here_reach_every_row_rule_but_those_tested_apart(report: Report) -> None:
    apart = {"HES014", "HES104", "HES213", "HES309"}
    found = {finding.code for finding in report.findings}
    assert found == {rule.code for rule in ROW_RULES} - apart


def test_unusual_but_sound_rows_give_nothing(tmp_path) -> None:
    rows = numbered({**CLEAN, **values} for values in SOUND.values())
    assert validate(write_csv(tmp_path / "sound.csv", rows)).findings == ()


def test_errors_are_the_rules_that_drop_rows() -> None:
    errors = {rule.code for rule in ROW_RULES if rule.severity == "error"}
    assert errors == DROPPING | {"HES014"}


def test_a_repeated_key_is_found_whatever_its_zeros_and_the_first_row_is_free(tmp_path) -> None:
    keys = ["500000000007", "500000000008", "500000000007", "000000000009", "9", "500000000007"]
    rows = [{**CLEAN, "EPIKEY": key} for key in keys]
    finding = validate(write_csv(tmp_path / "keys.csv", rows)).finding("HES104")
    assert finding is not None
    assert (finding.count, finding.first_rows) == (3, (3, 5, 6))


def test_missing_keys_do_not_repeat_each_other(tmp_path) -> None:
    rows = [{**CLEAN, "EPIKEY": ""}] * 3
    assert [f.code for f in validate(write_csv(tmp_path / "keys.csv", rows)).findings] == ["HES101"]


def test_an_end_after_the_extract_is_a_warning(tmp_path) -> None:
    april = {"PARTYEAR": "201901", "EPISTART": "2019-04-01", "ADMIDATE": "2019-04-01"}
    ends = ("2019-04-30", "2019-05-01", "2019-04-02", "2020-03-31")
    rows = numbered({**CLEAN, **april, "EPIEND": end} for end in ends)
    found = validate(write_csv(tmp_path / "early.csv", rows))
    assert [(f.code, f.first_rows) for f in found.findings] == [("HES213", (2, 4))]


YEARS = {
    # FYEAR, PARTYEAR, key, month of the episode, values, codes
    "2A before 2013-14": ("1213", "201213", "2012-05", {"ADMIMETH": "2A"}, {"HES309"}),
    "28 in 2022-23": ("2223", "202213", "2022-05", {"ADMIMETH": "28"}, set()),
    "28 after 2022-23": ("2324", "202313", "2023-05", {"ADMIMETH": "28"}, {"HES309"}),
    "X in SEX in 2022-23": ("2223", "202213", "2022-05", {"SEX": "X"}, set()),
    "0 in SEX in 2022-23": ("2223", "202213", "2022-05", {"SEX": "0"}, set()),
    "0 in SEX after it": ("2324", "202313", "2023-05", {"SEX": "0"}, {"HES314"}),
    "discharge 6 counts in 2022-23": ("2223", "202213", "2022-05", {"DISMETH": "6"}, set()),
    "discharge 2 after it": ("2324", "202313", "2023-05", {"DISMETH": "2"}, {"HES312"}),
    "a short key in 2021-22": ("2122", "202113", "2021-05", {"EPIKEY": "5" * 12}, {"HES103"}),
    "unfinished in 2016-17": (
        "1617", "201613", "2016-05",
        {"EPISTAT": "1", "EPIEND": "", "FCE": "0", "FAE": "0", "FAE_EMERGENCY": "0", "FDE": "0",
         "CAUSE_4": ""}, set()),
    "eight diagnoses in 2001-02": (
        "0102", "200199", "2001-05",
        {"DIAG_4_CONCAT": "S270,X990" + ",I10X" * 6}, {"HES405"}),
    "fifteen diagnoses in 2006-07": (
        "0607", "200613", "2006-05",
        {"DIAG_4_CONCAT": "S270,X990" + ",I10X" * 13}, {"HES405"}),
    "no residence in 2010-11": (
        "1011", "201013", "2010-05", {"RESLADST_ONS": "", "RESGOR_ONS": ""}, set()),
    "sex 3 in 1995-96": ("9596", "199513", "1995-05", {"SEX": "3", "ETHNOS": "0"}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", YEARS)
def test_rules_follow_the_year_of_the_file(tmp_path, name: str) -> None:
    fyear, partyear, month, values, codes = YEARS[name]
    key = "5" * (19 if fyear in ("2122", "2223", "2324") else 12)
    days = {"EPISTART": f"{month}-02", "EPIEND": f"{month}-04", "ADMIDATE": f"{month}-01"}
    row = {**CLEAN, "FYEAR": fyear, "PARTYEAR": partyear, "EPIKEY": key, **days, **values}
    found = validate(write_csv(tmp_path / "year.csv", [row]))
    assert {finding.code for finding in found.findings} == codes


def test_the_columns_of_single_diagnoses_are_compared_with_the_joined_one(tmp_path) -> None:
    singles = [f"DIAG_4_{n:02d}" for n in range(1, 21)]
    empty = dict.fromkeys(singles, "")
    same = {**CLEAN, **empty, "DIAG_4_01": "S270", "DIAG_4_02": "X990", "DIAG_4_03": "Z92-"}
    rows = numbered(
        [
            {**same, "DIAG_4_CONCAT": "S270,X990,Z92"},
            {**same, "DIAG_4_CONCAT": "S270,X990,Z92-,-"},
            {**same, "DIAG_4_CONCAT": "S270,X990"},
            {**same, "DIAG_4_CONCAT": "S270,X990,Z921"},
        ]
    )
    columns = [*COLUMNS, *(name for name in singles if name not in COLUMNS)]
    found = validate(write_csv(tmp_path / "singles.csv", rows, columns))
    assert [(f.code, f.first_rows) for f in found.findings] == [("HES404", (3, 4))]


def test_pedw_reads_the_same_columns_and_any_length_of_key(tmp_path) -> None:
    place = {"RESLADST_ONS": "W06000015", "RESGOR_ONS": "W99999999"}
    path = write_csv(tmp_path / "pedw.csv", [{**CLEAN, **place, "EPIKEY": "12345"}])
    assert validate(path, "pedw").findings == ()
    assert [f.code for f in validate(path, "hes_apc").findings] == ["HES103"]


def test_typed_columns_are_read_without_text(tmp_path) -> None:
    typed = {
        **{name: [value, None] for name, value in CLEAN.items()},
        "EPIKEY": ["500000000001", "500000000002"],
        "FYEAR": ["1920", "1920"],
        "PARTYEAR": [201913, 201913],
        "EPISTART": [date(2019, 5, 2), date(1800, 1, 1)],
        "EPIEND": [date(2019, 5, 4), date(2019, 5, 4)],
        "ADMIDATE": [date(2019, 5, 1), None],
        **{name: [int(CLEAN[name])] * 2 for name in ("EPISTAT", "EPITYPE", "CLASSPAT", "DISMETH")},
        "EPIORDER": [1.0, None],  # a float, as a program that has no null integers leaves it
        "SEX": [1, 7],
        "STARTAGE": [23, 70_000],
        **{name: [1, 0] for name in ("FCE", "FAE", "FAE_EMERGENCY", "FDE")},
    }
    path = tmp_path / "typed.parquet"
    pq.write_table(pa.table(typed), path)
    found = {f.code: f.first_rows for f in validate(path).findings}
    expected = {"HES108", "HES204", "HES209", "HES304", "HES310", "HES313", "HES315", "HES317"}
    assert set(found) == expected | {"HES401", "HES501", "HES503", "HES601", "HES604"}
    assert set(found.values()) == {(2,)}


@SCANS
@given(data=st.data(), year=st.integers(2013, 2020))
def test_clean_rows_give_no_finding(data, year: int) -> None:
    rows = data.draw(st.lists(clean_rows(year), min_size=1, max_size=25))
    with tempfile.TemporaryDirectory() as folder:
        found = validate(write_csv(Path(folder) / "clean.csv", numbered(rows)))
    assert found.findings == ()
    assert found.rows == len(rows)


# Defects of one field that give one finding whatever the other fields hold.
INDEPENDENT = [
    name
    for name, (values, codes) in DEFECTS.items()
    if len(values) == len(codes) == 1
    and not codes & {"HES403", "HES404", "HES405", "HES407", "HES604"}
    and name not in ("region of another district", "start before admission", "key of eleven digits")
]


@SCANS
@given(data=st.data())
def test_a_defect_is_found_in_whichever_row_it_is(data) -> None:
    assert len(INDEPENDENT) > 45
    drawn = data.draw(st.lists(clean_rows(2019), min_size=1, max_size=20))
    # Most rows stay clean: what is odd about a file is judged by most of its rows.
    rows = [*drawn, *[CLEAN] * (len(drawn) + 1)]
    names = data.draw(st.permutations(INDEPENDENT))[: len(drawn)]
    places = data.draw(st.permutations(range(len(drawn))))[: len(names)]
    expected: dict[str, list[int]] = {}
    for place, name in zip(places, names, strict=True):
        values, codes = DEFECTS[name]
        rows[place] = {**rows[place], **values}
        expected.setdefault(min(codes), []).append(place + 1)
    with tempfile.TemporaryDirectory() as folder:
        found = validate(write_csv(Path(folder) / "spoilt.csv", numbered(rows)))
    assert {finding.code: finding.first_rows for finding in found.findings} == {
        code: tuple(sorted(at)[:5]) for code, at in expected.items()
    }
