"""What can be wrong with a row of HES APC or PEDW: the predicates, and the table of the rules."""

from __future__ import annotations

from collections.abc import Callable

from sharewell.catalogue.hes_apc import DIAGNOSES, EXTERNAL_CAUSE, ICD10
from sharewell.catalogue.rules import Extract, Predicate, Rule


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in dict.fromkeys(values))


def _codes(extract: Extract, name: str, year: int | None = None) -> str:
    field = extract.dataset.field(name)
    values = field.values(year)
    return ", ".join(values) if field.kind == "number" else _quoted(values)


def _not_a_code(name: str, or_null: bool = True) -> Callable[[Extract], str]:
    """Not one of the codes of any year; with ``or_null``, a missing value neither."""

    def sql(extract: Extract) -> str:
        null = f"{name} IS NULL OR " if or_null else ""
        return f"{null}{name} NOT IN ({_codes(extract, name)})"

    return sql


def _not_this_year(name: str) -> Callable[[Extract], str | None]:
    def sql(extract: Extract) -> str | None:
        if extract.year is None:
            return None
        return (
            f"{name} IN ({_codes(extract, name)}) "
            f"AND {name} NOT IN ({_codes(extract, name, extract.year)})"
        )

    return sql


def _matches(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, '{pattern}')"


def _wrong_length(extract: Extract) -> str | None:
    length = None if extract.year is None else extract.dataset.key_length(extract.year)
    return None if length is None else f"KEY IS NOT NULL AND strlen(EPIKEY) <> {length}"


def _outside_year(extract: Extract) -> str | None:
    if extract.year is None:
        return None
    return f"EPIEND NOT BETWEEN DATE '{extract.first_day}' AND DATE '{extract.last_day}'"


def _after_extract(extract: Extract) -> str | None:
    if extract.reaches is None or extract.last_day is None or extract.reaches >= extract.last_day:
        return None  # then the financial year says it
    return f"EPIEND > DATE '{extract.reaches}' AND EPIEND <= DATE '{extract.last_day}'"


def _years_differ(extract: Extract) -> str:
    """Sound, but of two years; the years of most rows are known to agree."""
    digits = f"substr(PARTYEAR, 1, 4) <> {_CENTURY} || substr(FYEAR, 1, 2)"
    return f"CASE WHEN {_usual(extract)} THEN false ELSE YEARS_SOUND AND {digits} END"


def _another_extract(extract: Extract) -> str | None:
    if extract.fyear is None:
        return None
    return f"NOT ({_usual(extract)}) AND YEARS_SOUND AND NOT ({_years_differ(extract)})"


def _usual(extract: Extract) -> str:
    if extract.fyear is None:
        return "false"
    return f"FYEAR = '{extract.fyear}' AND PARTYEAR = '{extract.partyear}'"


def _diagnoses_disagree(extract: Extract) -> str | None:
    if "DIAG_4_CONCAT" not in extract.columns:
        return None
    if DIAGNOSES[1] in extract.columns:
        return "coalesce(DIAG_4_CONCAT, '') <> coalesce(DIAGNOSES_JOINED, '')"
    return "NOT starts_with(coalesce(DIAG_4_CONCAT, '') || ',', DIAG_4_01 || ',')"


def _too_many_diagnoses(extract: Extract) -> str:
    year = extract.year
    most = 20 if year is None or year >= 2007 else 14 if year >= 2002 else 7
    return f"DIAG_4_CONCAT LIKE '{'%,' * most}%'"


def _residence_missing(name: str) -> Callable[[Extract], str | None]:
    def sql(extract: Extract) -> str | None:
        exists = extract.dataset.field(name).exists_in(extract.year)
        return f"{name} IS NULL" if exists else None

    return sql


def _discharged(extract: Extract) -> str:
    ways = "1, 2, 3, 4, 5, 6, 7" if (extract.year or 9999) >= 2022 else "1, 2, 3, 4, 5"
    return f"({_FCE}) AND DISMETH IN ({ways})"


def _flag(name: str, derived: Predicate) -> Callable[[Extract], str | None]:
    def sql(extract: Extract) -> str | None:
        if name not in extract.columns:
            return None
        rule = derived(extract) if callable(derived) else derived
        return f"{name} IS DISTINCT FROM CASE WHEN {rule} THEN '1' ELSE '0' END"

    return sql


_FCE = "EPISTAT = 3 AND CLASSPAT NOT IN (3, 4)"
_FAE = f"{_FCE} AND EPIORDER = 1"
# HES starts in 1989-90, so the two digits of a year tell its century.
_CENTURY = "CASE WHEN FYEAR >= '89' THEN '19' ELSE '20' END"

_SUPPLIER = "Ask the supplier to correct the row, or leave it out."
_AS_TEXT = "Have the column written as text and ask for the file again."
_ISO = "Dates are written YYYY-MM-DD. Have the column written so and ask for the file again."
_KEPT_NULL = "Nothing to do: the row is kept and the date becomes null."
_KEPT_UNKNOWN = "The row is kept and counts under 'not known' in this breakdown."
_LATER_CODE = "The row is kept. Check that the code list of the right year was applied."
_CHECK_DERIVATION = (
    "The row is kept and the flag is not used: measures are derived afresh. If many rows differ, "
    "ask the supplier how the flag was derived."
)

ROW_RULES: tuple[Rule, ...] = (
    Rule("HES014", "error", ("FYEAR", "PARTYEAR"), "the file holds more than one extract",
         "Give one file for each FYEAR and PARTYEAR. An extract supersedes the earlier one of its "
         "year, so two of them must not be mixed.", _another_extract),
    Rule("HES101", "error", ("EPIKEY",), "EPIKEY is missing", _SUPPLIER, "EPIKEY IS NULL"),
    Rule("HES102", "error", ("EPIKEY",), "EPIKEY is not a number of 1 to 19 digits",
         "A number such as 5.1E+11 has lost digits in a spreadsheet. " + _AS_TEXT,
         "EPIKEY IS NOT NULL AND KEY IS NULL"),
    Rule("HES103", "warning", ("EPIKEY",), "EPIKEY does not have the length of {year}",
         "12 digits to 2020-21, 19 from 2021-22. Leading zeros may have been lost by reading the "
         "key as a number; the row is kept as it is.", _wrong_length),
    Rule("HES104", "error", ("EPIKEY",), "EPIKEY repeats that of an earlier row",
         "The first of the rows is kept. Check that the file was not joined from several extracts "
         "of the same year.", lambda _: None),  # found after the scan, see validation
    Rule("HES105", "error", ("FYEAR",),
         "FYEAR is missing or not two consecutive years such as 1920",
         _AS_TEXT, "NOT coalesce(FYEAR_SOUND, false)"),
    Rule("HES106", "error", ("PARTYEAR",),
         "PARTYEAR is missing or not a year and an extract number such as 201913", _AS_TEXT,
         "NOT coalesce(PARTYEAR_SOUND, false)"),
    Rule("HES107", "error", ("FYEAR", "PARTYEAR"), "PARTYEAR is of another year than FYEAR",
         _SUPPLIER, _years_differ),
    Rule("HES108", "warning", ("TOKEN_PERSON_ID",), "the person's pseudonym is missing",
         "The row is kept; it is in no count of people.", "TOKEN_PERSON_ID IS NULL"),
    Rule("HES109", "warning", ("TOKEN_PERSON_ID",), "the person's pseudonym is not 32 characters",
         "The row is kept. A pseudonym cut short can join two people; ask the supplier.",
         "strlen(TOKEN_PERSON_ID) <> 32"),
    Rule("HES201", "warning", ("EPISTART",), "EPISTART is not a date", _ISO + " The row is kept.",
         "EPISTART_malformed"),
    Rule("HES202", "error", ("EPIEND",), "EPIEND is not a date, so its month cannot be known", _ISO,
         "EPIEND_malformed"),
    Rule("HES203", "warning", ("ADMIDATE",), "ADMIDATE is not a date", _ISO + " The row is kept.",
         "ADMIDATE_malformed"),
    Rule("HES204", "warning", ("EPISTART",), "EPISTART is 1800-01-01 or 1801-01-01, which mean "
         "null and invalid", _KEPT_NULL, "EPISTART_sentinel"),
    Rule("HES205", "warning", ("EPIEND",), "EPIEND is 1800-01-01 or 1801-01-01, which mean "
         "null and invalid", _KEPT_NULL + " No table of a period counts it.", "EPIEND_sentinel"),
    Rule("HES206", "warning", ("ADMIDATE",), "ADMIDATE is 1800-01-01 or 1801-01-01, which mean "
         "null and invalid", _KEPT_NULL, "ADMIDATE_sentinel"),
    Rule("HES207", "warning", ("EPIEND", "EPISTAT"), "EPIEND is missing in a finished episode",
         "The row is kept, but no table of a period counts it. Ask the supplier for the date.",
         "EPISTAT = 3 AND EPIEND IS NULL AND NOT EPIEND_malformed AND NOT EPIEND_sentinel"),
    Rule("HES208", "warning", ("EPISTART",), "EPISTART is missing", "The row is kept.",
         "EPISTART IS NULL AND NOT EPISTART_malformed AND NOT EPISTART_sentinel"),
    Rule("HES209", "warning", ("ADMIDATE",), "ADMIDATE is missing", "The row is kept.",
         "ADMIDATE IS NULL AND NOT ADMIDATE_malformed AND NOT ADMIDATE_sentinel"),
    Rule("HES210", "error", ("EPISTART", "EPIEND"),
         "EPIEND is before EPISTART, so its month may be wrong",
         _SUPPLIER, "EPIEND < EPISTART"),
    Rule("HES211", "warning", ("ADMIDATE", "EPISTART"), "EPISTART is before ADMIDATE",
         "The row is kept: it counts by EPIEND. Ask the supplier.", "EPISTART < ADMIDATE"),
    Rule("HES212", "error", ("EPIEND", "FYEAR"), "EPIEND is not in the financial year {year}",
         "The episode belongs in the file of another year. " + _SUPPLIER, _outside_year),
    Rule("HES213", "warning", ("EPIEND", "PARTYEAR"),
         "EPIEND is later than the extract reaches",
         "The row is kept. Check the date, and that PARTYEAR is that of this extract.",
         _after_extract),
    Rule("HES301", "error", ("EPISTAT",), "EPISTAT is missing or not 1, 3 or 9", _SUPPLIER,
         _not_a_code("EPISTAT")),
    Rule("HES302", "warning", ("EPISTAT",), "EPISTAT is 9, or 1 after 2016-17, which processed "
         "data do not hold", "The row is kept; it is in no count of finished episodes.",
         lambda e: "EPISTAT = 9" + (" OR EPISTAT = 1" if (e.year or 0) > 2016 else "")),
    Rule("HES303", "error", ("EPIORDER",), "EPIORDER is not 1 to 87, 98 or 99", _SUPPLIER,
         "EPIORDER_malformed OR NOT (EPIORDER BETWEEN 1 AND 87 OR EPIORDER IN (98, 99))"),
    Rule("HES304", "warning", ("EPIORDER",), "EPIORDER is missing or 99, not known, though the "
         "episode is no other maternity event",
         "The row is kept; it counts as an episode and not as an admission.",
         "(EPIORDER = 99 OR (EPIORDER IS NULL AND NOT EPIORDER_malformed)) "
         "AND coalesce(EPITYPE, 0) NOT IN (5, 6)"),
    Rule("HES305", "warning", ("EPITYPE",), "EPITYPE is missing or not 1 to 6",
         "The row is kept: no measure reads it.", _not_a_code("EPITYPE")),
    Rule("HES306", "warning", ("EPITYPE",), "EPITYPE is a code that {year} does not have",
         _LATER_CODE, _not_this_year("EPITYPE")),
    Rule("HES307", "error", ("CLASSPAT",), "CLASSPAT is missing or not 1 to 5, 8 or 9", _SUPPLIER,
         _not_a_code("CLASSPAT")),
    Rule("HES308", "error", ("ADMIMETH",), "ADMIMETH is not a method of admission of any year",
         _SUPPLIER, _not_a_code("ADMIMETH", or_null=False)),
    Rule("HES309", "warning", ("ADMIMETH",), "ADMIMETH is a code that {year} does not have",
         "28 was retired in 2022-23; 25 and 2A to 2D exist from 2013-14. " + _LATER_CODE,
         _not_this_year("ADMIMETH")),
    Rule("HES310", "warning", ("ADMIMETH",), "ADMIMETH is missing",
         "The row is kept; it does not count as an emergency.", "ADMIMETH IS NULL"),
    Rule("HES311", "warning", ("DISMETH",), "DISMETH is missing or not 1 to 9",
         "The row is kept: no measure reads it.", _not_a_code("DISMETH")),
    Rule("HES312", "warning", ("DISMETH",), "DISMETH is a code that {year} does not have",
         "6 and 7 exist from 2022-23, in place of 2. " + _LATER_CODE, _not_this_year("DISMETH")),
    Rule("HES313", "warning", ("SEX",), "SEX is missing or not a code of any year", _KEPT_UNKNOWN,
         _not_a_code("SEX")),
    Rule("HES314", "warning", ("SEX",), "SEX is a code that {year} does not have",
         "Not known is 0 to 2022-23 and X from then on. " + _LATER_CODE, _not_this_year("SEX")),
    Rule("HES315", "warning", ("STARTAGE",), "STARTAGE is not 1 to 120 or 7001 to 7007",
         _KEPT_UNKNOWN,
         "STARTAGE_malformed "
         "OR NOT (STARTAGE BETWEEN 1 AND 120 OR STARTAGE BETWEEN 7001 AND 7007)"),
    Rule("HES316", "warning", ("STARTAGE", "EPITYPE"), "STARTAGE is missing though the episode is "
         "no other maternity event", _KEPT_UNKNOWN,
         "STARTAGE IS NULL AND NOT STARTAGE_malformed AND coalesce(EPITYPE, 0) NOT IN (5, 6)"),
    Rule("HES317", "warning", ("ETHNOS",), "ETHNOS is missing or not a code of any year",
         _KEPT_UNKNOWN, _not_a_code("ETHNOS")),
    Rule("HES318", "warning", ("ETHNOS",), "ETHNOS is a code that {year} does not have",
         "Digits to 2000-01, letters since; not known is X until 2013 and 99 from then on. "
         + _LATER_CODE, _not_this_year("ETHNOS")),
    Rule("HES401", "warning", ("DIAG_4_01",), "DIAG_4_01 is missing in a finished episode",
         "The row is kept and is in no count by primary diagnosis. Recent months are coded last: "
         "a later extract may have it.",
         "DIAG_4_01 IS NULL AND EPISTAT = 3 AND coalesce(EPITYPE, 0) NOT IN (5, 6)"),
    Rule("HES402", "warning", ("DIAG_4_01",), "DIAG_4_01 is not an ICD-10 code",
         "The row is kept and matches no code list. A letter and two or three digits, no dot.",
         f"NOT {_matches('DIAG_4_01', ICD10)}"),
    Rule("HES403", "warning", (*DIAGNOSES[1:], "DIAG_4_CONCAT"),
         "a diagnosis after the first is not an ICD-10 code",
         "The row is kept. A letter and two or three digits, no dot, joined with commas.",
         f"NOT {_matches('DIAG_4_CONCAT', f'[^,]*(?:,{ICD10})*')}"),
    Rule("HES404", "warning", ("DIAG_4_CONCAT", *DIAGNOSES),
         "DIAG_4_CONCAT is not DIAG_4_01 to DIAG_4_20 joined with commas",
         "The row is kept, and counts of any position use DIAG_4_CONCAT. Ask the supplier.",
         _diagnoses_disagree),
    Rule("HES405", "warning", ("DIAG_4_CONCAT",), "more diagnoses than {year} has columns for",
         "7 to 2001-02, 14 to 2006-07, 20 since. The row is kept; counts of any position are not "
         "comparable with those of other files of that year.", _too_many_diagnoses),
    Rule("HES406", "warning", ("CAUSE_4",), "CAUSE_4 is not an external cause, V01 to Y98",
         "The row is kept and is in no cohort by cause.",
         f"NOT {_matches('CAUSE_4', EXTERNAL_CAUSE)}"),
    Rule("HES407", "warning", ("CAUSE_4", "DIAG_4_CONCAT"),
         "CAUSE_4 is not the first external cause among the diagnoses",
         "The row is kept and counts by CAUSE_4. Ask the supplier which of the two is right.",
         "EPISTAT = 3 AND coalesce(EPITYPE, 0) NOT IN (5, 6) AND coalesce(CAUSE_4, '') <> "
         f"coalesce(regexp_extract(DIAG_4_CONCAT, '(?:^|,)({EXTERNAL_CAUSE})(?:,|$)', 1), '')"),
    Rule("HES501", "warning", ("RESLADST_ONS",), "RESLADST_ONS is missing", _KEPT_UNKNOWN,
         _residence_missing("RESLADST_ONS")),
    Rule("HES502", "warning", ("RESLADST_ONS",),
         "RESLADST_ONS is no district of England or Wales since 2011 and no pseudo code",
         _KEPT_UNKNOWN, "RESLADST_ONS IS NOT NULL AND RESIDENCE_REGION IS NULL"),
    Rule("HES503", "warning", ("RESGOR_ONS",), "RESGOR_ONS is missing", "The row is kept: regions "
         "derive from the district.", _residence_missing("RESGOR_ONS")),
    Rule("HES504", "warning", ("RESGOR_ONS",), "RESGOR_ONS is not a code of a region",
         "The row is kept: regions derive from the district.",
         _not_a_code("RESGOR_ONS", or_null=False)),
    Rule("HES505", "warning", ("RESGOR_ONS", "RESLADST_ONS"),
         "RESGOR_ONS is not the region of RESLADST_ONS",
         "The row is kept and counts in the region of its district. Ask the supplier.",
         "RESGOR_ONS <> RESIDENCE_REGION"),
    Rule("HES601", "warning", ("FCE",), "FCE is not what EPISTAT and CLASSPAT give",
         _CHECK_DERIVATION, _flag("FCE", _FCE)),
    Rule("HES602", "warning", ("FAE",), "FAE is not what EPISTAT, CLASSPAT and EPIORDER give",
         _CHECK_DERIVATION, _flag("FAE", _FAE)),
    Rule("HES603", "warning", ("FAE_EMERGENCY",),
         "FAE_EMERGENCY is not what EPISTAT, CLASSPAT, EPIORDER and ADMIMETH give",
         _CHECK_DERIVATION, _flag("FAE_EMERGENCY", f"{_FAE} AND starts_with(ADMIMETH, '2')")),
    Rule("HES604", "warning", ("FDE",), "FDE is not what EPISTAT, CLASSPAT and DISMETH give",
         _CHECK_DERIVATION, _flag("FDE", _discharged)),
)  # fmt: skip
"""Every row rule, in the order of its code. An error drops the row on import, except HES014, by
which import refuses the file."""
