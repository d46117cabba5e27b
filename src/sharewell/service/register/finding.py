"""Search and filter: the criteria of `sharewell.register.search`, asked of the tables.

One thing is asked differently here: each word of the text begins a word of the agreement, where
the room looks within words too. So the words are found by an index.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Q, QuerySet

from sharewell.register import Criteria
from sharewell.register.names import AliasKind, fold, known_aliases
from sharewell.service.register.keeping import tokens
from sharewell.service.register.models import AgreementRow, DatasetRow, Edition


def find(edition: Edition, wanted: Criteria) -> QuerySet[AgreementRow]:
    """The versions of an edition that meet every criterion given, by organisation and title."""
    found = AgreementRow.objects.of(edition).order_by("organisation", "title", "name")
    rows = DatasetRow.objects.of(edition).filter(agreement=OuterRef("name"))
    for test in (
        *_of_agreement(wanted, edition.as_of),
        *_of_datasets(wanted, rows),
        *(_word(word, edition) for word in tokens(wanted.text)),
    ):
        found = found.filter(test)
    return found.defer(
        "objective", "processing", "outputs", "benefits", "yielded_benefits", "words"
    )


@lru_cache(maxsize=64)
def choices(edition: int, field: str) -> tuple[str, ...]:
    """The values that a field of the datasets has in an edition (which never changes), each once
    whatever its looks."""
    rows = DatasetRow.objects.of(Edition.objects.get(pk=edition))
    found = {fold(text): text for text in rows.values_list(field, flat=True).distinct() if text}
    return tuple(found[key] for key in sorted(found))


def _of_agreement(wanted: Criteria, on: date) -> list[Q]:
    tests = []
    if wanted.organisation:
        tests.append(_holds("organisation_forms", "organisation", wanted.organisation))
    if wanted.sublicensing is not None:
        tests.append(Q(is_sublicensing=wanted.sublicensing))
    if wanted.commercial is not None:
        tests.append(Q(is_commercial=wanted.commercial))
    if wanted.active is not None:
        inside = Q(start__lte=on, end__gte=on)
        known = Q(start__isnull=False, end__isnull=False)
        tests.append(inside if wanted.active else known & ~inside)
    if wanted.year is not None:
        tests.append(Q(start__year__lte=wanted.year, end__year__gte=wanted.year))
    return tests


def _of_datasets(wanted: Criteria, rows: Any) -> list[Any]:
    tests: list[Any] = []
    if wanted.dataset:
        tests.append(Exists(rows.filter(_holds("dataset_forms", "dataset", wanted.dataset))))
    if wanted.legal_basis:
        tests.append(Exists(rows.filter(_holds("legal_basis_form", "value", wanted.legal_basis))))
    if wanted.type_of_data:
        tests.append(Exists(rows.filter(_holds("type_form", "value", wanted.type_of_data))))
    if wanted.access_method is not None:
        tests.append(Exists(rows.filter(access_method=wanted.access_method)))
    if wanted.sensitive is True:
        tests.append(Exists(rows.filter(is_sensitive=True)))
    elif wanted.sensitive is False:
        # Not sensitive only when every dataset is known not to be.
        tests.append(Exists(rows))
        tests.append(~Exists(rows.filter(Q(is_sensitive=True) | Q(is_sensitive__isnull=True))))
    return tests


def _holds(column: str, kind: AliasKind, words: str) -> Q:
    looked_for = {fold(words), known_aliases().canonical(kind, words)}
    test = Q()
    for form in looked_for:
        test |= Q(**{f"{column}__contains": form})
    return test


def _word(word: str, edition: Edition) -> Q:
    """Each half is looked up by its index, once, and not asked of row after row."""
    begins = _Prefix(word)
    said = AgreementRow.objects.of(edition).filter(words=begins)
    listed = DatasetRow.objects.of(edition).filter(words=begins)
    return Q(pk__in=said.values("pk")) | Q(name__in=listed.values("agreement"))


class _Prefix(SearchQuery):
    """Words that begin so. The word is of letters, digits and underscores alone."""

    def __init__(self, word: str) -> None:
        super().__init__(f"'{word}':*", search_type="raw", config="simple")
