"""What the page of a release tells, from the ledger and the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sharewell.flows.home import leaving
from sharewell.flows.preparing import earlier_releases
from sharewell.ledger import Entry
from sharewell.service.home import home
from sharewell.service.releases.counts import in_words
from sharewell.service.releases.models import Release

DISCLOSURE = "disclosure.json"


@dataclass(frozen=True)
class Quoted:
    """A clause that let something be done, its words, and why."""

    id: str
    words: str
    because: str


def quoted(entry: Entry) -> list[Quoted]:
    """The clauses that the agreement answered with when this was prepared."""
    found = {
        cited["id"]: Quoted(cited["id"], cited["words"], cited["because"])
        for decision in entry.body["decisions"]
        for cited in decision["clauses"]
    }
    return list(found.values())


def asked(release: Release) -> Iterator[tuple[str, str]]:
    """What was asked for and declared."""
    yield "Asked by", f"{release.requester.name}, {_day(release.asked.date())}"
    yield "Tables", release.title
    if release.combined:
        yield "Combined", "For England and Wales"
    if release.source is not None:
        yield "Counts", in_words(next(home().ledger.entries(after=release.source - 1)))
    yield "For", release.whom.capitalize()
    yield "What for", release.context
    yield "Beside earlier releases", release.earlier or "Nothing was declared."
    yield (
        "Where it was analysed",
        "Here, in the safe setting: only these results leave"
        if release.safe_setting
        else "Not declared as a use in a safe setting",
    )


def disclosure(entry: Entry) -> list[tuple[str, str]] | None:
    """What the record of disclosure control says; None when there is none."""
    ref = next((ref for ref in leaving(entry) if ref.name == DISCLOSURE), None)
    if ref is None:
        return None
    record = json.loads(home().files.path(ref.sha256).read_bytes())
    attack = record["attack"]
    found = attack["exact"] + attack["narrow"]
    titles = _titles(entry)
    return [
        ("Rule", f"{record['rule']['title']} ({record['rule']['id']})"),
        (
            "How a reader was imitated",
            f"By {attack['linked_cells']:,} counts taken together, of these tables and of those "
            "released before.",
        ),
        (
            "Small numbers that can be worked out",
            f"{found:,} of the {attack['attacked_cells']:,} that were attacked. For each of the "
            f"others at least {record['width']} counts stay possible.",
        ),
        ("Known from earlier releases alone", f"{attack['known_from_earlier_releases_alone']:,}"),
        (
            "Withheld to prevent it",
            "; ".join(
                f"{titles.get(t['id'], t['id'])}: {t['withheld_by_repair']:,} cells"
                for t in record["tables"]
            ),
        ),
        ("Compared with", "; ".join(record["compared_with"]) or "Nothing was released before."),
        ("Not compared with", "; ".join(record["not_compared_with"]) or "Nothing was left out."),
        ("SHA-256 of the proof", record["proof"]["sha256"]),
    ]


def treated(entry: Entry) -> list[tuple[str, str, str]]:
    """Each table, the rules it was protected by, and what became of its cells."""
    titles = _titles(entry)
    return [
        (
            titles.get(part["table"], part["table"]),
            ", ".join(part["rules"]) or "none",
            ", ".join(f"{count:,} {name}" for name, count in part["cells"].items()),
        )
        for part in entry.body.get("protection", ())
    ]


def before(entry: Entry) -> list[tuple[str, str, str, str]]:
    """What was shown before of the same data, the latest first."""
    return [
        (
            each.body["release"],
            each.body["to"].replace("-", " "),
            "; ".join(_titles(each).values()),
            _day(date.fromisoformat(each.body["on"])),
        )
        for each in sorted(earlier_releases(home(), entry), key=lambda each: -each.seq)
        if each.body["release"] != entry.body["release"]
    ]


def files(entry: Entry) -> list[dict[str, Any]]:
    """The files that leave, and their sizes."""
    return [{"name": ref.name, "bytes": ref.bytes} for ref in leaving(entry)]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _titles(entry: Entry) -> dict[str, str]:
    return {table["id"]: table["title"] for table in entry.body["tables"]}
