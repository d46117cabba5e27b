"""`decide`: may this be done under this agreement, by which clause, and if not, what would help.

Each ``check`` looks at one side of a request and yields what a clause says of it. A request is
allowed when some clause grants it and none refuses it. What no clause grants, the agreement's
scope refuses, so that every refusal names a clause. Nothing here reads a clock, a file or the
order of the clauses.

What is said is judged, whatever the act, so that nothing said can slip through. To say more never
turns a refusal into a permission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sharewell.agreements.data import check_dataset, check_table
from sharewell.agreements.findings import Finding, refuse
from sharewell.agreements.model import Agreement, Clause
from sharewell.agreements.moving import check_flow, check_output
from sharewell.agreements.parties import (
    check_access,
    check_party,
    check_place,
    check_purpose,
    check_remote,
)
from sharewell.agreements.request import Cited, Decision, Request
from sharewell.agreements.using import check_combination, check_comparison, check_prohibition


def check_term(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """The day of the act lies within the term."""
    term = agreement.term
    if not term.first <= request.on <= term.last:
        yield refuse(
            term,
            f"The agreement runs from {term.first} to {term.last}, and this is for {request.on}.",
            "Renew the agreement, or ask under the version in force on that day.",
        )


CHECKS: tuple[Callable[[Agreement, Request], Iterator[Finding]], ...] = (
    check_term,
    check_party,
    check_access,
    check_remote,
    check_purpose,
    check_dataset,
    check_table,
    check_flow,
    check_combination,
    check_comparison,
    check_prohibition,
    check_place,
    check_output,
)


def _closest(agreement: Agreement, request: Request) -> tuple[Clause, ...]:
    """What to cite when no clause speaks: who may not, if nobody is named, or else the scope."""
    forbidding = tuple(p for p in agreement.prohibitions if p.act == request.act)
    return forbidding if forbidding and not request.by and not request.to else (agreement.scope,)


def decide(agreement: Agreement, request: Request) -> Decision:
    """Allowed or refused, with the clauses that decided it.

    Pure: the same agreement and request always give the same decision, whatever the order of
    the clauses in the file. A refusal cites every clause that refuses, a permission every clause
    that grants, both in the order of their ids.
    """
    findings = [finding for check in CHECKS for finding in check(agreement, request)]
    refusing = [finding for finding in findings if finding.verdict == "refuses"]
    granting = [finding for finding in findings if finding.verdict == "grants"]
    if not refusing and not granting:
        refusing = [
            refuse(
                clause,
                f"No clause lets {request.by or 'anyone'} {request.act} the data in this way.",
                "Amend the agreement with a clause that does.",
            )
            for clause in _closest(agreement, request)
        ]
    deciding = {
        Cited(f.clause.id, f.clause.words, f.because, f.remedy) for f in refusing or granting
    }
    return Decision(
        allowed=not refusing,
        agreement=agreement.name,
        request=request,
        clauses=tuple(sorted(deciding, key=lambda cited: (cited.id, cited.because))),
    )
