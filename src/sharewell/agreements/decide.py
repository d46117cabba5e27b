"""`decide`: may this be done under this agreement, by which clause, and if not, what would help.

Each ``check`` looks at one side of a request and yields what a clause says of it. A request is
allowed when some clause grants it and none refuses it. What no clause grants, the agreement's
scope refuses, so that every refusal names a clause. Nothing here reads a clock, a file or the
order of the clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from sharewell.agreements.model import (
    Access,
    Act,
    Agreement,
    Clause,
    Combination,
    Flow,
    Output,
    Storage,
    Table,
)
from sharewell.agreements.request import Cited, Decision, Request

FLOW_ACTS = get_args(Act)
AnyClause = TypeVar("AnyClause", bound=Clause)


@dataclass(frozen=True)
class Finding:
    """What one clause says of a request: it grants it, or it refuses it."""

    clause: Clause
    verdict: Literal["grants", "refuses"]
    because: str
    remedy: str = ""


def _grant(clause: Clause, because: str) -> Finding:
    return Finding(clause, "grants", because)


def _refuse(clause: Clause, because: str, remedy: str) -> Finding:
    return Finding(clause, "refuses", because, remedy)


def _listed(names: Iterable[object]) -> str:
    return ", ".join(str(name) for name in names) or "none"


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _among(wanted: str, names: Iterable[str]) -> bool:
    return any(_same(wanted, name) for name in names)


def _least_refused(
    clauses: Iterable[AnyClause], judge: Callable[[AnyClause], Iterable[Finding]]
) -> tuple[tuple[Finding, ...], AnyClause]:
    """Of several clauses that could grant, the one with the least against it; ids break ties."""
    judged = ((tuple(judge(clause)), clause) for clause in clauses)
    return min(judged, key=lambda pair: (len(pair[0]), pair[1].id))


def _short(agreement: Agreement, name: str) -> str:
    """A party's short name, or the name as asked when it is no party."""
    party = agreement.organisation(name)
    return party.short if party else name


def check_term(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """The day of the act lies within the term."""
    term = agreement.term
    if not term.first <= request.on <= term.last:
        yield _refuse(
            term,
            f"The agreement runs from {term.first} to {term.last}, and this is for {request.on}.",
            "Renew the agreement, or ask under the version in force on that day.",
        )


def check_dataset(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """The dataset is part of the agreement, and the data asked for lie within its period."""
    table = agreement.table(request.table) if request.table else None
    name = request.dataset or (table.dataset if table else None)
    if name is None:
        return
    held = [d for d in agreement.datasets if d.dataset == name]
    if not held:
        yield _refuse(
            agreement.scope,
            f"The agreement does not cover the dataset {name}.",
            f"Ask for one of: {_listed(sorted(d.dataset for d in agreement.datasets))}.",
        )
    for dataset in held:
        if (request.first and request.first < dataset.first) or (
            dataset.last and request.last and request.last > dataset.last
        ):
            yield _refuse(
                dataset,
                f"It covers data from {dataset.first} to {dataset.last or 'the latest'}.",
                "Ask for data within that period, or amend the agreement.",
            )
        withheld = [
            column for column in request.columns if _among(column, dataset.withheld_columns)
        ]
        if withheld:
            yield _refuse(
                dataset,
                f"It leaves out {_listed(withheld)}.",
                "Ask without these columns.",
            )
        elif request.columns and dataset.level == "aggregated":
            yield _refuse(
                dataset,
                "It covers aggregated counts, which have breakdowns and no columns of records.",
                "Ask for a table and its breakdowns.",
            )


def check_flow(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Some flow carries this table, so split, since then, for this purpose, to this recipient."""
    if request.act not in FLOW_ACTS:
        return
    flows = [flow for flow in agreement.flows if flow.act == request.act]
    if request.by:
        by = _short(agreement, request.by)
        flows = [flow for flow in flows if _same(flow.by, by)]
    if not flows:
        yield _refuse(
            agreement.scope,
            f"No clause lets {request.by or 'anyone'} {request.act} the data.",
            "Amend the agreement with a flow that does.",
        )
        return
    target = request.to or request.audience
    if target:
        to = _short(agreement, target)
        reaching = [flow for flow in flows if _among(to, flow.to)]
        if not reaching:
            yield from _no_such_recipient(agreement, request, to, flows)
            return
        flows = reaching
    refusals, flow = _least_refused(flows, lambda flow: _judge(agreement, flow, request))
    yield from refusals
    if not refusals:
        yield _grant(flow, f"It lets {flow.by} {flow.act} this to {_listed(flow.to)}.")


def _no_such_recipient(
    agreement: Agreement, request: Request, to: str, flows: Iterable[Flow]
) -> Iterator[Finding]:
    known = sorted({name for flow in flows for name in flow.to})
    remedy = f"Ask for one of: {_listed(known)}; or amend the agreement with a flow to {to}."
    party = agreement.organisation(to)
    if party and not party.may_see_data:
        yield _refuse(party, f"{party.name} may not see the data.", remedy)
    elif request.act in ("share", "publish"):
        for output in agreement.outputs:
            yield _refuse(output, f"It does not name the audience {to}.", remedy)
    else:
        for access in agreement.access:
            yield _refuse(access, f"It does not name {to}.", remedy)


def _judge(agreement: Agreement, flow: Flow, request: Request) -> Iterator[Finding]:
    """What stands against a request under one flow."""
    table = agreement.table(request.table) if request.table else None
    if request.table and (table is None or table.id not in flow.tables):
        yield _refuse(
            flow,
            f"It does not carry a table called {request.table}.",
            f"Ask for one of: {_listed(sorted(flow.tables))}.",
        )
    tables = [table] if table else [t for t in agreement.tables if t.id in flow.tables]
    yield from _judge_breakdowns(flow, tables, request)
    if flow.since and request.first and request.first < flow.since:
        yield _refuse(
            flow,
            f"It starts with data of {flow.since}, and this asks for data of {request.first}.",
            f"Ask for data from {flow.since} on.",
        )
    if table:
        yield from _judge_table(table, request)
    if request.purpose and not _among(request.purpose, flow.purposes):
        purposes = [p for p in agreement.purposes if p.id in flow.purposes]
        clauses: list[Clause] = [*purposes] or [flow]
        for purpose in clauses:
            yield _refuse(
                purpose,
                f"The flow {flow.id} does not serve '{request.purpose}'.",
                f"Use the data for: {_listed(flow.purposes)}.",
            )
    if request.unsuppressed and not flow.unsuppressed:
        yield _refuse(
            flow,
            "It carries small numbers only when they are suppressed.",
            "Apply the disclosure rule first.",
        )


def _judge_breakdowns(flow: Flow, tables: Iterable[Table], request: Request) -> Iterator[Finding]:
    asked = set(request.breakdowns)
    if not asked:
        return
    withheld = set(flow.withheld.breakdowns) if flow.withheld else set()
    if flow.withheld and asked & withheld:
        yield _refuse(
            flow.withheld,
            f"It keeps back {_listed(sorted(asked & withheld))}.",
            f"Ask without {_listed(sorted(asked & withheld))}.",
        )
    tables = list(tables)
    left = asked - withheld
    crossings = {crossing for table in tables for crossing in table.crossings}
    if left and not any(left <= set(crossing) for crossing in crossings):
        offered = sorted(
            " x ".join(crossing) for crossing in crossings if not withheld & set(crossing)
        )
        clauses: list[Clause] = [*tables] or [flow]
        for clause in clauses:
            yield _refuse(
                clause,
                f"It does not split by {' x '.join(sorted(left))}.",
                f"Ask for one of: {_listed(offered)}.",
            )


def _judge_table(table: Table, request: Request) -> Iterator[Finding]:
    missing = [measure for measure in request.measures if measure not in table.measures]
    if missing:
        yield _refuse(
            table,
            f"It does not count {_listed(missing)}.",
            f"Ask for {_listed(table.measures)}.",
        )
    if (request.first and request.first < table.first) or (
        table.last and request.last and request.last > table.last
    ):
        yield _refuse(
            table,
            f"It covers data from {table.first} to {table.last or 'the latest'}.",
            "Ask for data within that period.",
        )


def check_combination(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """A combination is with a named dataset, of a named table, on exactly the named keys."""
    if request.act != "combine":
        return
    named = [
        clause
        for clause in agreement.combinations
        if request.with_data is None or _same(clause.with_dataset, request.with_data)
    ]
    if not named:
        linking = [clause for clause in agreement.prohibitions if clause.act == "link"]
        clauses: list[Clause] = [*linking] or [agreement.scope]
        for refusing in clauses:
            yield _refuse(
                refusing,
                f"Nothing lets the data be combined with {request.with_data or 'other data'}.",
                "Amend the agreement with the combination and its keys.",
            )
        return
    refusals, best = _least_refused(named, lambda clause: _judge_combination(clause, request))
    yield from refusals
    if not refusals:
        yield _grant(best, f"It allows this on {_listed(best.keys)}.")


def _judge_combination(clause: Combination, request: Request) -> Iterator[Finding]:
    if request.keys and set(request.keys) != set(clause.keys):
        yield _refuse(
            clause,
            f"It links on {_listed(clause.keys)} and nothing else.",
            f"Combine on {_listed(clause.keys)}.",
        )
    if request.table and request.table not in clause.tables:
        yield _refuse(
            clause,
            f"It does not cover the table {request.table}.",
            f"Combine one of: {_listed(clause.tables)}.",
        )


def check_comparison(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """A comparison is with data that the agreement names, or with data like them."""
    if request.act != "compare":
        return
    for clause in agreement.comparisons:
        if (
            request.with_data is None
            or not clause.only_these
            or _among(request.with_data, clause.with_data)
        ):
            yield _grant(clause, f"It allows comparison with {request.with_data or 'other data'}.")
        else:
            yield _refuse(
                clause,
                f"It does not name {request.with_data}.",
                f"Compare with one of: {_listed(clause.with_data)}.",
            )


def check_prohibition(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """What is forbidden stays forbidden."""
    if request.act == "sublicense":
        clause = agreement.sublicensing
        if clause.permitted:
            yield _grant(clause, "It permits sub-licences.")
        else:
            yield _refuse(clause, "It permits no sub-licence.", "Amend the agreement.")
    for prohibition in agreement.prohibitions:
        if prohibition.act == request.act:
            yield _refuse(
                prohibition,
                "It forbids this to everyone.",
                "Nothing makes this allowed under this agreement.",
            )


def check_access(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Who sees unpublished data belongs to a named party, in a named role."""
    if request.act != "access":
        return
    by = _short(agreement, request.by or "")
    party = agreement.organisation(by)
    if party and not party.may_see_data:
        yield _refuse(party, f"{party.name} may not see the data.", "Nothing else is needed of it.")
        return
    clauses = [clause for clause in agreement.access if not by or _same(clause.organisation, by)]
    if not clauses:
        parties = sorted({clause.organisation for clause in agreement.access})
        for other in agreement.access:
            yield _refuse(other, f"It does not name {by}.", f"Access is for {_listed(parties)}.")
    fitting = [c for c in clauses if request.role is None or _among(request.role, c.roles)]
    for fit in fitting:
        yield _grant(fit, f"It admits {_listed(fit.roles)}, authorised by {fit.authorised_by}.")
    if not fitting:
        yield from (_wrong_role(clause, request) for clause in clauses)
    remote = agreement.remote_access
    if remote and request.met is not None:
        unmet = [condition for condition in remote.conditions if condition not in request.met]
        if unmet:
            yield _refuse(remote, f"Not met: {_listed(unmet)}.", f"Meet {_listed(unmet)}.")


def _wrong_role(clause: Access, request: Request) -> Finding:
    return _refuse(
        clause,
        f"It does not admit the role '{request.role}'.",
        f"{clause.authorised_by} may authorise {_listed(clause.roles)}.",
    )


def check_place(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Data are stored and reached only within the territory and the named places."""
    territory = agreement.territory
    if request.territory and not _among(request.territory, territory.places):
        yield _refuse(
            territory,
            f"{request.territory} lies outside it.",
            f"Keep the data within {_listed(territory.places)}.",
        )
    if request.act != "store" and request.storage is None and request.cloud is None:
        return
    holder = request.to or request.by
    short = _short(agreement, holder) if holder else None
    clauses = [c for c in agreement.storage if short is None or _same(c.organisation, short)]
    if not clauses:
        holders = sorted({clause.organisation for clause in agreement.storage})
        for clause in agreement.storage or (agreement.scope,):
            yield _refuse(
                clause, f"It does not let {short} hold the data.", f"Hold it at {_listed(holders)}."
            )
        return
    refusals, best = _least_refused(clauses, lambda clause: _judge_storage(clause, request))
    yield from refusals
    if not refusals and request.act == "store":
        yield _grant(best, f"It lets {best.organisation} hold the data there.")


def _judge_storage(clause: Storage, request: Request) -> Iterator[Finding]:
    places = (*clause.places, *clause.cloud)
    if request.storage and not _among(request.storage, places):
        yield _refuse(
            clause, f"It does not name {request.storage}.", f"Store it in: {_listed(places)}."
        )
    if request.cloud and not clause.cloud:
        yield _refuse(clause, "It allows no cloud.", f"Store it in: {_listed(clause.places)}.")


def check_output(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """What is shown to an audience is protected by the rule that the agreement names."""
    if request.act not in ("publish", "share"):
        return
    audience = request.audience or request.to
    clauses = [c for c in agreement.outputs if audience is None or _among(audience, c.audiences)]
    if not clauses:
        known = sorted({name for output in agreement.outputs for name in output.audiences})
        for output in agreement.outputs:
            yield _refuse(output, f"It does not name {audience}.", f"Show it to: {_listed(known)}.")
        return
    yield from _least_refused(clauses, lambda clause: _judge_output(clause, request))[0]


def _judge_output(clause: Output, request: Request) -> Iterator[Finding]:
    if request.unsuppressed:
        yield _refuse(
            clause,
            "It shows small numbers only when they are suppressed.",
            f"Apply the rule {clause.disclosure_rule}.",
        )
    if request.rule and not _same(request.rule, clause.disclosure_rule):
        yield _refuse(
            clause,
            f"Its disclosure rule is {clause.disclosure_rule}, not {request.rule}.",
            f"Apply the rule {clause.disclosure_rule}.",
        )


CHECKS: tuple[Callable[[Agreement, Request], Iterator[Finding]], ...] = (
    check_term,
    check_dataset,
    check_flow,
    check_combination,
    check_comparison,
    check_prohibition,
    check_access,
    check_place,
    check_output,
)


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
            _refuse(
                agreement.scope,
                f"No clause lets anyone {request.act} the data in this way.",
                "Amend the agreement with a clause that does.",
            )
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
