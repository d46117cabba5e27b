"""Hospital Episode Statistics, Admitted Patient Care (England): its fields and their traps.

Source: NHS England (formerly NHS Digital), HES technical output specification and HES data
dictionary, Admitted Patient Care. Facts that the specification leaves open are said in
``assumptions``.
"""

from __future__ import annotations

from sharewell.catalogue.fields import Code, Dataset, Field

NULL_DATE, INVALID_DATE = "1800-01-01", "1801-01-01"
SENTINEL_DATES = (
    (NULL_DATE, "no date was submitted"),
    (INVALID_DATE, "the date submitted was invalid"),
)

DIAGNOSES = tuple(f"DIAG_4_{position:02d}" for position in range(1, 21))
"""The columns of the twenty diagnoses, the primary one first."""

ICD10 = r"[A-Z][0-9]{2}[0-9X-]?"
"""An ICD-10 code as HES writes it: no dot, and X or - where there is no fourth character."""

EXTERNAL_CAUSE = r"(?:V0[1-9]|V[1-9][0-9]|[WX][0-9]{2}|Y[0-8][0-9]|Y9[0-8])[0-9X-]?"
"""An external cause, V01 to Y98, as HES writes it."""


def _codes(*pairs: tuple[str, str] | tuple[str, str, int | None, int | None]) -> tuple[Code, ...]:
    return tuple(Code(*pair) for pair in pairs)


_ETHNIC_2001 = (
    ("A", "British (White)"),
    ("B", "Irish (White)"),
    ("C", "Any other White background"),
    ("D", "White and Black Caribbean (Mixed)"),
    ("E", "White and Black African (Mixed)"),
    ("F", "White and Asian (Mixed)"),
    ("G", "Any other Mixed background"),
    ("H", "Indian (Asian or Asian British)"),
    ("J", "Pakistani (Asian or Asian British)"),
    ("K", "Bangladeshi (Asian or Asian British)"),
    ("L", "Any other Asian background"),
    ("M", "Caribbean (Black or Black British)"),
    ("N", "African (Black or Black British)"),
    ("P", "Any other Black background"),
    ("R", "Chinese"),
    ("S", "Any other ethnic group"),
    ("Z", "Not stated"),
)
_ETHNIC_1995 = (
    ("0", "White"),
    ("1", "Black - Caribbean"),
    ("2", "Black - African"),
    ("3", "Black - other"),
    ("4", "Indian"),
    ("5", "Pakistani"),
    ("6", "Bangladeshi"),
    ("7", "Chinese"),
    ("8", "Any other ethnic group"),
    ("9", "Not given"),
)

EPISODE_FIELDS: tuple[Field, ...] = (
    Field(
        "EPIKEY",
        "Record identifier",
        "text",
        pattern="[0-9]{1,19}",
        required=True,
        traps=(
            "Text, never a number: 12 digits to 2020-21, 19 digits from 2021-22. A spreadsheet "
            "rounds 19 digits, and any program that reads a number drops leading zeros.",
        ),
    ),
    Field(
        "FYEAR",
        "Financial year",
        "text",
        pattern="[0-9]{4}",
        required=True,
        traps=("'1920' is 2019-20. As a number, '0102' would lose its zero.",),
    ),
    Field(
        "PARTYEAR",
        "Year and number of the extract",
        "text",
        pattern="[0-9]{4}(?:0[1-9]|1[0-3]|99)",
        required=True,
        traps=(
            "YYYYnn: the year in which the financial year starts, and the month up to which the "
            "extract reaches (01 is April, 12 is March); 13 is the annual refresh. Old files "
            "have 99.",
            "Each monthly extract supersedes the earlier ones of its year, so two extracts of a "
            "year never stand beside each other.",
        ),
    ),
    Field(
        "EPISTART",
        "Episode start date",
        "date",
        sentinels=SENTINEL_DATES,
        traps=("The sentinel dates are not dates: they become null.",),
    ),
    Field(
        "EPIEND",
        "Episode end date",
        "date",
        sentinels=SENTINEL_DATES,
        required=True,
        traps=(
            "Every measure is dated by the day the episode ends, so an episode without an end "
            "date is in no month and no year.",
        ),
    ),
    Field(
        "ADMIDATE",
        "Admission date",
        "date",
        sentinels=SENTINEL_DATES,
        traps=("The admission of the whole stay: it may lie years before the episode.",),
    ),
    Field(
        "EPISTAT",
        "Episode status",
        "number",
        codes=_codes(
            ("1", "Unfinished", None, 2016),
            ("3", "Finished"),
            ("9", "Derived unfinished: not on processed data of any year"),
        ),
        required=True,
        traps=("Only 3 counts. From 2017-18 the file holds no unfinished episodes.",),
    ),
    Field(
        "EPIORDER",
        "Order of the episode in its stay",
        "number",
        codes=(
            *_codes(*((str(n), f"Episode {n} of the stay") for n in range(1, 88))),
            *_codes(("98", "Not applicable"), ("99", "Not known: a validation error")),
        ),
        required=True,
        traps=(
            "Restarts at 1 when the patient moves to another trust, so an admission can be "
            "counted twice.",
            "Null for other maternity events.",
        ),
    ),
    Field(
        "EPITYPE",
        "Episode type",
        "number",
        codes=_codes(
            ("1", "General episode"),
            ("2", "Delivery episode"),
            ("3", "Birth episode"),
            ("4", "Formally detained, or long-term psychiatric patient", None, 2016),
            ("5", "Other delivery event"),
            ("6", "Other birth event"),
        ),
    ),
    Field(
        "CLASSPAT",
        "Patient classification",
        "number",
        codes=_codes(
            ("1", "Ordinary admission"),
            ("2", "Day case admission"),
            ("3", "Regular day attender"),
            ("4", "Regular night attender"),
            ("5", "Mother and baby using only delivery facilities"),
            ("8", "Not applicable: other maternity event"),
            ("9", "Not known"),
        ),
        required=True,
        traps=("Regular attenders (3 and 4) are no finished consultant episodes.",),
    ),
    Field(
        "ADMIMETH",
        "Method of admission",
        "code",
        codes=_codes(
            ("11", "Elective: waiting list"),
            ("12", "Elective: booked"),
            ("13", "Elective: planned"),
            ("21", "Emergency: emergency department or dental casualty"),
            ("22", "Emergency: general practitioner"),
            ("23", "Emergency: bed bureau"),
            ("24", "Emergency: consultant clinic"),
            ("25", "Emergency: mental health crisis resolution team", 2013, None),
            ("2A", "Emergency: emergency department of another provider", 2013, None),
            ("2B", "Emergency: transfer of an admitted patient", 2013, None),
            ("2C", "Emergency: baby born at home as intended", 2013, None),
            ("2D", "Emergency: other", 2013, None),
            ("28", "Emergency: other means", None, 2022),
            ("31", "Maternity: ante-partum"),
            ("32", "Maternity: post-partum"),
            ("81", "Other: transfer, not in an emergency"),
            ("82", "Other: birth in this provider"),
            ("83", "Other: baby born outside the provider"),
            ("84", "Other: admissions panel of a high security hospital"),
            ("89", "Other: from the waiting list of a high security hospital"),
            ("98", "Not applicable: other maternity event"),
            ("99", "Not known"),
        ),
        required=True,
        traps=(
            "Not a number: 2A to 2D exist from 2013-14. They divide what 28 held, which was "
            "retired in 2022-23. An emergency starts with 2.",
        ),
    ),
    Field(
        "DISMETH",
        "Method of discharge",
        "number",
        codes=_codes(
            ("1", "On clinical advice or with clinical consent"),
            ("2", "Discharged self, or by a relative or advocate", None, 2022),
            ("3", "By a tribunal, the Home Secretary or a court"),
            ("4", "Died"),
            ("5", "Stillbirth"),
            ("6", "Discharged self", 2022, None),
            ("7", "Discharged by a relative or advocate", 2022, None),
            ("8", "Not applicable: the stay goes on"),
            ("9", "Not known"),
        ),
        traps=("6 and 7 take the place of 2 from 2022-23.",),
    ),
    Field(
        "CAUSE_4",
        "External cause",
        "icd10",
        pattern=EXTERNAL_CAUSE,
        required=True,
        traps=(
            "A copy of the first external cause (V01 to Y98) among the diagnoses. Null for "
            "unfinished episodes, other maternity events and where there is none.",
            "A count of first causes differs from a count of any position.",
        ),
    ),
    Field(
        "DIAG_4_01",
        "Primary diagnosis",
        "icd10",
        pattern=ICD10,
        required=True,
        traps=(
            "Four characters without a dot. X or - pads a code of three characters; a lone - is "
            "no diagnosis. R69X stands for a diagnosis that was null or invalid.",
        ),
    ),
    Field(
        "DIAG_4_CONCAT",
        "Every diagnosis, joined with commas",
        "icd10",
        pattern=f"{ICD10}(?:,{ICD10})*",
        required=True,
        traps=(
            "Twenty diagnoses from April 2007, fourteen from 2002-03, seven before: long series "
            "of codes in any position are not comparable across these years.",
            "Built from DIAG_4_01 to DIAG_4_20 where the file has no such column.",
        ),
    ),
    Field(
        "SEX",
        "Sex",
        "code",
        codes=_codes(
            ("1", "Male"),
            ("2", "Female"),
            ("3", "Indeterminate", None, 1995),
            ("9", "Not specified, indeterminate from 2022-23", 1996, None),
            ("0", "Not known", 1996, 2022),
            ("X", "Not known", 2022, None),
        ),
        traps=("Not known was 0 to 2022-23 and is X from that year.",),
    ),
    Field(
        "STARTAGE",
        "Age at the start of the episode",
        "number",
        codes=_codes(
            ("7001", "Under 1 day"),
            ("7002", "1 to 6 days"),
            ("7003", "7 to 28 days"),
            ("7004", "29 to 90 days"),
            ("7005", "91 to 181 days"),
            ("7006", "182 to 272 days"),
            ("7007", "273 days to under 1 year"),
        ),
        traps=(
            "Whole years from 1 to 120 (120 and over). Babies are 7001 to 7007: an average over "
            "the column is nonsense.",
            "Null where the age is not known or does not apply.",
        ),
    ),
    Field(
        "ETHNOS",
        "Ethnic category",
        "code",
        codes=(
            *_codes(*((value, meaning, 2001, None) for value, meaning in _ETHNIC_2001)),
            *_codes(("X", "Not known", 2001, 2012), ("99", "Not known", None, 2000)),
            *_codes(("99", "Not known", 2012, None)),
            *_codes(*((value, meaning, None, 2000) for value, meaning in _ETHNIC_1995)),
        ),
        traps=(
            "Digits before 2001-02, letters since. Not known is X until 2013 and 99 from then on; "
            "both are taken in 2012-13.",
        ),
    ),
    Field(
        "RESLADST_ONS",
        "Local authority district of residence",
        "code",
        since=2011,
        required=True,
        traps=(
            "From 2011-12, with the district codes of the day. RESLADST, an older column of four "
            "characters such as 00AA, is another list of codes and is not read.",
            "Pseudo codes: E, L, M, N, S or W with 99999999, U (no fixed abode), X (foreign), "
            "Y (not known).",
            "There is no column for the police force: it derives from the district.",
        ),
    ),
    Field(
        "RESGOR_ONS",
        "Region of residence",
        "code",
        codes=_codes(
            ("E12000001", "North East"),
            ("E12000002", "North West"),
            ("E12000003", "Yorkshire and The Humber"),
            ("E12000004", "East Midlands"),
            ("E12000005", "West Midlands"),
            ("E12000006", "East of England"),
            ("E12000007", "London"),
            ("E12000008", "South East"),
            ("E12000009", "South West"),
            ("E99999999", "England, not otherwise stated"),
            ("L99999999", "Channel Islands"),
            ("M99999999", "Isle of Man"),
            ("N99999999", "Northern Ireland"),
            ("S99999999", "Scotland"),
            ("W99999999", "Wales"),
            ("U", "No fixed abode"),
            ("X", "Foreign"),
            ("Y", "Not known"),
        ),
        since=2011,
        traps=("From 2011-12. RESGOR, an older column of one letter, is not read.",),
    ),
    Field(
        "TOKEN_PERSON_ID",
        "Pseudonym of the person",
        "text",
        pattern=".{32}",
        stand_ins=("PSEUDO_HESID", "ENCRYPTED_HESID"),
        traps=(
            "From 2021-22, in place of PSEUDO_HESID and before it ENCRYPTED_HESID. The three are "
            "different pseudonyms: a person cannot be followed from one to the other, and a count "
            "of people never spans them.",
        ),
    ),
)

_OTHER_COLUMNS = r"""
    ACSCFLAG ACTIVAGE ADMIAGE ADMINCAT ADMINCATST ADMISORC ADMISTAT AEKEY ALC(BRD|NRW)(DIAG|FRAC)
    ALCDIAG(_[34])? ALCFRAC AT_(GP_PRACTICE|RESIDENCE|TREATMENT) BEDYEAR CANNET CANREG CARERSI
    CAUSE(_[34])? CCG_\w+ CENDUR CENSAGE CENSTAT CENWARD CR_(GP_PRACTICE|RESIDENCE|TREATMENT)
    CURRWARD_ONS DETDUR DETNCAT DETNDATE DIAG_[34]_(\d\d|CONCAT) DIAG_(\d\d|COUNT) DISDATE DISDEST
    DISREADYDATE DOMPROC ELECDATE ELECDUR(_CALC)? ENDAGE EPIDUR ETHRAW FAE(_EMERGENCY)? FCE FDE
    FIRSTREG GORTREAT GPPRAC HRG40 HRGLATE35 HRGNHS(VN)? INTMANIG LEGALGP[AC] LEGLCAT LEGLSTAT
    LSOA(01|11|21) MAINSPEF MARSTAT MENTCAT MSOA(01|11|21) MYDOB NEODUR
    NER_(GP_PRACTICE|RESIDENCE|TREATMENT) NEWNHSNO_CHECK NHSNOIND OACODE\d\d OPDATE_\d\d OPERSTAT
    OPERTN_(\d\d|COUNT) OPERTN_[34]_(\d\d|CONCAT) ORGPPPID PCON(_ONS)? PCONSULT PCT\w+ POSOPDUR
    PREOPDUR PROCODE[35T]? PROCODET PROTYPE PROVDIST(_FLAG)? PROVSPNOPS PURCODE RANK_ORDER REFERORG
    RESCTY(_ONS)? RESGOR RESLADST RESPCT_HIS RESSTHA_HIS RTTPER\w+ RURURB_IND SENDER
    SITEDIST(_FLAG)? SITETRET SPELBGIN SPELDUR(_CALC)? SPELEND STARTAGE_CALC STHATRET SUS\w+
    TRETSPEF VIND WAITDAYS WAITLIST WARDSTRT
"""

HES_APC = Dataset(
    id="hes_apc",
    title="HES Admitted Patient Care",
    source="NHS England, HES technical output specification and data dictionary",
    fields=EPISODE_FIELDS,
    other_columns=tuple(_OTHER_COLUMNS.split()),
    key_lengths=((1989, 12), (2021, 19)),
    assumptions=(
        "PARTYEAR's nn is read as the month of the financial year up to which the extract "
        "reaches; the specification calls it only the number of the extract. So an episode that "
        "ends later than the extract is a warning and stays.",
        "A code with a last year is accepted in that year too: 28 and 2 in 2022-23, 0 in SEX in "
        "2022-23, X in ETHNOS in 2012-13.",
    ),
)
