"""Made-up episodes with every oddity that a count must survive."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow as pa

from sharewell.catalogue.areas import lookup_table
from sharewell.catalogue.episodes import EPISODE_SCHEMA

FIRST, LAST = date(2018, 1, 1), date(2020, 6, 30)


def made_up(rows: int, seed: int) -> pa.Table:
    """Episodes around the edges of every rule; nobody real."""
    rng = random.Random(seed)
    districts = [
        *("E09000001", "E09000007", "E08000025", "E06000023", "E07000240", "E06000029"),
        *("W06000015", "W06000022", "E99999999", "W99999999", "S99999999", "X", "U", "Y"),
        *("E99999998", None),  # a code that the look-up lacks, and none
    ]
    codes = set(lookup_table()["code"].to_pylist())
    assert sum(code in codes for code in districts) == 14
    causes = [
        "X990",
        "X99X",
        "X99",
        "X91",
        "X920",
        "X950",
        "X859",
        "Y09",
        "Y099",
        "Y10",
        "W19",
        None,
    ]
    causes += ["x990", "AX99"]
    diagnoses = ["F110", "F11", "F102", "F171", "F199", "T400", "T409", "T40X", "T436", "T437"]
    diagnoses += ["T4", "S010", "AF11", "Z115", None]

    def row(number: int) -> dict[str, object]:
        primary = rng.choice(diagnoses)
        cause = rng.choice(causes)
        others = [rng.choice([d for d in diagnoses if d]) for _ in range(rng.randrange(4))]
        joined = ",".join(c for c in (primary, *others, cause) if c) or None
        end = FIRST + timedelta(days=rng.randrange((LAST - FIRST).days + 1))
        if rng.random() < 0.2:  # the ends of months and of financial years
            end = rng.choice([date(2019, 3, 31), date(2019, 4, 1), date(2020, 2, 29), LAST, FIRST])
        return {
            "EPIKEY": str(10**11 + number),
            "FYEAR": "1920",
            "PARTYEAR": "201913",
            "EPISTART": end,
            "EPIEND": None if rng.random() < 0.02 else end,
            "ADMIDATE": end,
            "EPISTAT": rng.choice([3, 3, 3, 3, 1, 9, None]),
            "EPIORDER": rng.choice([1, 1, 1, 2, 98, None]),
            "EPITYPE": 1,
            "CLASSPAT": rng.choice([1, 1, 2, 3, 4, 5, None]),
            "ADMIMETH": rng.choice(["21", "2A", "11", "12", None]),
            "DISMETH": 1,
            "CAUSE_4": cause,
            "DIAG_4_01": primary,
            "DIAG_4_CONCAT": joined,
            "SEX": rng.choice(["1", "2", "9", "X", "0", None]),
            "STARTAGE": rng.choice([0, 5, 9, 10, 24, 25, 89, 90, 120, 7001, 7007, 7008, 131, None]),
            "ETHNOS": rng.choice(["A", "S", "Z", "X", "99", None]),
            "RESLADST_ONS": rng.choice(districts),
            "RESGOR_ONS": None,
            "TOKEN_PERSON_ID": rng.choice([None, *(f"P{n}" for n in range(60))]),
        }

    return pa.Table.from_pylist([row(number) for number in range(rows)], EPISODE_SCHEMA)
