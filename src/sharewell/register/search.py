"""Finding agreements in an edition. Every criterion that is given must hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sharewell.register.model import AccessMethod, Edition, RegisterAgreement
from sharewell.register.names import Aliases, AliasKind, fold, known_aliases


@dataclass(frozen=True)
class Criteria:
    """What is looked for; empty or None: anything.

    Words match when they stand in the field, whatever the case, typography or alias. ``text``:
    every word stands somewhere in the agreement. ``organisation`` is the applicant or a
    controller. ``active`` needs a day; ``year``: in force on some day of it. Flags and terms
    that the register does not give match neither True nor False.
    """

    text: str = ""
    organisation: str = ""
    dataset: str = ""
    legal_basis: str = ""
    type_of_data: str = ""
    sensitive: bool | None = None
    commercial: bool | None = None
    sublicensing: bool | None = None
    access_method: AccessMethod | None = None
    active: bool | None = None
    year: int | None = None


def search(
    edition: Edition, criteria: Criteria, on: date | None = None, aliases: Aliases | None = None
) -> tuple[RegisterAgreement, ...]:
    """The versions that meet the criteria, in the edition's order.

    ``on`` is the day of "active" (default: the day of the edition).
    """
    day = on or edition.as_of
    names = aliases or known_aliases()
    return tuple(
        agreement
        for agreement in edition.agreements
        if all(_tests(edition, agreement, criteria, day, names))
    )


def _tests(
    edition: Edition,
    agreement: RegisterAgreement,
    wanted: Criteria,
    day: date | None,
    aliases: Aliases,
) -> Iterator[bool]:
    rows = edition.datasets_of.get(agreement.name, ())
    if wanted.sublicensing is not None:
        yield agreement.permits_sublicensing is wanted.sublicensing
    if wanted.commercial is not None:
        yield agreement.is_commercial is wanted.commercial
    if wanted.active is not None:
        yield day is not None and agreement.active(day) is wanted.active
    if wanted.year is not None:
        yield _in_year(agreement, wanted.year)
    if wanted.organisation:
        held = (agreement.organisation, *agreement.controllers)
        yield _holds(held, "organisation", wanted.organisation, aliases)
    if wanted.dataset:
        yield _holds((row.dataset for row in rows), "dataset", wanted.dataset, aliases)
    if wanted.legal_basis:
        yield _holds((row.legal_basis for row in rows), "value", wanted.legal_basis, aliases)
    if wanted.type_of_data:
        yield _holds((row.type_of_data for row in rows), "value", wanted.type_of_data, aliases)
    if wanted.sensitive is not None:
        # Sensitive as soon as one dataset is; not sensitive only when every dataset is not.
        flags = {row.is_sensitive for row in rows}
        yield True in flags if wanted.sensitive else flags == {False}
    if wanted.access_method is not None:
        yield wanted.access_method in {row.access_method for row in rows}
    if wanted.text:
        everything = fold(" ".join(_words(agreement, [row.dataset for row in rows])))
        yield all(word in everything for word in fold(wanted.text).split(" "))


def _holds(texts: Iterable[str | None], kind: AliasKind, wanted: str, aliases: Aliases) -> bool:
    looked_for = {fold(wanted), aliases.canonical(kind, wanted)}
    return any(
        words in form
        for text in texts
        if text
        for form in (fold(text), aliases.canonical(kind, text))
        for words in looked_for
    )


def _in_year(agreement: RegisterAgreement, year: int) -> bool:
    if agreement.start is None or agreement.end is None:
        return False
    return agreement.start.year <= year <= agreement.end.year


def _words(agreement: RegisterAgreement, datasets: list[str]) -> Iterator[str]:
    yield from (agreement.name, agreement.title, agreement.organisation, *agreement.controllers)
    yield from datasets
    yield from (
        agreement.objective or "",
        agreement.processing or "",
        agreement.outputs or "",
        agreement.benefits or "",
        agreement.yielded_benefits or "",
    )
