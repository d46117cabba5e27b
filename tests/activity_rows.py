"""Made-up records of activity with every oddity that a count must survive; nobody real."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow as pa

from sharewell.catalogue.activity import ACTIVITY_SCHEMA

FIRST, LAST = date(2025, 10, 1), date(2026, 9, 30)
AREAS = ("E08000012", "E06000006", "E08000015", "E06000049")
SUBSTANCES = ("HEROIN", "CRACK", "STEROID", "ALCOHOL", "CANNABIS", "NITAZENE", "INSULIN", None)


def activity(rows: int, seed: int, people: int = 120) -> pa.Table:
    """Records around the edges of every rule, in no order."""
    rng = random.Random(seed)
    clients = [_client(rng) for _ in range(people)]
    made = [_record(rng, number, clients) for number in range(rows)]
    rng.shuffle(made)
    return pa.Table.from_pylist(made, ACTIVITY_SCHEMA)


def _client(rng: random.Random) -> dict[str, object]:
    return {
        "birth": date(rng.randrange(1950, 2010), 7, rng.randrange(1, 10)),
        "sex": rng.choice(["M", "M", "F", "U", None]),
        "ethnicity": rng.choice(["A", "B", "Q", "H", "M", "Z", "?", None]),
        "local_authority": rng.choice([*AREAS, "E08000003", None]),
        "client_main": rng.choice(SUBSTANCES),
        "client_second": rng.choice(SUBSTANCES),
        "client_injecting": rng.choice(["C", "P", "N", "Z", None]),
    }


def _record(rng: random.Random, number: int, clients: list[dict[str, object]]) -> dict[str, object]:
    person = int(len(clients) * rng.random() ** 3) if rng.random() < 0.93 else None
    day = FIRST + timedelta(days=rng.randrange(-20, (LAST - FIRST).days + 20))
    if rng.random() < 0.15:
        day = rng.choice([FIRST, LAST, date(2026, 3, 31), date(2026, 4, 1)])
    service = rng.randrange(6)
    module = rng.choice(
        ["needle"] * 6
        + ["naloxone", "brief_intervention", "outreach", "assessment", "referral"]
        + ["wellbeing", "wellbeing", "steroid", "alcohol"]
    )
    row: dict[str, object] = dict.fromkeys(ACTIVITY_SCHEMA.names)
    row |= {
        "record": number,
        "person": person,
        "service": f"S{service}",
        "service_area": [*AREAS, "E08000003", "E08000012"][service],
        "module": module,
        "day": day,
    }
    if person is not None:
        client = dict(clients[person])
        birth = client.pop("birth")
        known = birth.toordinal() % 9
        row["attributor"] = 10 * person + (number % 7 == 0)  # mistyped now and then
        row |= client | {"age": (day - birth).days // 365 if known else None}
        if rng.random() < 0.2:  # the client's answers change, or are another service's
            row |= {k: v for k, v in _client(rng).items() if k != "birth"}
    number_or_none = lambda *values: rng.choice([None, *values])  # noqa: E731
    if module == "needle":
        row |= {
            "visit": rng.choice([None, f"S{service}/T{rng.randrange(400)}/{person}"]),
            "item": number_or_none("SET1ML", "SET1MLDS", "SYR2ML", "NEEDLEBLUE", "BIN", "FOIL"),
            "items_out": number_or_none(0, 1, 3, 7, 20, 100, 300),
            "returned": number_or_none(0, 2, 30),
            "on_behalf_of": number_or_none(0, 0, 1, 2),
            "main_substance": rng.choice(SUBSTANCES),
            "injections_per_week": number_or_none(0, 1, 2, 7, 14),
        }
    elif module == "naloxone":
        row |= {
            "naloxone_action": rng.choice(["ISSUED", "ISSUED", "TRAINED", "USED"]),
            "kits": number_or_none(0, 1, 2),
        }
    elif module == "brief_intervention":
        row |= {
            "intervention": rng.choice(["SAFERINJ", "ALCOHOL", "BBV", "NEW"]),
            "intervention_outcome": rng.choice(["COMPLETED", "DECLINED", "REFERRED"]),
            "main_substance": rng.choice(SUBSTANCES),
        }
    elif module == "assessment":
        row |= {
            "main_substance": rng.choice(SUBSTANCES),
            "second_substance": rng.choice(SUBSTANCES),
            "third_substance": rng.choice(SUBSTANCES),
            "route": rng.choice(["INJECT", "SMOKE", None]),
            "injecting": rng.choice(["C", "P", "N", "Z", None]),
        }
    elif module == "referral":
        row |= {
            "direction": rng.choice(["IN", "OUT", "OUT"]),
            "agency": rng.choice(["GP", "TREATMENT", "SELF", None]),
            "arrived": rng.choice(["Y", "N", "U", None]),
        }
    elif module == "wellbeing":
        row |= {
            "stage": rng.choice(["START", "REVIEW", "EXIT"]),
            "exit_reason": number_or_none("PLANNED", "UNPLANNED"),
            "psychological": number_or_none(0, 8, 9, 20),
            "physical": number_or_none(5, 6),
            "quality_of_life": number_or_none(3, 4),
        }
    elif module == "steroid":
        row |= {
            "main_substance": rng.choice(["STEROID", "HEROIN", None]),
            "route": rng.choice(["INJECT", "ORAL", None]),
        }
    return row
