"""``sharewell access``: the list of who may see unpublished data, and its review."""

from __future__ import annotations

from datetime import date

import click

from sharewell.cli.context import DateType, agreement_option, on_option, settings
from sharewell.cli.output import EXIT_FOUND, bullet, format_option, heading, say, tell_json
from sharewell.flows.asking import agreements_in, find_agreement
from sharewell.flows.home import open_home
from sharewell.flows.reviewing import Named, Review, name_person, remove_person, review_access


@click.group()
def access() -> None:
    """Keep and review the list of who may see unpublished data."""


@access.command()
@click.option("--agreement", "reference", help="One agreement alone; default: all at hand.")
@on_option
@format_option
@click.pass_context
def review(ctx: click.Context, reference: str | None, on: date, form: str) -> None:
    """Who may, who did, who did and should not, who never did, and whose papers lapsed.

    Exits 1 when somebody did who should not have.
    """
    chosen = settings(ctx)
    with open_home(chosen.home) as home:
        found = agreements_in(chosen.places)
        wanted = (
            [find_agreement(chosen.places, reference, on).reference]
            if reference
            else list(dict.fromkeys(agreement.reference for agreement in found))
        )
        reviews = [
            review_access(home, [a for a in found if a.reference == name], on) for name in wanted
        ]
    if form == "json":
        tell_json([each.as_dict() for each in reviews])
    else:
        for each in reviews:
            _tell(each)
    if any(each.should_not for each in reviews):
        ctx.exit(EXIT_FOUND)


def _tell(found: Review) -> None:
    heading(f"{found.agreement}, to {found.on}")
    say(f"Decisions: {found.allowed} allowed, {found.refused} refused.")
    for title, lines in (
        ("May", [f"{n.name} ({n.organisation}, {n.role})" for n in found.may]),
        ("Did", [f"{d.name}: {d.times} times, {d.first} to {d.last}" for d in found.did]),
        (
            "Did and should not",
            [f"{b.name} on {b.at}, entry {b.entry}: {b.what}. {b.why}" for b in found.should_not],
        ),
        ("May and never did", [f"{n.name} ({n.organisation})" for n in found.never]),
        ("Lapsed", [f"{each.name}: {each.why}" for each in found.lapsed]),
    ):
        say(f"{title}: {'' if lines else 'nobody.'}")
        for line in lines:
            bullet(line)


@access.command("name")
@click.argument("person")
@agreement_option
@click.option("--approved-by", required=True, help="Who lets them in, as the agreement asks.")
@click.option("--until", type=DateType(), help="The last day of the approval.")
@click.option("--trained", type=DateType(), help="When they were last trained.")
@on_option
@click.pass_context
def name_command(
    ctx: click.Context,
    person: str,
    reference: str,
    approved_by: str,
    until: date | None,
    trained: date | None,
    on: date,
) -> None:
    """Put PERSON (an id from people.yaml) on the list."""
    chosen = settings(ctx)
    with chosen.acting() as (home, by):
        who = home.directory.person(person)
        named = Named(who.id, who.name, who.organisation, who.role, approved_by, on, until, trained)
        agreement = find_agreement(chosen.places, reference, on)
        entry = name_person(home, by, agreement, named)
    say(f"{who.name} is on the list of {agreement.reference} (ledger entry {entry.seq}).")


@access.command()
@click.argument("person")
@agreement_option
@on_option
@click.pass_context
def remove(ctx: click.Context, person: str, reference: str, on: date) -> None:
    """Take PERSON off the list."""
    chosen = settings(ctx)
    with chosen.acting() as (home, by):
        agreement = find_agreement(chosen.places, reference, on)
        entry = remove_person(home, by, agreement, person)
    say(f"{person} is off the list of {agreement.reference} (ledger entry {entry.seq}).")
