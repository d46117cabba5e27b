"""From when until when a signed agreement really has effect, beside the words of its term.

A signed file never changes. That the last party signed after the first day of the term, or that
the agreement was ended early, is noted beside it in ``<name>.effect.json``, which is made from
the ledger::

    {"from": "2026-11-24", "until": "2027-02-28", "entry": 214}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from sharewell.agreements.errors import AgreementError, Problem
from sharewell.agreements.model import Agreement

EFFECT = ".effect.json"
"""How the name of such a file ends, after the agreement's name."""


@dataclass(frozen=True)
class Effect:
    """The first and last day of effect, as far as they differ from the term; and the ledger's
    entry that says so."""

    first: date | None
    last: date | None
    entry: int


def narrow_term(agreement: Agreement, effect: Effect) -> Agreement:
    """The agreement with the term that it really has. One that was ended before its first day
    has a term with no day in it."""
    term = agreement.term
    first, last = (
        max(effect.first or term.first, term.first),
        min(effect.last or term.last, term.last),
    )
    if (first, last) == (term.first, term.last):
        return agreement
    note = f"{term.note} In effect from {first} to {last}: ledger entry {effect.entry}.".strip()
    narrowed = term.model_copy(update={"first": first, "last": last, "note": note})
    return agreement.model_copy(update={"term": narrowed})


def write_effect(effect: Effect) -> bytes:
    """The bytes of the file."""
    values = asdict(effect)
    named = {"from": values["first"], "until": values["last"], "entry": effect.entry}
    return json.dumps(named, default=str).encode("utf-8") + b"\n"


def read_effect(raw: bytes, name: str) -> Effect:
    """What a file says; AgreementError when it is not of this form."""
    try:
        values = json.loads(raw)
        first, last = (
            date.fromisoformat(values[key]) if values[key] else None for key in ("from", "until")
        )
        return Effect(first, last, int(values["entry"]))
    except (ValueError, KeyError, TypeError) as error:
        raise AgreementError(
            (
                Problem(
                    f"It does not say from when until when the agreement has effect ({error}).",
                    "Delete it: it is made again from the ledger at the next start.",
                    file=name,
                ),
            )
        ) from None
