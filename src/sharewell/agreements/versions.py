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
    """The version of one agreement that governs on a day; AgreementError when none does."""
    versions = sorted(versions, key=lambda agreement: agreement.number)
    if len(references := {agreement.reference for agreement in versions}) > 1:
        raise AgreementError(
            (
                Problem(
                    message=f"{', '.join(sorted(references))} are different agreements.",
                    remedy="Ask for the versions of one.",
                ),
            )
        )
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
    """Every pair of versions of the same agreement whose terms share days."""
    ordered = sorted(versions, key=lambda agreement: (agreement.reference, agreement.number))
    found = []
    for index, earlier in enumerate(ordered):
        for later in ordered[index + 1 :]:
            first = max(earlier.term.first, later.term.first)
            last = min(earlier.term.last, later.term.last)
            if earlier.reference == later.reference and first <= last:
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
        carried = f", keeping {_and(combination.carried)}" if combination.carried else ""
        for table in combination.tables:
            allowed.add(
                f"Combine {table} with {combination.with_dataset} on "
                f"{_and(combination.keys)}{carried}."
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
    if remote := agreement.remote_access:
        who = _and(remote.limited_to) if remote.limited_to else "Any party"
        allowed.add(f"{who} may reach the data remotely, given {_and(remote.conditions)}.")
    for output in agreement.outputs:
        withheld = "".join(
            f", without {_and(extra.geography)} by {_and(extra.split_by)}" for extra in output.extra
        )
        for audience in output.audiences:
            allowed.add(f"Show {audience} figures protected by {output.disclosure_rule}{withheld}.")
    for dataset in agreement.datasets:
        allowed.add(f"Hold {dataset.dataset} data from {dataset.first}.")
        allowed.add(f"Hold {dataset.dataset} data to {dataset.last or 'the latest'}.")
        allowed |= {f"Hold the {dataset.dataset} column {name}." for name in dataset.columns}
    allowed.add(f"Act from {agreement.term.first} to {agreement.term.last}.")
    if agreement.sublicensing.permitted:
        allowed.add("Sub-license the data.")
    return frozenset(allowed)


def _flow_permissions(flow: Flow, tables: Iterable[Table]) -> set[str]:
    withheld = set(flow.withheld.breakdowns) if flow.withheld else set()
    form = "with small numbers" if flow.unsuppressed else "protected"
    allowed = set()
    for to in flow.to:
        for purpose in flow.purposes:
            allowed.add(f"{flow.by} may {flow.act} to {to} for {purpose}.")
        if not flow.tables:
            since = f" from {flow.since}" if flow.since else ""
            allowed.add(f"{flow.by} may {flow.act} data{since}, {form}, to {to}.")
        for table in tables:
            since = max(flow.since or table.first, table.first).isoformat()
            period = f"from {since}" + (f" to {table.last}" if table.last else "")
            for crossing in table.crossings:
                if not withheld & set(crossing):
                    allowed.add(
                        f"{flow.by} may {flow.act} {table.id} ({_and(table.measures)} of "
                        f"{table.code_list}) by {' x '.join(sorted(crossing))}, "
                        f"{period}, {form}, to {to}."
                    )
    return allowed


def _and(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))


def amendment(old: Agreement, new: Agreement) -> Amendment:
    """What the newer version allows that the older did not, and the reverse."""
    before, after = permissions(old), permissions(new)
    was = {clause.id: clause for clause in old.clauses()}
    now = {clause.id: clause for clause in new.clauses()}
    changed = [
        f'{id_}: "{was[id_].words}" ({was[id_].source}) became "{now[id_].words}" '
        f"({now[id_].source})"
        for id_ in sorted(was.keys() & now.keys())
        if was[id_].words != now[id_].words
    ]
    changed += [f'{id_}: new, "{now[id_].words}"' for id_ in sorted(now.keys() - was.keys())]
    changed += [f'{id_}: gone, "{was[id_].words}"' for id_ in sorted(was.keys() - now.keys())]
    return Amendment(
        old=old.name,
        new=new.name,
        became_allowed=tuple(sorted(after - before)),
        stopped_being_allowed=tuple(sorted(before - after)),
        words_changed=tuple(changed),
    )
