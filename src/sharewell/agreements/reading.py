"""How a clause executes, in a sentence: what `decide` makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sharewell.agreements import model
from sharewell.agreements.model import Clause


def execution(clause: Clause) -> str:
    """What the clause does when the agreement is asked; every type of clause has its sentence."""
    match clause:
        case model.Organisation(may_see_data=True):
            return f"{clause.name} is a party ({clause.role}) and may see the data."
        case model.Organisation():
            return f"Whatever would show {clause.name} ({clause.role}) the data is refused."
        case model.Term():
            return (
                f"What is done before {_day(clause.first)} or after {_day(clause.last)} is refused."
            )
        case model.Sublicensing():
            return f"A sub-licence is {'allowed' if clause.permitted else 'refused'}."
        case model.OptOuts():
            return f"Opt-outs are {'' if clause.applied else 'not '}applied."
        case model.Sensitivity():
            return f"Registered as {'sensitive' if clause.sensitive else 'non-sensitive'}."
        case model.Purpose():
            who = f" by {_listed(clause.limited_to)}" if clause.limited_to else ""
            return f"The data may be used{who} for '{clause.title}'."
        case model.WithheldColumns():
            return f"A request with {_listed(clause.columns)} is refused."
        case model.Dataset():
            columns = f" Columns: {_listed(clause.columns)}." if clause.columns else ""
            last = _day(clause.last) if clause.last else "the latest"
            return (
                f"{clause.title} may be held from {_day(clause.first)} to {last}; other data are "
                f"refused.{columns}"
            )
        case model.Cohort():
            return f"Only these code lists are counted: {_listed(clause.code_lists)}."
        case model.Table():
            splits = "; ".join(" x ".join(crossing) for crossing in clause.crossings)
            return (
                f"Table {clause.id}: {_listed(clause.measures)} of {clause.code_list} by {splits}, "
                f"from {_day(clause.first)}{f' to {_day(clause.last)}' if clause.last else ''}, "
                f"{clause.cadence}. Other splits are refused."
            )
        case model.Withheld():
            return f"A request with {_listed(clause.breakdowns)} is refused."
        case model.Flow():
            return _flow(clause)
        case model.Combination():
            return (
                f"Combining with {clause.with_dataset} is allowed on {_listed(clause.keys)}, all "
                f"of them and no others, for {_listed(clause.tables)}."
            )
        case model.Comparison():
            named = "with these alone" if clause.only_these else "with these and others like them"
            return f"Comparing is allowed {named}: {_listed(clause.with_data)}."
        case model.Territory():
            return f"Places other than {_listed(clause.places)} are refused."
        case model.Storage():
            cloud = f"the cloud of {_listed(clause.cloud)}" if clause.cloud else "no cloud"
            return f"{clause.organisation} may store the data in {_listed(clause.places)}; {cloud}."
        case model.RemoteAccess():
            return f"Remote access is refused unless: {_listed(clause.conditions)}."
        case model.Access():
            kept = " Who reads and is not on the list of names is in breach." * clause.list_kept
            return (
                f"Of {clause.organisation}: {_listed(clause.roles)}, authorised by "
                f"{clause.authorised_by}; others are refused.{kept}"
            )
        case model.ExtraSuppression():
            return (
                f"Figures of {_listed(clause.geography)} split by {_listed(clause.split_by)} are "
                "withheld."
            )
        case model.Output():
            return (
                f"Figures may be shown to {_listed(clause.audiences)}, protected by the rule "
                f"{clause.disclosure_rule}."
            )
        case model.Prohibition():
            who = f" by {_listed(clause.limited_to)}" if clause.limited_to else ""
            return f"To {clause.act}{who} is refused."
        case model.Duty():
            due = f", {clause.due}" if clause.due else ""
            return f"{clause.party} has this duty ({clause.kind.replace('-', ' ')}){due}."
        case model.Basis():
            return f"The legal basis ({clause.kind}): {clause.basis}."
    return "What no other clause allows is refused."


def _flow(flow: model.Flow) -> str:
    form = "with small numbers" if flow.unsuppressed else "protected"
    carried = _listed(flow.tables) if flow.tables else "the records"
    since = f", for data from {_day(flow.since)}" if flow.since else ""
    kept = f", without {_listed(flow.withheld.breakdowns)}" if flow.withheld else ""
    sealed = ", encrypted to the recipient" if flow.encrypted else ""
    return (
        f"{flow.by} may {flow.act} {carried}, {form}{since}{kept}{sealed}, to {_listed(flow.to)}."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _listed(names: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    *head, last = list(names)
    return f"{', '.join(head)} and {last}" if head else last
