"""Clean rows of HES APC for tests, single defects with the findings they must give, and files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st

from sharewell.catalogue import areas
from sharewell.catalogue.episodes import EPISODE_COLUMNS

Row = dict[str, str]

FLAGS = ("FCE", "FAE", "FAE_EMERGENCY", "FDE")
COLUMNS = (*EPISODE_COLUMNS, *FLAGS)

CLEAN: Row = {
    "EPIKEY": "500000000001",
    "FYEAR": "1920",
    "PARTYEAR": "201913",
    "EPISTART": "2019-05-02",
    "EPIEND": "2019-05-04",
    "ADMIDATE": "2019-05-01",
    "EPISTAT": "3",
    "EPIORDER": "1",
    "EPITYPE": "1",
    "CLASSPAT": "1",
    "ADMIMETH": "21",
    "DISMETH": "1",
    "CAUSE_4": "X990",
    "DIAG_4_01": "S270",
    "DIAG_4_CONCAT": "S270,X990,Z921",
    "SEX": "1",
    "STARTAGE": "23",
    "ETHNOS": "A",
    "RESLADST_ONS": "E08000025",
    "RESGOR_ONS": "E12000005",
    "TOKEN_PERSON_ID": "a1B2" * 8,
    "FCE": "1",
    "FAE": "1",
    "FAE_EMERGENCY": "1",
    "FDE": "1",
}

# Each defect: the values it puts into the clean row above, and every code that it must give.
DEFECTS: dict[str, tuple[Row, set[str]]] = {
    "key missing": ({"EPIKEY": ""}, {"HES101"}),
    "key blank": ({"EPIKEY": "   "}, {"HES101"}),
    "key in scientific notation": ({"EPIKEY": "5.1E+11"}, {"HES102"}),
    "key of twenty digits": ({"EPIKEY": "1" * 20}, {"HES102"}),
    "key of eleven digits": ({"EPIKEY": "50000000001"}, {"HES103"}),
    "key of a later year": ({"EPIKEY": "5000000000000000001"}, {"HES103"}),
    "year missing": ({"FYEAR": ""}, {"HES105"}),
    "year of four digits": ({"FYEAR": "2019"}, {"HES105"}),
    "years not consecutive": ({"FYEAR": "1921"}, {"HES105"}),
    "extract missing": ({"PARTYEAR": ""}, {"HES106"}),
    "extract 14": ({"PARTYEAR": "201914"}, {"HES106"}),
    "extract of another year": ({"PARTYEAR": "201813"}, {"HES107"}),
    "another year": ({"FYEAR": "1819"}, {"HES107"}),
    "person missing": ({"TOKEN_PERSON_ID": ""}, {"HES108"}),
    "person cut short": ({"TOKEN_PERSON_ID": "a1B2"}, {"HES109"}),
    "start not ISO": ({"EPISTART": "02/05/2019"}, {"HES201"}),
    "end not ISO": ({"EPIEND": "04/05/2019"}, {"HES202"}),
    "end no day": ({"EPIEND": "2019-02-30"}, {"HES202"}),
    "end short": ({"EPIEND": "2019-5-4"}, {"HES202"}),
    "admission not ISO": ({"ADMIDATE": "20190501"}, {"HES203"}),
    "start null": ({"EPISTART": "1800-01-01"}, {"HES204"}),
    "end invalid": ({"EPIEND": "1801-01-01"}, {"HES205"}),
    "admission null": ({"ADMIDATE": "1800-01-01"}, {"HES206"}),
    "end missing": ({"EPIEND": ""}, {"HES207"}),
    "start missing": ({"EPISTART": ""}, {"HES208"}),
    "admission missing": ({"ADMIDATE": ""}, {"HES209"}),
    "end before start": ({"EPIEND": "2019-05-01", "ADMIDATE": "2019-04-30"}, {"HES210"}),
    "start before admission": ({"ADMIDATE": "2019-05-03"}, {"HES211"}),
    "end in the year before": (
        {"EPIEND": "2019-03-31", "EPISTART": "2019-03-30", "ADMIDATE": "2019-03-30"},
        {"HES212"},
    ),
    "end in the next year": ({"EPIEND": "2020-04-01"}, {"HES212"}),
    "status missing": ({"EPISTAT": "", "FCE": "0", "FAE": "0", "FAE_EMERGENCY": "0", "FDE": "0"},
                       {"HES301"}),
    "status 2": ({"EPISTAT": "2", "FCE": "0", "FAE": "0", "FAE_EMERGENCY": "0", "FDE": "0"},
                 {"HES301"}),
    "status 1 in 2019": (
        {"EPISTAT": "1", "FCE": "0", "FAE": "0", "FAE_EMERGENCY": "0", "FDE": "0"}, {"HES302"}),
    "order a word": ({"EPIORDER": "first", "FAE": "0", "FAE_EMERGENCY": "0"}, {"HES303"}),
    "order 88": ({"EPIORDER": "88", "FAE": "0", "FAE_EMERGENCY": "0"}, {"HES303"}),
    "order a decimal": ({"EPIORDER": "1.5", "FAE": "0", "FAE_EMERGENCY": "0"}, {"HES303"}),
    "order 99": ({"EPIORDER": "99", "FAE": "0", "FAE_EMERGENCY": "0"}, {"HES304"}),
    "order missing": ({"EPIORDER": "", "FAE": "0", "FAE_EMERGENCY": "0"}, {"HES304"}),
    "type 7": ({"EPITYPE": "7"}, {"HES305"}),
    "type missing": ({"EPITYPE": ""}, {"HES305"}),
    "type 4 in 2019": ({"EPITYPE": "4"}, {"HES306"}),
    "class 6": ({"CLASSPAT": "6"}, {"HES307"}),
    "class missing": (
        {"CLASSPAT": "", "FCE": "0", "FAE": "0", "FAE_EMERGENCY": "0", "FDE": "0"}, {"HES307"}),
    "method ZZ": ({"ADMIMETH": "ZZ", "FAE_EMERGENCY": "0"}, {"HES308"}),
    "method missing": ({"ADMIMETH": "", "FAE_EMERGENCY": "0"}, {"HES310"}),
    "discharge X": ({"DISMETH": "X", "FDE": "0"}, {"HES311"}),
    "discharge 6 in 2019": ({"DISMETH": "6", "FDE": "0"}, {"HES312"}),
    "sex M": ({"SEX": "M"}, {"HES313"}),
    "sex missing": ({"SEX": ""}, {"HES313"}),
    "sex X in 2019": ({"SEX": "X"}, {"HES314"}),
    "age 121": ({"STARTAGE": "121"}, {"HES315"}),
    "age 0": ({"STARTAGE": "0"}, {"HES315"}),
    "age negative": ({"STARTAGE": "-3"}, {"HES315"}),
    "age 7008": ({"STARTAGE": "7008"}, {"HES315"}),
    "age of five digits": ({"STARTAGE": "70011"}, {"HES315"}),
    "age missing": ({"STARTAGE": ""}, {"HES316"}),
    "ethnicity Q": ({"ETHNOS": "Q"}, {"HES317"}),
    "ethnicity missing": ({"ETHNOS": ""}, {"HES317"}),
    "ethnicity 0 in 2019": ({"ETHNOS": "0"}, {"HES318"}),
    "ethnicity X in 2019": ({"ETHNOS": "X"}, {"HES318"}),
    "diagnosis missing": (
        {"DIAG_4_01": "", "DIAG_4_CONCAT": "", "CAUSE_4": ""}, {"HES401"}),
    "diagnosis with a dot": (
        {"DIAG_4_01": "S27.0", "DIAG_4_CONCAT": "S27.0,X990"}, {"HES402"}),
    "diagnosis in small letters": (
        {"DIAG_4_01": "s270", "DIAG_4_CONCAT": "s270,X990"}, {"HES402"}),
    "second diagnosis malformed": ({"DIAG_4_CONCAT": "S270,X990,I1O"}, {"HES403"}),
    "second diagnosis empty": ({"DIAG_4_CONCAT": "S270,,X990"}, {"HES403"}),
    "primary not first": ({"DIAG_4_CONCAT": "T401,S270,X990"}, {"HES404"}),
    "twenty-one diagnoses": (
        {"DIAG_4_CONCAT": ",".join(["S270", "X990", *["I10X"] * 19])}, {"HES405"}),
    "cause no external cause": ({"CAUSE_4": "S270"}, {"HES406", "HES407"}),
    "cause Y99": ({"CAUSE_4": "Y990"}, {"HES406", "HES407"}),
    "cause not the first": (
        {"CAUSE_4": "X990", "DIAG_4_CONCAT": "S270,W010,X990"}, {"HES407"}),
    "cause missing": ({"CAUSE_4": ""}, {"HES407"}),
    "cause without diagnosis": ({"DIAG_4_CONCAT": "S270"}, {"HES407"}),
    "district missing": ({"RESLADST_ONS": ""}, {"HES501"}),
    "district of the old kind": ({"RESLADST_ONS": "00CN"}, {"HES502"}),
    "region missing": ({"RESGOR_ONS": ""}, {"HES503"}),
    "region of the old kind": ({"RESGOR_ONS": "F"}, {"HES504", "HES505"}),
    "region of another district": ({"RESGOR_ONS": "E12000007"}, {"HES505"}),
    "FCE wrong": ({"FCE": "0"}, {"HES601"}),
    "FAE missing": ({"FAE": ""}, {"HES602"}),
    "FAE_EMERGENCY a word": ({"FAE_EMERGENCY": "yes"}, {"HES603"}),
    "FDE wrong": ({"FDE": "0"}, {"HES604"}),
}  # fmt: skip

DROPPING = {
    *("HES101", "HES102", "HES104", "HES105", "HES106", "HES107", "HES202", "HES210", "HES212"),
    *("HES301", "HES303", "HES307", "HES308"),
}
"""The codes of rows that cannot be counted, written out here apart from the rules."""

# Sound values that look unusual: none of them may give any finding.
SOUND: dict[str, Row] = {
    "newborn": {"STARTAGE": "7001"},
    "oldest": {"STARTAGE": "120"},
    "other maternity event": {
        "EPITYPE": "5", "EPIORDER": "", "STARTAGE": "", "DIAG_4_01": "", "DIAG_4_CONCAT": "",
        "CAUSE_4": "", "FAE": "0", "FAE_EMERGENCY": "0",
    },
    "Welsh resident": {"RESLADST_ONS": "W06000015", "RESGOR_ONS": "W99999999"},
    "Scotland": {"RESLADST_ONS": "S99999999", "RESGOR_ONS": "S99999999"},
    "no fixed abode": {"RESLADST_ONS": "U", "RESGOR_ONS": "U"},
    "former district": {"RESLADST_ONS": "E07000189", "RESGOR_ONS": "E12000009"},
    "no cause": {"CAUSE_4": "", "DIAG_4_CONCAT": "S270,Z921"},
    "padded with X": {"DIAG_4_01": "I10X", "DIAG_4_CONCAT": "I10X,X99X", "CAUSE_4": "X99X"},
    "padded with -": {"DIAG_4_01": "I10-", "DIAG_4_CONCAT": "I10-,X99-,-", "CAUSE_4": "X99-"},
    "padded in one place": {"DIAG_4_01": "I10", "DIAG_4_CONCAT": "I10-,X99", "CAUSE_4": "X99-"},
    "blanks": {"SEX": " 1", "ETHNOS": "A ", "EPISTAT": " 3 ", "EPIEND": "2019-05-04 "},
    "regular attender": {
        "CLASSPAT": "3", "FCE": "0", "FAE": "0", "FAE_EMERGENCY": "0", "FDE": "0"},
    "method 2A": {"ADMIMETH": "2A"},
    "elective": {"ADMIMETH": "11", "FAE_EMERGENCY": "0"},
    "stay goes on": {"DISMETH": "8", "FDE": "0"},
    "second episode": {"EPIORDER": "2", "FAE": "0", "FAE_EMERGENCY": "0"},
    "last day": {"EPIEND": "2020-03-31"},
    "first day": {"EPIEND": "2019-04-01", "EPISTART": "2018-12-30", "ADMIDATE": "2015-01-01"},
}  # fmt: skip


def numbered(rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """The rows with an EPIKEY each, except where a row's own is part of its defect."""
    return [
        {**row, "EPIKEY": str(500_000_000_000 + n)} if row["EPIKEY"] == CLEAN["EPIKEY"] else {**row}
        for n, row in enumerate(rows, start=1)
    ]


def write_csv(
    path: Path, rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS, mark: str = ","
) -> Path:
    """The rows as CSV with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, list(columns), delimiter=mark, extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)
    return path


_REGIONS = {
    row["code"]: "W99999999" if row["region"] == areas.WALES else row["region"]
    for row in areas.lookup_table().to_pylist()
    if row["code"] != areas.UNKNOWN
}
_NOT_CAUSES = ("S270", "T401", "F112", "I10X", "Z921", "K359", "C509", "R69X")
_CAUSES = ("X990", "X93X", "Y04X", "W010", "V031", "Y981", "X85", "Y09X")
_EMERGENCIES = ("21", "22", "2A", "2D")


@st.composite
def clean_rows(draw: Callable[..., object], year: int) -> Row:
    """A row of a final extract of ``year`` (2013 to 2021) in which nothing is wrong."""
    end = date(year, 4, 1) + timedelta(days=draw(st.integers(0, 364)))  # type: ignore[operator]
    start = end - timedelta(days=draw(st.integers(0, 60)))  # type: ignore[arg-type]
    admission = start - timedelta(days=draw(st.integers(0, 900)))  # type: ignore[arg-type]
    codes: list[str] = draw(  # type: ignore[assignment]
        st.lists(st.sampled_from((*_NOT_CAUSES, *_CAUSES)), max_size=19)
    )
    codes = [draw(st.sampled_from(_NOT_CAUSES)), *codes]  # type: ignore[list-item]
    method = str(draw(st.sampled_from((*_EMERGENCIES, "11", "12", "13", "31", "82", "99"))))
    kind = str(draw(st.sampled_from("12589")))
    order = str(draw(st.sampled_from(("1", "1", "1", "2", "87", "98"))))
    discharge = str(draw(st.sampled_from("134589")))
    district = str(draw(st.sampled_from(sorted(_REGIONS))))
    first = order == "1"
    age = draw(st.one_of(st.integers(1, 120), st.integers(7001, 7007)))
    return {
        "EPIKEY": CLEAN["EPIKEY"],
        "FYEAR": f"{year % 100:02d}{(year + 1) % 100:02d}",
        "PARTYEAR": f"{year}13",
        "EPISTART": str(start),
        "EPIEND": str(end),
        "ADMIDATE": str(admission),
        "EPISTAT": "3",
        "EPIORDER": order,
        "EPITYPE": str(draw(st.sampled_from("123"))),
        "CLASSPAT": kind,
        "ADMIMETH": method,
        "DISMETH": discharge,
        "CAUSE_4": next((code for code in codes if code in _CAUSES), ""),
        "DIAG_4_01": codes[0],
        "DIAG_4_CONCAT": ",".join(codes),
        "SEX": str(draw(st.sampled_from("1290"))),
        "STARTAGE": str(age),
        "ETHNOS": str(draw(st.sampled_from((*"ABCDEFGHJKLMNPRSZ", "99")))),
        "RESLADST_ONS": district,
        "RESGOR_ONS": _REGIONS[district],
        "TOKEN_PERSON_ID": str(draw(st.text("0123456789abcdefXYZ", min_size=32, max_size=32))),
        "FCE": "1",
        "FAE": str(int(first)),
        "FAE_EMERGENCY": str(int(first and method in _EMERGENCIES)),
        "FDE": str(int(discharge in "1345")),
    }
