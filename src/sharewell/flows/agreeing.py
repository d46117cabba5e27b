"""Making agreements: draft, change, issue, sign, withdraw, end. Each step is in the ledger.

A text becomes an agreement that executes when every party has signed it: then its file appears in
the home's ``agreements`` directory, where flows and the command line find it like any other file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sharewell.agreements import Agreement, AgreementError, read_agreement
from sharewell.agreements.lifecycle import (
    Life,
    State,
    Step,
    Terms,
    Verb,
    kind_of,
    take,
    terms_of,
)
from sharewell.flows.asking import Places, agreements_in
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.people import Person, check_may
from sharewell.flows.signed import AGREEMENT, Recorded, recorded, show_signed
from sharewell.flows.tables import check_catalogue
from sharewell.ledger import Entry, FileRef, Transaction

_NEEDS: Mapping[Verb, str] = {"change": "draft", "unsign": "sign"}
_IN_THE_ACTOR = ("person", "name")
_ENDING = ("retention", "destruction", "certificate")


def draft(
    home: Home,
    person: Person,
    agreements: Sequence[Agreement],
    raw: bytes,
    *,
    on: date,
    yielded: str = "",
    file: str = "The text",
) -> Agreement:
    """Keeps a first text of a new version. ``agreements`` are those signed so far;
    ``file`` is what errors call the text.

    ``yielded`` says which benefits the agreement has yielded, without which none is renewed.
    Raises AgreementError with every problem of the text, NotPermitted or FlowError.
    """
    check_may(person, "draft")
    agreement = _sound(raw, file)
    step = Step("draft", on, *_who(person), terms=_terms(agreement, raw))
    _bring(home, person, agreements, agreement, raw, step, yielded)
    return agreement


def change(
    home: Home,
    person: Person,
    agreements: Sequence[Agreement],
    raw: bytes,
    *,
    seen: str,
    name: str,
    on: date,
    yielded: str = "",
) -> Agreement:
    """Puts another text in the place of the draft ``name``, whose text ``seen`` was.

    The text must be of the same version. Raises as `draft` does.
    """
    check_may(person, "draft")
    agreement = _sound(raw, f"{name}.yaml")
    if agreement.name != name:
        raise FlowError(
            f"This is a text of {agreement.name}, and the draft is {name}. Keep its reference and "
            "version, or make another draft."
        )
    step = Step("change", on, *_who(person), seen=seen, terms=_terms(agreement, raw))
    _bring(home, person, agreements, agreement, raw, step, yielded)
    return agreement


def move(
    home: Home,
    person: Person,
    agreements: Sequence[Agreement],
    name: str,
    verb: Verb,
    *,
    seen: str,
    on: date,
) -> Life:
    """Issues, withdraws, signs or takes back a signature of the text ``seen``; the life after.

    Raises NotPermitted, FlowError, or LifecycleError, which says what others did meanwhile.
    """
    check_may(person, _NEEDS.get(verb, verb))
    with home.ledger.transaction() as transaction:
        transaction.wait_turn()
        found = find_recorded(home, name)
        agreement = text_agreement(home, found)
        party = _party(agreement, person)
        if verb in ("issue", "sign"):
            check_follows(agreements, agreement, found.text.body["yielded"])
        step = Step(verb, on, *_who(person), seen=seen, party=party)
        life = take(found.life, step)
        _append(transaction, person, agreement, step)
    show_signed(home.ledger, home.files, home.agreements, name)
    return life


def end(
    home: Home,
    person: Person,
    places: Places,
    reference: str,
    *,
    until: date,
    reason: str,
    on: date,
) -> tuple[Entry, ...]:
    """Ends every version of an agreement with a day; the entries, which name the duties that
    begin. Raises NotPermitted, FlowError or LifecycleError."""
    check_may(person, "end")
    texts = [
        (a, text_of(places, a.name)) for a in agreements_in(places) if a.reference == reference
    ]
    done: list[Entry] = []
    with home.ledger.transaction() as transaction:
        transaction.wait_turn()
        for narrowed, raw in texts:
            _party(narrowed, person)
            found = recorded(home.ledger, narrowed.name).get(narrowed.name)
            life = found.life if found else Life(narrowed.name)
            if life.state is State.ENDED or narrowed.term.last <= until:
                continue
            agreement = _read(raw, narrowed.name)
            steps = [Step("end", on, *_who(person), until=until, reason=reason)]
            if life.state is State.ABSENT:
                steps.insert(0, Step("adopt", on, *_who(person), terms=_terms(agreement, raw)))
            for step in steps:
                seen = life.terms.digest if life.terms else ""
                life = take(life, step := replace(step, seen=seen))
                done.append(_append(transaction, person, agreement, step))
    if not done:
        raise FlowError(
            f"No version of {reference} runs beyond {until}: it ends or was ended by then. "
            "Look at it again."
        )
    show_signed(home.ledger, home.files, home.agreements)
    return tuple(entry for entry in done if entry.body["step"] == "end")


def check_follows(agreements: Sequence[Agreement], new: Agreement, yielded: str) -> None:
    """FlowError unless a text follows the versions signed before it: a greater number, and, where
    it runs longer than they do, a statement of the benefits yielded."""
    before = predecessor(agreements, new)
    if before and new.number <= before.number:
        raise FlowError(
            f"Version {new.version} does not follow {before.name}, which is signed. Give it a "
            "greater number."
        )
    if kind_of(new, before) == "renewal" and not yielded.strip():
        raise FlowError(
            f"{new.name} runs to {new.term.last}, longer than {before.name if before else ''}: "
            "that renews it. Say which benefits it has yielded so far."
        )


def predecessor(agreements: Sequence[Agreement], new: Agreement) -> Agreement | None:
    """The latest signed version of the same agreement."""
    before = [a for a in agreements if a.reference == new.reference]
    return max(before, key=lambda agreement: agreement.number, default=None)


def find_recorded(home: Home, name: str) -> Recorded:
    """What the ledger has of one version that was drafted here; FlowError when it has nothing."""
    found = recorded(home.ledger, name).get(name)
    if found and found.text.files:
        return found
    raise FlowError(f"No draft called {name} was made here. Look at the list of drafts.")


def text_bytes(home: Home, found: Recorded) -> bytes:
    """The file of a version that was drafted here."""
    with home.files.open(found.text.files[0].sha256) as file:
        return file.read()


def text_agreement(home: Home, found: Recorded) -> Agreement:
    """The agreement in that file."""
    return _read(text_bytes(home, found), found.life.agreement)


def text_of(places: Places, name: str) -> bytes:
    """The file of a signed version, wherever it lies; FlowError when it is gone."""
    folders = [places] if isinstance(places, Path) else places
    files = [path for folder in folders for path in folder.glob("*.yaml")]
    for path in sorted(files, key=lambda path: path.stem != name):
        try:
            raw = path.read_bytes()
            if _read(raw, path.stem).name == name:
                return raw
        except AgreementError:
            continue
    raise FlowError(f"No file holds {name}.")


def duties_at_the_end(agreement: Agreement) -> tuple[str, ...]:
    """The ids of the duties that begin when the agreement ends: what is kept, destroyed, shown."""
    return tuple(duty.id for duty in agreement.duties if duty.kind in _ENDING)


@lru_cache(maxsize=64)
def _read(raw: bytes, name: str) -> Agreement:
    return read_agreement(raw, f"{name}.yaml")


def _sound(raw: bytes, file: str) -> Agreement:
    """The agreement in a text that every flow can execute: the catalogue has what it names."""
    agreement = read_agreement(raw, file)
    if problems := check_catalogue(agreement):
        raise AgreementError(tuple(replace(problem, file=file) for problem in problems))
    return agreement


def _bring(
    home: Home,
    person: Person,
    agreements: Sequence[Agreement],
    agreement: Agreement,
    raw: bytes,
    step: Step,
    yielded: str,
) -> None:
    _party(agreement, person)
    before = predecessor(agreements, agreement)
    if before and before.organisation(person.organisation) is None:
        raise FlowError(
            f"The reference {agreement.reference} is taken by an agreement to which "
            f"{person.organisation} is no party. Use another reference."
        )
    check_follows(agreements, agreement, yielded)
    ref = home.files.put_bytes(f"{agreement.name}.yaml", raw)
    kind = kind_of(agreement, before)
    with home.ledger.transaction() as transaction:
        transaction.wait_turn()
        found = recorded(home.ledger, agreement.name).get(agreement.name)
        take(found.life if found else Life(agreement.name), step)
        _append(transaction, person, agreement, step, {"yielded": yielded, "kind": kind}, [ref])


def _append(
    transaction: Transaction,
    person: Person,
    agreement: Agreement,
    step: Step,
    more: Mapping[str, Any] | None = None,
    files: Sequence[FileRef] = (),
) -> Entry:
    values = {key: value for key, value in asdict(step).items() if key not in _IN_THE_ACTOR}
    body = {
        "step": values.pop("verb"),
        **values,
        "agreement": agreement.name,
        "reference": agreement.reference,
        **(more or {}),
    }
    if step.verb == "end":
        body["duties"] = duties_at_the_end(agreement)
    return transaction.append(AGREEMENT, actor=person.as_actor(), body=body, files=files)


def _terms(agreement: Agreement, raw: bytes) -> Terms:
    return terms_of(agreement, hashlib.sha256(raw).hexdigest())


def _party(agreement: Agreement, person: Person) -> str:
    """The short name of the party for which a person acts; FlowError when it is none."""
    party = agreement.organisation(person.organisation) if person.organisation else None
    if party is None:
        names = ", ".join(each.short for each in agreement.organisations)
        raise FlowError(
            f"{person.organisation or 'Nobody'} is no party of {agreement.name}: {names}."
        )
    return party.short


def _who(person: Person) -> tuple[str, str]:
    return person.id, person.name
