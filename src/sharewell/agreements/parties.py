"""Checks of who acts, in which role, for what, from where, and where the data are kept."""

from __future__ import annotations

from collections.abc import Iterator

from sharewell.agreements.findings import (
    FLOW_ACTS,
    Finding,
    actors,
    among,
    grant,
    least_refused,
    listed,
    refuse,
    same,
    short_name,
)
from sharewell.agreements.model import Access, Agreement, Clause, Storage
from sharewell.agreements.request import Request


def check_party(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Who acts is a party, and one that may see the data (who only hosts may store them)."""
    if request.act in FLOW_ACTS:  # the flow itself says who sends
        return
    for name in actors(agreement, request):
        party = agreement.organisation(name)
        if party is None and request.act != "access":  # there the access clauses say who may
            parties = listed(party.short for party in agreement.organisations)
            yield refuse(
                agreement.scope,
                f"{name} is not a party to this agreement.",
                f"Ask for one of: {parties}; or amend the agreement.",
            )
        elif party and not party.may_see_data and request.act != "store":
            yield refuse(
                party, f"{party.name} may not see the data.", "Let a party do it that may."
            )


def check_access(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Who sees unpublished data belongs to a named party, in a named role."""
    if request.act != "access" and request.role is None:
        return
    for name in actors(agreement, request) or (None,):
        party = agreement.organisation(name) if name else None
        if party and (not party.may_see_data or _is_own_supplier(agreement, name, request)):
            continue
        clauses = [c for c in agreement.access if name is None or same(c.organisation, name)]
        if not clauses:
            admitted = listed(clause.organisation for clause in agreement.access)
            for other in agreement.access:
                yield refuse(other, f"It does not name {name}.", f"Access is for {admitted}.")
            continue
        refusals, best = least_refused(clauses, lambda clause: _judge_role(clause, request))
        yield from refusals
        if request.act == "access" and not refusals:
            kept = ", and a list of them is kept" if best.list_kept else ""
            yield grant(
                best, f"It admits {listed(best.roles)}, authorised by {best.authorised_by}{kept}."
            )


def _is_own_supplier(agreement: Agreement, name: str | None, request: Request) -> bool:
    """Roles within the supplier are not this agreement's business; access to it would be."""
    party = agreement.organisation(name) if name else None
    return party is not None and party.role == "supplier" and request.act != "access"


def _judge_role(clause: Access, request: Request) -> Iterator[Finding]:
    if request.role and not among(request.role, clause.roles):
        yield refuse(
            clause,
            f"It does not admit the role '{request.role}'.",
            f"Let {listed(clause.roles)} do it, authorised by {clause.authorised_by}.",
        )


def check_remote(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Remote access, where the agreement has it at all, meets every condition."""
    if request.met is None:
        return
    remote = agreement.remote_access
    if remote is None:
        yield refuse(
            agreement.scope,
            "No clause lets the data be reached remotely.",
            "Work where the data are, or amend the agreement.",
        )
        return
    for name in actors(agreement, request):
        if remote.limited_to and not among(name, remote.limited_to):
            yield refuse(
                remote,
                f"It gives remote access to {listed(remote.limited_to)} and not to {name}.",
                "Work where the data are, or amend the agreement.",
            )
    if unmet := set(remote.conditions) - set(request.met):
        yield refuse(remote, f"Not met: {listed(unmet)}.", f"Meet {listed(unmet)}.")


def check_purpose(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Outside a flow, too, the purpose is one of the agreement's, and of those who act."""
    if request.purpose is None or request.act in FLOW_ACTS:
        return
    purpose = next((p for p in agreement.purposes if same(p.id, request.purpose)), None)
    if purpose is None:
        yield refuse(
            agreement.scope,
            f"'{request.purpose}' is not one of the agreement's purposes.",
            f"Use the data for: {listed(p.id for p in agreement.purposes)}.",
        )
        return
    for name in actors(agreement, request):
        if purpose.limited_to and not among(name, purpose.limited_to):
            yield refuse(
                purpose,
                f"It is for {listed(purpose.limited_to)} and not for {name}.",
                "Use the data for a purpose of its own.",
            )


def check_place(agreement: Agreement, request: Request) -> Iterator[Finding]:
    """Data are stored and reached only within the territory and the named places."""
    territory = agreement.territory
    if request.territory and not among(request.territory, territory.places):
        yield refuse(
            territory,
            f"{request.territory} lies outside it.",
            f"Keep the data within {listed(territory.places)}.",
        )
    if request.act != "store" and request.storage is None and request.cloud is None:
        return
    # What moves is kept by whoever receives it.
    holders = (
        tuple(short_name(agreement, name) for name in (request.to,) if name)
        if request.act in FLOW_ACTS
        else actors(agreement, request)
    )
    for holder in holders or (None,):
        yield from _check_holder(agreement, request, holder)


def _check_holder(agreement: Agreement, request: Request, holder: str | None) -> Iterator[Finding]:
    clauses = [
        clause
        for clause in agreement.storage
        if holder is None or among(holder, (clause.organisation, *clause.cloud))
    ]
    if not clauses:
        named: list[Clause] = [*agreement.storage] or [agreement.scope]
        remedy = f"Hold it at {listed(clause.organisation for clause in agreement.storage)}."
        for clause in named:
            yield refuse(clause, f"It does not let {holder or 'anyone'} hold the data.", remedy)
        return
    refusals, best = least_refused(clauses, lambda clause: _judge_storage(clause, request))
    yield from refusals
    if not refusals and request.act == "store":
        yield grant(best, f"It lets {best.organisation} hold the data there.")


def _judge_storage(clause: Storage, request: Request) -> Iterator[Finding]:
    places = (*clause.places, *clause.cloud)
    if request.storage and not among(request.storage, places):
        yield refuse(
            clause, f"It does not name {request.storage}.", f"Store it in: {listed(places)}."
        )
    if request.cloud and not among(request.cloud, clause.cloud):
        allowed = f"only the cloud of {listed(clause.cloud)}" if clause.cloud else "no cloud"
        yield refuse(clause, f"It allows {allowed}.", f"Store it in: {listed(places)}.")
