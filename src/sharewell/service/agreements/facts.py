"""What the page of an agreement tells, put together from the agreement and the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from sharewell.agreements import Agreement, amendment
from sharewell.agreements.model import Duty
from sharewell.agreements.reading import execution
from sharewell.flows.agreeing import duties_at_the_end
from sharewell.flows.home import RELEASE_KINDS, Home, current_imports
from sharewell.ledger import Entry
from sharewell.register import redline

Row = tuple[object, ...]

_DUTIES = ("destruction", "certificate", "retention", "audit", "training", "special-condition")


def summary(agreement: Agreement) -> Iterator[tuple[str, str]]:
    """Who, what, why, until when, in plain words."""
    yield (
        "Who",
        _lines(
            f"{party.name} ({party.role.replace('-', ' ')})." for party in agreement.organisations
        ),
    )
    yield (
        "What",
        _lines(
            f"{held.title}: {held.classification}, data from {_day(held.first)} to "
            f"{_day(held.last) if held.last else 'the latest'}."
            for held in agreement.datasets
        ),
    )
    yield "Why", _lines(f"{purpose.title}." for purpose in agreement.purposes)
    yield "From", _day(agreement.term.first)
    yield "Until", _day(agreement.term.last)


def _lines(sentences: Iterable[str]) -> str:
    """Each on a line of its own."""
    return format_html_join(mark_safe("<br>"), "{}", ((each,) for each in sentences))


def clauses(agreement: Agreement) -> list[dict[str, str]]:
    """Each clause with its words, where they stand, and how it executes."""
    return [
        {
            "id": clause.id,
            "words": clause.words,
            "source": clause.source,
            "note": clause.note,
            "execution": execution(clause),
        }
        for clause in agreement.clauses()
    ]


def differences(old: Agreement, new: Agreement) -> dict[str, Any]:
    """What the page shows of the differences between two versions: words first, then what became
    allowed and what no longer is."""
    found = amendment(old, new)
    return {
        "amendment": found,
        "word_changes": _word_changes(old, new),
        "became": _parted(found.became_allowed),
        "stopped": _parted(found.stopped_being_allowed),
    }


def _word_changes(old: Agreement, new: Agreement) -> list[dict[str, object]]:
    """Each clause whose words differ, word by word."""
    was = {clause.id: clause.words for clause in old.clauses()}
    now = {clause.id: clause.words for clause in new.clauses()}
    return [
        {
            "id": id_,
            "how": "new" if id_ not in was else "gone" if id_ not in now else "changed",
            "runs": redline(was.get(id_, ""), now.get(id_, "")),
        }
        for id_ in dict.fromkeys([*now, *was])
        if was.get(id_) != now.get(id_)
    ]


def _parted(sentences: Sequence[str]) -> dict[str, list[str]]:
    """The sentences, and apart from them the many that go through the splits of tables."""
    splits = [sentence for sentence in sentences if " of " in sentence and ") by " in sentence]
    return {"plain": [s for s in sentences if s not in splits], "splits": splits}


@dataclass(frozen=True)
class Recipients:
    """Who may have what, by one clause."""

    names: str
    what: str
    clause: str


def recipients(agreement: Agreement) -> list[Recipients]:
    """The recipients or audiences of each flow, and what they may have."""
    titles = {table.id: f"'{table.title}'" for table in agreement.tables}
    found = []
    for flow in agreement.flows:
        parties = [agreement.organisation(to) for to in flow.to]
        names = [
            party.name if party else _audience(to)
            for party, to in zip(parties, flow.to, strict=True)
        ]
        carried = tuple(titles.get(name, name) for name in flow.tables)
        words = execution(flow.model_copy(update={"tables": carried}))
        found.append(Recipients(_lines(names), words, flow.id))
    return found


def _audience(to: str) -> str:
    return to if to[0].isupper() else to.replace("-", " ").capitalize()


def released(home: Home, agreement: Agreement) -> list[Entry]:
    """Every release under any version of the agreement, the latest first."""
    found = [
        entry
        for kind in RELEASE_KINDS
        for entry in home.ledger.entries(kind=kind, where={"reference": agreement.reference})
    ]
    return sorted(found, key=lambda entry: -entry.seq)


def release_rows(entries: Sequence[Entry]) -> list[Row]:
    """Those releases as rows of a table."""
    return [
        (
            entry.body["release"],
            entry.kind,
            _audience(entry.body["to"]),
            "; ".join(table["title"] for table in entry.body["tables"]),
            len(entry.files),
            _day(date.fromisoformat(entry.body["on"])),
            entry.seq,
        )
        for entry in entries
    ]


def held_rows(home: Home, agreement: Agreement, entries: Sequence[Entry]) -> list[Row]:
    """Who holds how much: the records here, and what was handed over to whom."""
    imports = Counter(dataset for dataset, _year in current_imports(home.ledger))
    rows: list[Row] = [
        ("Here, in the vault", f"{held.title}, records", imports[held.dataset])
        for held in agreement.datasets
        if imports[held.dataset]
    ]
    handed: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        form = "with small numbers" if entry.body.get("unsuppressed") else "protected"
        handed[entry.body["to"], form] += len(entry.files)
    rows += [
        (_audience(to), f"Files {form}", count) for (to, form), count in sorted(handed.items())
    ]
    return rows


def duty_rows(agreement: Agreement, today: date) -> list[Row]:
    """What must be done and when: the end of the term first, then duties by kind."""
    last = agreement.term.last
    expiry = f"{_day(last)}, {_away((last - today).days)}"
    rows: list[Row] = [("Expiry", "All parties", expiry, agreement.term.words)]
    at_the_end = set(duties_at_the_end(agreement))
    begins = f"When the agreement ends, {_day(last)}. The documents give no day"
    ordered = sorted(agreement.duties, key=lambda duty: (_place(duty), duty.id))
    for duty in ordered:
        kind = duty.kind.replace("-", " ").capitalize()
        unsaid = begins if duty.id in at_the_end else "The documents do not say"
        due = duty.due[:1].upper() + duty.due[1:]
        rows.append((kind, duty.party, due or unsaid, duty.words))
    said = {duty.kind for duty in agreement.duties}
    lacking = [kind for kind in ("destruction", "certificate", "audit") if kind not in said]
    return rows + [(kind.capitalize(), "", "The documents do not say", "") for kind in lacking]


def _away(days: int) -> str:
    """How far a day is from today, in words."""
    if days == 0:
        return "today"
    count = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
    return f"in {count}" if days > 0 else f"{count} ago"


def _place(duty: Duty) -> int:
    return _DUTIES.index(duty.kind) if duty.kind in _DUTIES else len(_DUTIES)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
