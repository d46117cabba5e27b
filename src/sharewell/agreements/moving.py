"""Checks of what moves: flows to a recipient, and outputs to an audience."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sharewell.agreements.data import judge_tables
from sharewell.agreements.findings import (
    FLOW_ACTS,
    Finding,
    among,
    grant,
    least_refused,
    listed,
    outside,
    refuse,
    same,
    short_name,
)
from sharewell.agreements.model import Agreement, Clause, Flow, Output
from sharewell.agreements.request import Request


def check_flow(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Some flow carries this table, so split, since then, for this purpose, to this recipient."""
    if request.act not in FLOW_ACTS:
        return
    flows = [flow for flow in agreement.flows if flow.act == request.act]
    if request.by:
        by = short_name(agreement, request.by)
        flows = [flow for flow in flows if same(flow.by, by)]
    if not flows:
        yield refuse(
            agreement.scope,
            f"No clause lets {request.by or 'anyone'} {request.act} the data.",
            "Amend the agreement with a flow that does.",
        )
        return
    targets = [short_name(agreement, name) for name in (request.to, request.audience) if name]
    reaching = [flow for flow in flows if all(among(target, flow.to) for target in targets)]
    if not reaching:
        yield from _out_of_reach(agreement, request, flows, targets)
        return
    refusals, flow = least_refused(reaching, lambda flow: _judge_flow(agreement, flow, request))
    yield from refusals
    if not refusals:
        yield grant(flow, _permission(flow))


def _permission(flow: Flow) -> str:
    limits = f", for data from {flow.since}" if flow.since else ""
    limits += f", without {listed(flow.withheld.breakdowns)}" if flow.withheld else ""
    return f"It lets {flow.by} {flow.act} this to {listed(flow.to)}{limits}."


def _out_of_reach(
    agreement: Agreement, request: Request, flows: Iterable[Flow], targets: Iterable[str]
) -> Iterator[Finding]:
    """Refusals for recipients that no flow reaches, by the clause that says so most clearly."""
    flows = list(flows)
    known = listed(name for flow in flows for name in flow.to)
    for target in targets:
        if any(among(target, flow.to) for flow in flows):
            continue
        remedy = f"Ask for one of: {known}; or amend the agreement with a flow to {target}."
        party = agreement.organisation(target)
        if party and not party.may_see_data:
            yield refuse(party, f"{party.name} may not see the data.", remedy)
        elif party or request.act in ("share", "publish"):
            for flow in flows:
                yield refuse(flow, f"It goes to {listed(flow.to)} and not to {target}.", remedy)
        else:
            for access in agreement.access:
                yield refuse(access, f"It does not name {target}.", remedy)
    if all(any(among(target, flow.to) for flow in flows) for target in targets):
        for flow in flows:
            yield refuse(
                flow,
                f"It does not reach {' and '.join(targets)}.",
                "Ask for one of them at a time.",
            )


def _judge_flow(agreement: Agreement, flow: Flow, request: Request) -> Iterator[Finding]:
    """What stands against a request under one flow."""
    tables = [table for table in agreement.tables if table.id in flow.tables]
    yield from judge_tables(flow, tables, request, flow.withheld)
    if flow.since and outside(request, flow.since):
        yield refuse(
            flow, f"It starts with data of {flow.since}.", f"Ask for data from {flow.since} on."
        )
    if request.purpose and not among(request.purpose, flow.purposes):
        served = [purpose for purpose in agreement.purposes if purpose.id in flow.purposes]
        clauses: list[Clause] = [*served] or [flow]
        for purpose in clauses:
            yield refuse(
                purpose,
                f"The flow {flow.id} does not serve '{request.purpose}'.",
                f"Use the data for: {listed(flow.purposes)}.",
            )
    if request.unsuppressed and not flow.unsuppressed:
        yield refuse(
            flow,
            "It carries small numbers only when they are suppressed.",
            "Apply the disclosure rule first.",
        )


def check_output(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """What is shown to an audience is protected by the rule that the agreement names."""
    shown = request.act in ("share", "publish")
    if not shown and request.audience is None and request.rule is None:
        return
    audience = request.audience or (request.to if shown else None)
    yield from least_refused(
        agreement.outputs, lambda output: _judge_output(output, request, shown, audience)
    )[0]


def _judge_output(
    output: Output, request: Request, shown: bool, audience: str | None
) -> Iterator[Finding]:
    if audience and not shown:
        yield refuse(
            output,
            f"An audience gets protected figures and cannot {request.act} the data.",
            "Ask whether the figures may be shared or published.",
        )
    elif audience and not among(audience, output.audiences):
        yield refuse(
            output, f"It does not name {audience}.", f"Show it to: {listed(output.audiences)}."
        )
    if shown and request.unsuppressed:
        yield refuse(
            output,
            "It shows small numbers only when they are suppressed.",
            f"Apply the rule {output.disclosure_rule}.",
        )
    if request.rule and not same(request.rule, output.disclosure_rule):
        yield refuse(
            output,
            f"Its disclosure rule is {output.disclosure_rule}, not {request.rule}.",
            f"Apply the rule {output.disclosure_rule}.",
        )
