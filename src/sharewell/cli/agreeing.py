"""``sharewell agreements draft``, ``sign`` and the other steps of an agreement's life."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from sharewell.agreements.lifecycle import TRANSITIONS, Verb, transition
from sharewell.cli.context import DateType, on_option, settings
from sharewell.cli.output import say
from sharewell.flows.agreeing import draft, end, find_recorded, move
from sharewell.flows.asking import agreements_in
from sharewell.flows.errors import FlowError
from sharewell.flows.home import open_home
from sharewell.flows.signed import recorded

_BARE = ("issue", "withdraw", "sign", "unsign")


@click.command("draft")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yielded", default="", help="The benefits yielded so far, to renew.")
@on_option
@click.pass_context
def draft_command(ctx: click.Context, file: Path, yielded: str, on: date) -> None:
    """Keep FILE as the draft of a new version."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise FlowError(f"{file} cannot be read ({error.strerror}). Check the path.") from None
    with settings(ctx).acting() as (home, by):
        at_hand = agreements_in(settings(ctx).places)
        made = draft(home, by, at_hand, raw, on=on, yielded=yielded, file=file.name)
    say(f"{made.name} is a draft.")


@click.command("drafts")
@click.pass_context
def drafts_command(ctx: click.Context) -> None:
    """The versions made here, where each stands, and who has still to sign."""
    with open_home(settings(ctx).home) as home:
        found = recorded(home.ledger).values()
    for each in found:
        missing = ", ".join(each.life.missing) if each.life.undecided else ""
        waits = f"; to sign: {missing}" if missing else ""
        say(f"{each.life.agreement}: {each.life.state}{waits}. {each.life.steps[-1].sentence()}")


@click.command("end")
@click.argument("reference")
@click.option("--until", type=DateType(), required=True, help="The last day.")
@click.option("--reason", required=True, help="Why it ends.")
@on_option
@click.pass_context
def end_command(ctx: click.Context, reference: str, until: date, reason: str, on: date) -> None:
    """End every version of REFERENCE early; the duties to destroy begin."""
    places = settings(ctx).places
    with settings(ctx).acting() as (home, by):
        done = end(home, by, places, reference, until=until, reason=reason, on=on)
    for entry in done:
        duties = ", ".join(entry.body["duties"]) or "none"
        say(f"{entry.body['agreement']} ends with {until}. Duties that begin: {duties}.")


def _moving(verb: Verb) -> click.Command:
    @click.pass_context
    def run(ctx: click.Context, name: str, on: date) -> None:
        with settings(ctx).acting() as (home, by):
            terms = find_recorded(home, name).life.terms
            seen = terms.digest if terms else ""
            at_hand = agreements_in(settings(ctx).places)
            life = move(home, by, at_hand, name, verb, seen=seen, on=on)
        say(f"{name} is {life.state}. Its text has the SHA-256 {seen}.")

    run.__doc__ = f"{transition(verb).words} NAME is a reference with its version."
    return click.command(verb)(click.argument("name")(on_option(run)))


COMMANDS = (
    draft_command,
    drafts_command,
    *(_moving(each.verb) for each in TRANSITIONS if each.verb in _BARE),
    end_command,
)
"""The steps, in the order of an agreement's life."""
