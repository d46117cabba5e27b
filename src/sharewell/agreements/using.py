"""Checks of what is done with the data: combining, comparing, and what is forbidden."""

from __future__ import annotations

from collections.abc import Iterator

from sharewell.agreements.findings import (
    Finding,
    actors,
    among,
    grant,
    least_refused,
    listed,
    refuse,
    same,
)
from sharewell.agreements.model import Agreement, Clause, Combination, Comparison
from sharewell.agreements.request import Request


def check_combination(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """A combination is with a named dataset, of a named table, on exactly the named keys.

    Other data or keys said of any other act (figures combined before they are shared, say) are
    held to the same clauses; a comparison has its own, and linking has only prohibitions.
    """
    combined = request.with_data or request.keys
    if request.act in ("compare", "link") or (request.act != "combine" and not combined):
        return
    if not agreement.combinations:
        linking = [clause for clause in agreement.prohibitions if clause.act == "link"]
        clauses: list[Clause] = [*linking] or [agreement.scope]
        for refusing in clauses:
            yield refuse(
                refusing,
                f"Nothing lets the data be combined with {request.with_data or 'other data'}.",
                "Amend the agreement with the combination and its keys.",
            )
        return
    refusals, best = least_refused(
        agreement.combinations, lambda clause: _judge_combination(clause, request)
    )
    yield from refusals
    if request.act == "combine" and not refusals:
        yield grant(best, f"It allows this with {best.with_dataset} on {listed(best.keys)}.")


def _judge_combination(clause: Combination, request: Request) -> Iterator[Finding]:
    if request.with_data and not same(request.with_data, clause.with_dataset):
        yield refuse(
            clause,
            f"It names {clause.with_dataset} and not {request.with_data}.",
            f"Combine with {clause.with_dataset}, or amend the agreement.",
        )
    if request.keys and set(request.keys) != set(clause.keys):
        yield refuse(
            clause,
            f"It links on {listed(clause.keys)} and nothing else.",
            f"Combine on {listed(clause.keys)}.",
        )
    if request.table and request.table not in clause.tables:
        yield refuse(
            clause,
            f"It does not cover the table {request.table}.",
            f"Combine one of: {listed(clause.tables)}.",
        )
    if others := set(request.breakdowns) - {*clause.keys, *clause.carried}:
        kept = listed({*clause.keys, *clause.carried})
        yield refuse(
            clause, f"It does not keep the split by {listed(others)}.", f"Split by some of: {kept}."
        )


def check_comparison(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """A comparison is with data that the agreement names, or with data like them."""
    if request.act != "compare" or not agreement.comparisons:
        return
    refusals, best = least_refused(
        agreement.comparisons, lambda clause: _judge_comparison(clause, request)
    )
    yield from refusals
    if not refusals:
        yield grant(best, f"It allows comparison with {request.with_data or 'other data'}.")


def _judge_comparison(clause: Comparison, request: Request) -> Iterator[Finding]:
    if request.keys:
        yield refuse(
            clause,
            f"A comparison needs no keys; {listed(request.keys)} would link.",
            "Compare results side by side, without keys.",
        )
    if clause.only_these and request.with_data and not among(request.with_data, clause.with_data):
        yield refuse(
            clause,
            f"It does not name {request.with_data}.",
            f"Compare with one of: {listed(clause.with_data)}.",
        )


def check_prohibition(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """What is forbidden stays forbidden."""
    if request.act == "sublicense":
        clause = agreement.sublicensing
        if clause.permitted:
            yield grant(clause, "It permits sub-licences.")
        else:
            yield refuse(clause, "It permits no sub-licence.", "Amend the agreement.")
    who = actors(agreement, request)
    for prohibition in agreement.prohibitions:
        limits = prohibition.limited_to
        concerned = not limits or any(among(name, limits) for name in who)
        if prohibition.act == request.act and concerned:
            yield refuse(
                prohibition,
                f"It forbids this to {listed(limits) if limits else 'everyone'}.",
                "Nothing makes this allowed under this agreement.",
            )
