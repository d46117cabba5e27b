"""The access list of an agreement, and its review: who may, who did, who should not have.

The list is kept in the ledger, name by name, so that who was on it on any day can be shown. The
agreement on serious violence says why: "anyone accessing the data that is not included on the
list of users will be breaching the Agreement".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sharewell.agreements import Agreement, AgreementError, Request, decide, in_force
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.people import Person, check_may
from sharewell.ledger import Entry

LIST = "access list"
READING = ("read", "tabulate", "supply", "extract", "combine", "share", "publish", "prepared")
"""Acts in which a person reads unpublished data."""
ASKING = ("decide", "refused", "preview")

TRAINING_HOLDS = timedelta(days=365)
"""Training in data protection is yearly, as the Data Security and Protection Toolkit has it. The
agreements at hand ask for training and give no period."""


@dataclass(frozen=True)
class Named:
    """One name on the list: who let them in, until when, and when they were last trained."""

    person: str
    name: str
    organisation: str
    role: str
    approved_by: str
    approved: date
    approval_ends: date | None = None
    trained: date | None = None

    def lapses(self, on: date) -> tuple[str, ...]:
        """What does not hold on a day, in sentences."""
        found = []
        if on < self.approved:
            found.append(f"The approval starts on {self.approved}.")
        if self.approval_ends and on > self.approval_ends:
            found.append(f"The approval ended on {self.approval_ends}.")
        if self.trained is None or on < self.trained:
            found.append("No training is noted.")
        elif on > self.trained + TRAINING_HOLDS:
            found.append(f"The training of {self.trained} lapsed after a year.")
        return tuple(found)


@dataclass(frozen=True)
class Did:
    """Somebody who read unpublished data: how often, and when."""

    person: str
    name: str
    organisation: str
    times: int
    first: date
    last: date


@dataclass(frozen=True)
class Breach:
    """One reading that should not have been, and why."""

    entry: int
    person: str
    name: str
    at: date
    what: str
    why: str
    request: str


@dataclass(frozen=True)
class Lapse:
    """Somebody on the list whose training or approval does not hold on the day of the review."""

    person: str
    name: str
    why: str


@dataclass(frozen=True)
class Review:
    """What the ledger shows of one agreement, on a day."""

    agreement: str
    on: date
    may: tuple[Named, ...]
    did: tuple[Did, ...]
    should_not: tuple[Breach, ...]
    never: tuple[Named, ...]
    lapsed: tuple[Lapse, ...]
    allowed: int
    refused: int

    def as_dict(self) -> dict[str, Any]:
        """As plain values, dates as ISO text."""

        def plain(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: plain(item) for key, item in value.items()}
            if isinstance(value, list | tuple):
                return [plain(item) for item in value]
            return value.isoformat() if isinstance(value, date) else value

        found: dict[str, Any] = plain(asdict(self))
        return found


def name_person(home: Home, by: Person, agreement: Agreement, named: Named) -> Entry:
    """Puts somebody on the list, or changes what it says of them.

    Raises NotPermitted or FlowError.
    """
    check_may(by, "name")
    if named.person == by.id:
        raise FlowError("Nobody puts themselves on the list. Ask another agreement manager.")
    if agreement.organisation(named.organisation) is None:
        parties = ", ".join(party.short for party in agreement.organisations)
        raise FlowError(f"{named.organisation} is no party of {agreement.name}: {parties}.")
    if named.approval_ends and named.approval_ends < named.approved:
        raise FlowError("The approval would end before it starts. Correct the days.")
    return _append(home, by, agreement, "name", asdict(named))


def remove_person(home: Home, by: Person, agreement: Agreement, person: str) -> Entry:
    """Takes somebody off the list. Raises NotPermitted, or FlowError when they are not on it."""
    check_may(by, "name")
    listed = {named.person: named for named in access_list(home, agreement.reference)}
    if person not in listed:
        raise FlowError(f"'{person}' is not on the list of {agreement.reference}.")
    gone = {"person": person, "name": listed[person].name}
    return _append(home, by, agreement, "remove", gone)


def access_list(home: Home, reference: str) -> tuple[Named, ...]:
    """Who is on the list of an agreement now, by name."""
    names: dict[str, Named] = {}
    for entry in home.ledger.entries(kind=LIST, where={"reference": reference}):
        _change(names, entry)
    return _in_order(names)


def review_access(home: Home, versions: Sequence[Agreement], on: date) -> Review:
    """Compares what the ledger shows, to the end of a day, with an agreement's list.

    ``versions`` are those of one agreement; each reading is held to the one of its day.
    """
    reference = versions[0].reference
    names: dict[str, Named] = {}
    did: dict[str, list[Entry]] = {}
    breaches: list[Breach] = []
    answers = {True: 0, False: 0}
    for entry in _entries(home, reference):
        if entry.at.date() > on:
            continue
        if entry.kind == LIST:
            _change(names, entry)
        elif entry.kind in ASKING:
            answers[entry.kind != "refused" and entry.body.get("allowed", True)] += 1
        else:
            answers[True] += 1
            did.setdefault(entry.actor["id"], []).append(entry)
            breaches += _judge(entry, versions, names)
    return Review(
        agreement=reference,
        on=on,
        may=_in_order(names),
        did=tuple(_did(entries) for entries in did.values()),
        should_not=tuple(breaches),
        never=tuple(named for named in _in_order(names) if named.person not in did),
        lapsed=tuple(
            Lapse(named.person, named.name, " ".join(why))
            for named in _in_order(names)
            if (why := named.lapses(on))
        ),
        allowed=answers[True],
        refused=answers[False],
    )


def _entries(home: Home, reference: str) -> Iterable[Entry]:
    found = (
        entry
        for kind in (LIST, *READING, *ASKING)
        for entry in home.ledger.entries(kind=kind)
        if _concerns(entry, reference)
    )
    return sorted(found, key=lambda entry: entry.seq)


def _concerns(entry: Entry, reference: str) -> bool:
    body = entry.body
    names = (
        body.get("reference"),
        body.get("agreement"),
        body.get("decision", {}).get("agreement"),
    )
    return any(name == reference or (name or "").startswith(f"{reference}-v") for name in names)


def _judge(
    entry: Entry, versions: Sequence[Agreement], names: Mapping[str, Named]
) -> Iterable[Breach]:
    """Why the reading should not have been: the access clauses, then the list."""
    actor, day = entry.actor, entry.at.date()
    try:
        agreement = in_force(versions, day)
    except AgreementError:
        agreement = versions[-1]
    party = agreement.organisation(actor["organisation"])
    if party is not None and party.role == "supplier":
        return
    asked = Request(act="access", on=day, by=actor["organisation"] or None, role=actor["role"])
    decision = decide(agreement, asked)
    if not decision.allowed:
        why = " ".join(f"{cited.because} (Clause {cited.id}.)" for cited in decision.clauses)
        yield _breach(entry, why)
        return
    kept = any(
        clause.list_kept
        for clause in agreement.access
        if clause.id in {cited.id for cited in decision.clauses}
    )
    named = names.get(actor["id"])
    if named is None and kept:
        yield _breach(entry, "Not on the list of names that day.")
    elif named and (lapses := named.lapses(day)):
        yield _breach(entry, " ".join(lapses))


def _breach(entry: Entry, why: str) -> Breach:
    body = entry.body
    what = body.get("what") or f"{entry.kind} {body.get('release', '')}".strip()
    return Breach(
        entry=entry.seq,
        person=entry.actor["id"],
        name=entry.actor["name"],
        at=entry.at.date(),
        what=what,
        why=why,
        request=body.get("request", ""),
    )


def _did(entries: Sequence[Entry]) -> Did:
    days = [entry.at.date() for entry in entries]
    actor = entries[-1].actor
    return Did(actor["id"], actor["name"], actor["organisation"], len(days), min(days), max(days))


def _change(names: dict[str, Named], entry: Entry) -> None:
    body = entry.body
    if body["step"] == "remove":
        names.pop(body["person"], None)
        return
    values = {field: body[field] for field in Named.__dataclass_fields__}
    for field in ("approved", "approval_ends", "trained"):
        values[field] = date.fromisoformat(values[field]) if values[field] else None
    names[body["person"]] = Named(**values)


def _in_order(names: Mapping[str, Named]) -> tuple[Named, ...]:
    return tuple(sorted(names.values(), key=lambda named: (named.name, named.person)))


def _append(
    home: Home, by: Person, agreement: Agreement, step: str, values: Mapping[str, Any]
) -> Entry:
    said = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
    body = {"step": step, "agreement": agreement.name, "reference": agreement.reference, **said}
    return home.ledger.append(LIST, actor=by.as_actor(), body=body)
