"""From what was asked to tables. Every number of the reports is made here, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sharewell.service.monitoring.own.asking import Person, Referral, Sums, Visit

AGES = ((0, "Under 18"), (18, "18 to 24"), (25, "25 to 34"), (35, "35 to 44"), (45, "45 to 54"),
        (55, "55 to 64"), (65, "65 and over"))  # fmt: skip
NOT_RECORDED = "Not recorded"

OPIATE, BOTH, NON_OPIATE, ALCOHOL, IMAGE = (
    "Opiate", "Non-opiate and alcohol", "Non-opiate", "Alcohol only", "Image and performance drugs",
)  # fmt: skip
GROUPS = (OPIATE, NON_OPIATE, BOTH, ALCOHOL, IMAGE, NOT_RECORDED)
"""The hierarchy of drug treatment monitoring, and beneath it those whom it has no place for."""


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is about, and its numbers."""

    label: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """A table of counts. ``drawn`` is the column that its picture shows; ``total`` whether the
    rows add up to the last one."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    drawn: int = 0
    total: bool = False

    @property
    def body(self) -> tuple[Row, ...]:
        """The rows without the total."""
        return self.rows[:-1] if self.total else self.rows

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not any(any(row.numbers) for row in self.rows)


@dataclass(frozen=True)
class Headline:
    """The period in a few numbers."""

    contacts: int
    people: int
    new: int
    records: int
    alike: int
    fewer: int


def headline(
    visits: Sequence[Visit], people: Iterable[Person], first: date, last: date,
    duplicates: Iterable[Collection[UUID]],
) -> Headline:  # fmt: skip
    """``alike`` client records of those seen share their attributor with another of those seen;
    if each such group is one person, ``fewer`` people were seen."""
    seen = {visit.client for visit in visits if visit.client}
    groups = [found for group in duplicates if len(found := seen & set(group)) > 1]
    alike = sum(map(len, groups))
    return Headline(
        contacts=sum(visit.contacts for visit in visits),
        people=len(seen),
        new=sum(first <= person.registered_on <= last for person in people),
        records=sum(visit.rows for visit in visits),
        alike=alike,
        fewer=alike - len(groups),
    )


def by_month(
    visits: Sequence[Visit], people: Iterable[Person], months: Sequence[date],
    modules: Mapping[str, str],
) -> Table:  # fmt: skip
    """Contacts, people and new clients of each month, then contacts of each module. People of
    several months are in each, so months of people do not add up, and have no total."""
    contacts: Counter[tuple[date, str]] = Counter()
    seen: dict[date, set[UUID]] = {month: set() for month in months}
    first_of: dict[date, date] = {}
    for client, _, module, day, many, _ in visits:
        month = first_of.get(day) or first_of.setdefault(day, day.replace(day=1))
        contacts[month, module] += many
        if client:
            seen[month].add(client)
    new = Counter(person.registered_on.replace(day=1) for person in people)
    rows = [
        Row(
            f"{month:%b %Y}",
            (
                sum(contacts[month, module] for module in modules),
                len(seen[month]),
                new[month],
                *(contacts[month, module] for module in modules),
            ),
        )
        for month in months
    ]
    head = ("Month", "Contacts", "People", "New clients", *modules.values())
    return Table("months", "By month", head, tuple(rows))


def by_module(visits: Sequence[Visit], modules: Mapping[str, str]) -> Table:
    """Contacts, people and records of each module."""
    contacts: Counter[str] = Counter()
    records: Counter[str] = Counter()
    seen: dict[str, set[UUID]] = {module: set() for module in modules}
    for client, _, module, _, many, rows in visits:
        contacts[module] += many
        records[module] += rows
        if client:
            seen[module].add(client)
    table = tuple(
        Row(title, (contacts[module], len(seen[module]), records[module]))
        for module, title in modules.items()
    )
    head = ("Module", "Contacts", "People", "Records")
    return Table("modules", "By module", head, table)


def by_whose(visits: Sequence[Visit]) -> Table:
    """Contacts of clients, of those who object, and of sessions that nobody named."""
    counted: Counter[str] = Counter()
    for visit in visits:
        counted[_whose(visit)] += visit.contacts
    names = ("Clients", "People who object", "Sessions that nobody named")
    rows = tuple(Row(name, (counted[name],)) for name in names)
    return Table("whose", "Whose activity it is", ("Whose", "Contacts"), rows)


def by_characteristic(
    contacts: Mapping[UUID, int], people: Iterable[Person], name: str, title: str, heading: str,
    kind: Callable[[Person], str], order: Sequence[str] = (), note: str = "",
) -> Table:  # fmt: skip
    """People who were seen and their contacts, by what ``kind`` says of each. Kinds stand in
    ``order``, those that it does not have by their number of people; none is left out of
    ``order``, and what is not recorded comes last."""
    seen: Counter[str] = Counter()
    did: Counter[str] = Counter()
    for person in people:
        if person.client in contacts:
            where = kind(person)
            seen[where] += 1
            did[where] += contacts[person.client]
    others = sorted((k for k in seen if k not in order and k != NOT_RECORDED),
                    key=lambda k: (-seen[k], k))  # fmt: skip
    kinds = [k for k in (*order, *others) if k != NOT_RECORDED]
    if seen[NOT_RECORDED] or NOT_RECORDED in order:
        kinds.append(NOT_RECORDED)
    rows = [Row(k, (seen[k], did[k])) for k in kinds]
    rows.append(Row("All", (sum(seen.values()), sum(did.values()))))
    return Table(name, title, (heading, "People", "Contacts"), tuple(rows), note, total=True)


def age_band(birth_year: int, year: int) -> str:
    """The band of the age that somebody reaches in ``year``."""
    age = year - birth_year
    return next((label for least, label in reversed(AGES) if age >= least), AGES[0][1])


def substance_group(codes: Collection[str], groups: Mapping[str, str]) -> str:
    """Where somebody stands who uses these substances, by the group of each code.

    Any opiate is opiate. Else a non-opiate with alcohol is both, without it non-opiate; else
    alcohol is alcohol only. Who uses image and performance drugs and none of these stands apart.
    """
    found = {groups.get(code, "") for code in codes}
    if "opiate" in found:
        return OPIATE
    if "non-opiate" in found:
        return BOTH if "alcohol" in found else NON_OPIATE
    if "alcohol" in found:
        return ALCOHOL
    return IMAGE if "image and performance" in found else NOT_RECORDED


def items_by_month(sums: Iterable[Sums], months: Sequence[date]) -> Table:
    """Needles and syringes and other items given out, and needles returned, by month."""
    out: Counter[date] = Counter()
    back: Counter[date] = Counter()
    for each in sums:
        out[each.month] += each.number
        back[each.month] += each.other
    rows = [Row(f"{month:%b %Y}", (out[month], back[month])) for month in months]
    rows.append(Row("All", (sum(out[m] for m in months), sum(back[m] for m in months))))
    head = ("Month", "Items out", "Needles returned")
    return Table("items-months", "Items out and returns by month", head, tuple(rows), total=True)


def items_by_kind(sums: Iterable[Sums], labels: Mapping[str, str]) -> Table:
    """Items out by what they are."""
    out: Counter[str] = Counter()
    for each in sums:
        if each.code:
            out[each.code] += each.number
    rows = [Row(label, (out.pop(code, 0),)) for code, label in labels.items()]
    rows += [Row(code, (number,)) for code, number in out.items()]
    shown = sorted((row for row in rows if row.numbers[0]), key=lambda row: -row.numbers[0])
    return Table("items", "Items out by kind", ("Item", "Number"), tuple(shown))


def returns_by_way(sums: Iterable[Sums], labels: Mapping[str, str]) -> Table:
    """Needles returned, by how they were counted."""
    back: Counter[str] = Counter()
    for each in sums:
        back[labels.get(each.detail, NOT_RECORDED)] += each.other
    rows = tuple(Row(way, (number,)) for way, number in back.most_common() if number)
    return Table("returns", "Returns by how they were counted", ("How", "Needles"), rows)


def naloxone_table(sums: Iterable[Sums], actions: Mapping[str, str]) -> Table:
    """Times, kits and doses by what happened."""
    found: dict[str, list[int]] = {code: [0, 0, 0] for code in actions}
    for each in sums:
        times = found.setdefault(each.code, [0, 0, 0])
        times[0] += each.rows
        times[1] += each.number
        times[2] += each.other
    rows = tuple(Row(actions.get(code, NOT_RECORDED), tuple(n)) for code, n in found.items())
    head = ("What happened", "Times", "Kits issued", "Doses used")
    return Table("naloxone", "Naloxone", head, rows)


def kits_by_recipient(sums: Iterable[Sums], labels: Mapping[str, str]) -> Table:
    """Kits issued by who received them."""
    kits: Counter[str] = Counter()
    for each in sums:
        if each.code == "ISSUED":
            kits[labels.get(each.detail, NOT_RECORDED)] += each.number
    rows = tuple(Row(who, (number,)) for who, number in kits.most_common() if number)
    return Table("kits", "Kits issued by who received them", ("Who", "Kits"), rows)


def referral_table(
    found: Iterable[Referral], direction: str, title: str, labels: Mapping[str, str]
) -> Table:
    """Referrals in one direction by agency: all, those who arrived, those who did not."""
    counted: dict[str, Counter[str]] = {}
    for each in found:
        if each.direction == direction:
            counted.setdefault(each.agency, Counter())[each.arrived] += each.many
    rows = [
        Row(
            labels.get(agency, NOT_RECORDED),
            (number := sum(by.values()), by["Y"], by["N"], number - by["Y"] - by["N"]),
        )
        for agency, by in counted.items()
    ]
    rows.sort(key=lambda row: (-row.numbers[0], row.label))
    head = ("Agency", "Referrals", "Arrived", "Did not arrive", "Not known")
    return Table(f"referrals-{direction.lower()}", title, head, tuple(rows))


def _whose(visit: Visit) -> str:
    if visit.client:
        return "Clients"
    return "People who object" if visit.objected else "Sessions that nobody named"
