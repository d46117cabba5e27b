"""Versions of one agreement: which governs on a day, and what an amendment changed.

The rule for overlaps: versions may run side by side (612092 v0.2 and v1.3 do, for 85 days).
From the first day of a later version, the later version alone governs; an earlier one governs
again only if the later one has ended first. "Later" is the greater version number, compared as
numbers. See docs/decisions for why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sharewell.agreements.errors import AgreementError, Problem
from sharewell.agreements.model import Agreement, Flow, Table


@dataclass(frozen=True)
class Overlap:
    """Two versions in force on the same days."""

    earlier: str
    later: str
    first: date
    last: date
    days: int


@dataclass(frozen=True)
class Amendment:
    """What changed from one version to another, in sentences."""

    old: str
    new: str
    became_allowed: tuple[str, ...]
    stopped_being_allowed: tuple[str, ...]
    words_changed: tuple[str, ...]


def in_force(versions: Iterable[Agreement], on: date) -> Agreement:
    """The version that governs on a day; AgreementError when none does."""
    versions = sorted(versions, key=lambda agreement: agreement.number)
    running = [a for a in versions if a.term.first <= on <= a.term.last]
    if not running:
        terms = "; ".join(f"v{a.version} {a.term.first} to {a.term.last}" for a in versions)
        raise AgreementError(
            (
                Problem(
                    message=f"No version of the agreement is in force on {on} ({terms or 'none'}).",
                    remedy="Renew the agreement, or ask for a day within one of these terms.",
                ),
            )
        )
    return running[-1]


def overlaps(versions: Iterable[Agreement]) -> tuple[Overlap, ...]:
    """Every pair of versions whose terms share days."""
    ordered = sorted(versions, key=lambda agreement: agreement.number)
    found = []
    for index, earlier in enumerate(ordered):
        for later in ordered[index + 1 :]:
            first = max(earlier.term.first, later.term.first)
            last = min(earlier.term.last, later.term.last)
            if first <= last:
                days = (last - first) // timedelta(days=1) + 1
                found.append(Overlap(earlier.name, later.name, first, last, days))
    return tuple(found)


def permissions(agreement: Agreement) -> frozenset[str]:
    """Everything that the agreement allows, one sentence each, free of clause ids and order."""
    allowed: set[str] = set()
    tables = {table.id: table for table in agreement.tables}
    for flow in agreement.flows:
        allowed |= _flow_permissions(flow, [tables[t] for t in flow.tables if t in tables])
    for combination in agreement.combinations:
        for table in combination.tables:
            allowed.add(
                f"Combine {table} with {combination.with_dataset} on "
                f"{' and '.join(sorted(combination.keys))}."
            )
    for comparison in agreement.comparisons:
        allowed |= {f"Compare with {data}." for data in comparison.with_data}
        if not comparison.only_these:
            allowed.add("Compare with other data of the same kind.")
    for access in agreement.access:
        allowed |= {f"{role} of {access.organisation} may see the data." for role in access.roles}
    for storage in agreement.storage:
        for place in (*storage.places, *(f"the cloud of {c}" for c in storage.cloud)):
            allowed.add(f"{storage.organisation} may store the data in {place}.")
    allowed |= {f"The data may be in {place}." for place in agreement.territory.places}
    for output in agreement.outputs:
        for audience in output.audiences:
            allowed.add(f"Show {audience} figures protected by {output.disclosure_rule}.")
    for dataset in agreement.datasets:
        allowed.add(f"Hold {dataset.dataset} data from {dataset.first}.")
        allowed.add(f"Hold {dataset.dataset} data to {dataset.last or 'the latest'}.")
    allowed.add(f"Act from {agreement.term.first} to {agreement.term.last}.")
    if agreement.sublicensing.permitted:
        allowed.add("Sub-license the data.")
    return frozenset(allowed)


def _flow_permissions(flow: Flow, tables: Iterable[Table]) -> set[str]:
    withheld = set(flow.withheld.breakdowns) if flow.withheld else set()
    form = "with small numbers" if flow.unsuppressed else "protected"
    allowed = set()
    for to in flow.to:
        for table in tables:
            since = max(flow.since or table.first, table.first)
            for crossing in table.crossings:
                if not withheld & set(crossing):
                    split = " x ".join(crossing)
                    counts = " and ".join(table.measures)
                    allowed.add(
                        f"{flow.by} may {flow.act} {table.id} ({counts}) by {split}, "
                        f"from {since}, {form}, to {to}."
                    )
    return allowed


def amendment(old: Agreement, new: Agreement) -> Amendment:
    """What the newer version allows that the older did not, and the reverse."""
    before, after = permissions(old), permissions(new)
    old_words = {clause.id: clause.words for clause in old.clauses()}
    new_words = {clause.id: clause.words for clause in new.clauses()}
    changed = [
        f'{clause}: "{old_words[clause]}" became "{new_words[clause]}"'
        for clause in sorted(old_words.keys() & new_words.keys())
        if old_words[clause] != new_words[clause]
    ]
    changed += [f'{c}: new, "{new_words[c]}"' for c in sorted(new_words.keys() - old_words.keys())]
    changed += [f'{c}: gone, "{old_words[c]}"' for c in sorted(old_words.keys() - new_words.keys())]
    return Amendment(
        old=old.name,
        new=new.name,
        became_allowed=tuple(sorted(after - before)),
        stopped_being_allowed=tuple(sorted(before - after)),
        words_changed=tuple(changed),
    )
