"""Areas: districts of England and Wales 2011 to 2025, and the larger areas they make up.

HES gives a patient's district of residence in RESLADST_ONS, with the codes of the day. Every
district lies in exactly one police force area, every change of district since 2011 stays inside
one force area and one region, and every change is a merger, a recoding or a renaming. So counts
of any year re-base to today's districts by adding, and force areas derive from the district.

Source: Office for National Statistics lookups of districts, community safety partnerships,
police force areas and regions, 2015 to 2024 (Open Government Licence v3.0). Dates of the
recodings of 2012, 2013 and 2025 are uncertain; see docs/reference/areas.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import pyarrow as pa

TODAY = 2025
"""The year whose codes count as today's: the latest year with a change of district."""

Nation = Literal["E", "W", "S", "N", "other", "unknown"]

UNKNOWN = "unknown"
WALES = "W92000004"

PSEUDO_CODES: dict[str, tuple[str, Nation]] = {
    "E99999999": ("England, not otherwise stated", "E"),
    "W99999999": ("Wales, not otherwise stated", "W"),
    "S99999999": ("Scotland", "S"),
    "N99999999": ("Northern Ireland", "N"),
    "L99999999": ("Channel Islands", "other"),
    "M99999999": ("Isle of Man", "other"),
    "X": ("Foreign", "other"),
    "U": ("No fixed abode", "unknown"),
    "Y": ("Not known, as coded by HES", "unknown"),
}
"""What RESLADST_ONS can hold besides districts, and the nation it belongs to (HES data
dictionary, RESLADST_ONS)."""

LEVELS = ("region", "police_force", "local_authority")


@dataclass(frozen=True)
class District:
    """One district code. Years are those of the financial year that starts on 1 April.

    ``first_year`` is None where the code is older than 2011, ``last_year`` where it is still
    valid. ``successor`` is the code that took its place; ``uncertain`` marks a date not confirmed.
    """

    code: str
    name: str
    first_year: int | None
    last_year: int | None
    successor: str | None
    uncertain: bool
    police_force: str
    region: str
    partnerships: tuple[str, ...]


def rows_of(table: str) -> Iterator[dict[str, str]]:
    """The rows of a reference table that comes with the package."""
    text = (
        resources.files("sharewell.catalogue").joinpath("data", f"{table}.csv").read_text("utf-8")
    )
    return csv.DictReader(text.splitlines())


@cache
def districts() -> Mapping[str, District]:
    """Every district code of England and Wales valid at any time from 2011, by code."""

    def year(text: str) -> int | None:
        return int(text) if text else None

    return {
        row["code"]: District(
            code=row["code"],
            name=row["name"],
            first_year=year(row["first_year"]),
            last_year=year(row["last_year"]),
            successor=row["successor"] or None,
            uncertain=row["date_note"] == "uncertain",
            police_force=row["police_force"],
            region=row["region"],
            partnerships=tuple(row["partnerships"].split()),
        )
        for row in rows_of("districts")
    }


@cache
def _names(level: str) -> Mapping[str, str]:
    return {row["code"]: row["name"] for row in rows_of("areas") if row["level"] == level}


def valid_in(year: int) -> tuple[str, ...]:
    """The district codes in force from 1 April of ``year``, in code order (318 since 2023)."""
    return tuple(d.code for d in districts().values() if _valid(d, year))


def _valid(district: District, year: int) -> bool:
    return (district.first_year is None or district.first_year <= year) and (
        district.last_year is None or district.last_year >= year
    )


def _district(code: str) -> District:
    try:
        return districts()[code]
    except KeyError:
        raise ValueError(
            f"'{code}' is not a district code of England or Wales of any year from 2011. "
            "District codes are E06 to E09 or W06 and six digits; look a name up with find()."
        ) from None


def rebase(code: str, year: int = TODAY) -> str:
    """The code, valid in ``year``, to which the counts of district ``code`` add.

    Pseudo codes and 'unknown' stay as they are. Raises ValueError for a code that is not known,
    and where going back in time would need one district to be split.
    """
    if code in PSEUDO_CODES or code == UNKNOWN:
        return code
    district = _district(code)
    while district.last_year is not None and district.last_year < year and district.successor:
        district = districts()[district.successor]
    while district.first_year is not None and district.first_year > year:
        before = [d for d in districts().values() if d.successor == district.code]
        if len(before) != 1:
            raise ValueError(
                f"{code} ({district.name}) was made in {district.first_year} out of "
                f"{len(before)} districts, so its counts cannot be split into those of {year}. "
                f"Re-base to {district.first_year} or later."
            )
        district = before[0]
    return district.code


def police_force_of(code: str) -> str:
    """The police force area code of a district; pseudo codes keep themselves. ValueError else."""
    return code if code in PSEUDO_CODES or code == UNKNOWN else _district(code).police_force


def region_of(code: str) -> str:
    """The region (E12...) of a district, or Wales; other pseudo codes keep themselves."""
    if code == "W99999999":
        return WALES
    return code if code in PSEUDO_CODES or code == UNKNOWN else _district(code).region


def nation_of(code: str) -> Nation:
    """'E', 'W', 'S', 'N', 'other' (Channel Islands, Isle of Man, abroad) or 'unknown'."""
    if code == UNKNOWN:
        return "unknown"
    if code in PSEUDO_CODES:
        return PSEUDO_CODES[code][1]
    return "E" if _district(code).code.startswith("E") else "W"


def community_safety_partnerships_of(code: str) -> tuple[str, ...]:
    """The partnerships that cover a district: more than one in seven districts made by merger."""
    return _district(code).partnerships


def police_forces() -> tuple[str, ...]:
    """The codes of the 43 police force areas: 39 of England, then 4 of Wales."""
    return tuple(_names("police_force"))


@cache
def populations() -> Mapping[str, int]:
    """Persons in mid-2020 by today's district code (ONS estimates, all ages).

    They give the spread of invented data and are no basis for rates of other years.
    """
    return {
        rebase(row["local_authority"]): int(row["persons"]) for row in rows_of("populations_2020")
    }


@cache
def labels(level: str) -> dict[str, str]:
    """Code to name for a level: England, Wales, pseudo categories, 'unknown'.

    ``level`` is 'region', 'police_force' or 'local_authority' (today's districts); KeyError
    names these.
    """
    if level not in LEVELS:
        raise KeyError(f"No level of area is called '{level}'. Known: {', '.join(LEVELS)}.")
    if level == "local_authority":
        places = {code: districts()[code].name for code in valid_in(TODAY)}
    else:
        places = dict(_names(level))
    pseudo = {code: name for code, (name, _) in PSEUDO_CODES.items()}
    if level == "region":
        del pseudo["W99999999"]  # there it is simply Wales
    return {**dict(sorted(places.items())), **pseudo, UNKNOWN: "Not known"}


@cache
def lookup_table() -> pa.Table:
    """A row for every code that RESLADST_ONS can hold from 2011, and for 'unknown'.

    String columns: ``code``, ``local_authority`` (today's), ``police_force``, ``region`` and
    ``nation``.
    """
    codes = [*districts(), *PSEUDO_CODES, UNKNOWN]
    columns = {
        "code": codes,
        "local_authority": [rebase(code) for code in codes],
        "police_force": [police_force_of(code) for code in codes],
        "region": [region_of(code) for code in codes],
        "nation": [str(nation_of(code)) for code in codes],
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


_OTHER_NAMES = {
    "Shepway": "E07000112",  # renamed Folkestone and Hythe in 2018
    "Hull": "E06000010",
    "Rhondda Cynon Taff": "W06000016",  # an older spelling
}
_STYLES = re.compile(r"^(the )?((city|county|isle) (and county )?of )|^the ")
_ENDINGS = re.compile(
    r"( (police|constabulary|police force area|(county |city |borough |district )?council))+$"
)


def normalise_name(name: str) -> str:
    """A name as a key for comparing: 'Bristol, City of' and 'City of Bristol' are both 'bristol'.

    Only 'city of london' keeps its style, because London without it is the region.
    """
    head, comma, tail = name.casefold().partition(",")
    if comma and tail.strip().endswith(" of"):
        head, tail = f"{tail.strip()} {head}", ""
    words = f"{head} {tail}".replace("&", " and ").replace("’", "").replace("'", "")
    words = " ".join(re.sub(r"[^\w]+", " ", words).split())
    words = _ENDINGS.sub("", words)
    if words in ("city of london", "london city of"):
        return "city of london"
    words = re.sub(r"\bst\b", "saint", words)
    return _STYLES.sub("", words)


@cache
def _index(level: str) -> Mapping[str, str]:
    names = {code: name for code, name in labels(level).items() if code not in PSEUDO_CODES}
    index: dict[str, str] = {}
    if level == "local_authority":
        # Former names too, latest codes last so that they win.
        for district in sorted(districts().values(), key=lambda d: d.last_year or 9999):
            index[normalise_name(district.name)] = district.code
        index |= {normalise_name(name): code for name, code in _OTHER_NAMES.items()}
    return index | {normalise_name(name): code for code, name in names.items()}


def find(name: str, level: str = "police_force") -> str:
    """The code of the area called ``name`` at ``level``, however the name is styled.

    A former district gives its own code (see `rebase`). Raises ValueError when none has the name.
    """
    try:
        return _index(level)[normalise_name(name)]
    except KeyError:
        raise ValueError(
            f"No area at level '{level}' is called '{name}'. "
            f"Names are listed by labels('{level}') and in docs/reference/areas.md."
        ) from None
