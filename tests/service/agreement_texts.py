"""Invented agreements to draft: the drugs agreement under other references."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path

from django.utils import timezone

from sharewell.agreements.writing import with_values
from sharewell.flows.agreeing import draft
from sharewell.flows.people import Person
from sharewell.flows.signed import recorded
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "agreements"
_numbers = count(1)


def new_reference() -> str:
    """One that no other test uses."""
    return f"DARS-NIC-9{next(_numbers):05}-TEST0"


def text(
    reference: str, version: str = "1.0", first: date | None = None, last: date | None = None
) -> bytes:
    """A text that starts tomorrow for two years, unless said otherwise."""
    first = first or timezone.localdate() + timedelta(days=1)
    like = "DARS-NIC-687582-X2P3K-v0.10" if "687582" in reference else "DARS-NIC-698171-K4M0B-v0.3"
    values = {
        ("reference",): reference,
        ("version",): version,
        ("term", "first"): first,
        ("term", "last"): last or first + timedelta(days=730),
    }
    return with_values((EXAMPLES / f"{like}.yaml").read_bytes(), like, values)


def standing_draft(reference: str, version: str, organisation: str) -> str:
    """The name of a draft that stays one, made when it is not there."""
    name = f"{reference}-v{version}"
    if name not in recorded(home().ledger, name):
        person = Person("x", "Xan (invented)", organisation, "agreement manager")
        raw = text(reference, version)
        today = timezone.localdate()
        draft(home(), person, at_hand(), raw, on=today, yielded="Two briefings.")
    return name
