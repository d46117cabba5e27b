"""``sharewell agreements``: check, read, compare and ask the agreements."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from sharewell.agreements import (
    ACTS,
    Agreement,
    AgreementError,
    Problem,
    Request,
    amendment,
    decide,
    json_schema_text,
    load_agreement,
    load_agreements,
    overlaps,
)
from sharewell.cli.agreeing import COMMANDS
from sharewell.cli.context import DateType, agreement_option, on_option, settings
from sharewell.cli.output import (
    EXIT_FOUND,
    EXIT_REFUSED,
    Failure,
    bullet,
    format_option,
    heading,
    say,
    tell_json,
)
from sharewell.flows.asking import find_agreement
from sharewell.flows.tables import check_catalogue


@click.group()
def agreements() -> None:
    """Check, read, compare and ask the agreements."""


@agreements.command("list")
@format_option
@click.pass_context
def list_command(ctx: click.Context, form: str) -> None:
    """Every agreement at hand, and where versions overlap."""
    found = load_agreements(*settings(ctx).places)
    if not found:
        raise Failure(
            f"There are no agreements (*.yaml) in {settings(ctx).agreements}. Name their directory "
            "with --agreements."
        )
    shared = overlaps_by_reference(found)
    if form == "json":
        tell_json(
            [
                {
                    "name": a.name,
                    "title": a.title,
                    "first": str(a.term.first),
                    "last": str(a.term.last),
                }
                for a in found
            ]
        )
        return
    for agreement in found:
        term = agreement.term
        click.echo(f"{agreement.name:28} {term.first} to {term.last}  {agreement.title}")
    for overlap in shared:
        say(
            f"{overlap.earlier} and {overlap.later} overlap by {overlap.days} days "
            f"({overlap.first} to {overlap.last}); on those days the later one governs."
        )


def overlaps_by_reference(found: tuple[Agreement, ...]) -> list[Any]:
    """Overlaps between versions of the same agreement."""
    references = sorted({agreement.reference for agreement in found})
    return [o for r in references for o in overlaps([a for a in found if a.reference == r])]


@agreements.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--choose",
    multiple=True,
    metavar="QUESTION=READING",
    help="Take another reading of an open question, for this check.",
)
@format_option
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], choose: tuple[str, ...], form: str) -> None:
    """Check agreement FILES (default: all at hand): form, names, dates, and the catalogue."""
    paths = files or tuple(sorted(settings(ctx).agreements.glob("*.yaml")))
    choices = dict(_pair(choice) for choice in choose)
    results: list[tuple[str, tuple[Problem, ...]]] = []
    for path in paths:
        try:
            results.append((path.name, check_catalogue(load_agreement(path, choices))))
        except AgreementError as error:
            results.append((path.name, error.problems))
    if form == "json":
        tell_json(
            [
                {"file": name, "ok": not problems, "problems": [vars(p) for p in problems]}
                for name, problems in results
            ]
        )
    else:
        for name, problems in results:
            say(f"{name}: {'in order' if not problems else f'{len(problems)} problems'}")
            for problem in problems:
                bullet(str(problem))
    if any(problems for _, problems in results):
        ctx.exit(EXIT_FOUND)


def _pair(choice: str) -> tuple[str, str]:
    question, separator, reading = choice.partition("=")
    if not separator:
        raise Failure(f"'{choice}' is not QUESTION=READING.")
    return question, reading


@agreements.command()
@agreement_option
@on_option
@format_option
@click.pass_context
def show(ctx: click.Context, reference: str, on: date, form: str) -> None:
    """An agreement in plain words: who, what, why, until when, and every clause."""
    agreement = find_agreement(settings(ctx).places, reference, on)
    if form == "json":
        tell_json(agreement.model_dump(mode="json"))
        return
    click.secho(f"{agreement.title} ({agreement.name})", bold=True)
    say(f"In force from {agreement.term.first} to {agreement.term.last}.")
    heading("Who")
    for party in agreement.organisations:
        sees = "" if party.may_see_data else ", may not see the data"
        bullet(f"{party.name}: {party.role}{sees}.")
    heading("Why")
    for purpose in agreement.purposes:
        limited = f" ({', '.join(purpose.limited_to)})" if purpose.limited_to else ""
        bullet(f"{purpose.title}{limited}: {purpose.words}")
    heading("What")
    for dataset in agreement.datasets:
        bullet(
            f"{dataset.title}: {dataset.classification}, from {dataset.first} to "
            f"{dataset.last or 'the latest'}."
        )
    for table in agreement.tables:
        splits = "; ".join(" x ".join(crossing) for crossing in table.crossings)
        bullet(f"Table {table.id} ({table.cadence}): {', '.join(table.measures)} by {splits}.")
    heading("To whom")
    for flow in agreement.flows:
        form_words = "with small numbers" if flow.unsuppressed else "protected"
        since = f" from {flow.since}" if flow.since else ""
        without = f", without {', '.join(flow.withheld.breakdowns)}" if flow.withheld else ""
        bullet(
            f"{flow.by} may {flow.act} {', '.join(flow.tables) or 'it'}{since}{without}, "
            f"{form_words}, to {', '.join(flow.to)}. [{flow.id}]"
        )
    heading("What the documents leave open")
    for name, choice in agreement.choices.items():
        bullet(f"{name}: {choice.question} Taken as {choice.chosen}, because {choice.because}")
    for unknown in agreement.unknowns:
        bullet(f"Not said: {unknown}")
    heading("Clauses and their words")
    for clause in agreement.clauses():
        bullet(f'{clause.id}: "{clause.words}" ({clause.source})')
        if clause.note:
            click.echo(f"    Note: {clause.note}")


@agreements.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@format_option
@click.pass_context
def diff(ctx: click.Context, old: Path, new: Path, form: str) -> None:
    """What became allowed, and what stopped being allowed, from OLD to NEW.

    OLD and NEW are files, or names such as DARS-NIC-612092-Q0Y6F-v0.2.
    """
    changed = amendment(_named(ctx, old), _named(ctx, new))
    if form == "json":
        tell_json(vars(changed))
        return
    say(f"From {changed.old} to {changed.new}")
    for title, sentences in (
        ("Became allowed", changed.became_allowed),
        ("Stopped being allowed", changed.stopped_being_allowed),
        ("Words changed", changed.words_changed),
    ):
        heading(title)
        for sentence in sentences or ("Nothing.",):
            bullet(sentence)


def _named(ctx: click.Context, given: Path) -> Agreement:
    if given.exists():
        return load_agreement(given)
    return find_agreement(settings(ctx).places, str(given), date.max)


@agreements.command("decide")
@agreement_option
@click.option("--flow", "act", required=True, type=click.Choice(ACTS), help="What is to be done.")
@on_option
@click.option("--by", help="The organisation that does it.")
@click.option("--role", help="The role of the person who does it.")
@click.option("--to", help="The recipient.")
@click.option("--dataset", help="The dataset.")
@click.option("--table", help="The table.")
@click.option("--measure", "measures", multiple=True, help="A measure; may be repeated.")
@click.option("--breakdown", "breakdowns", multiple=True, help="A breakdown; may be repeated.")
@click.option("--column", "columns", multiple=True, help="A column of records; may be repeated.")
@click.option("--from", "first", type=DateType(), help="The first day of the data.")
@click.option("--until", "last", type=DateType(), help="The last day of the data.")
@click.option("--with", "with_data", help="The data to combine, compare or link with.")
@click.option("--key", "keys", multiple=True, help="A key to combine on; may be repeated.")
@click.option("--territory", help="Where the data will be.")
@click.option("--storage", help="What they will be stored on.")
@click.option("--cloud/--no-cloud", default=None, help="Whether that is a cloud.")
@click.option("--audience", help="Who will see the figures.")
@click.option("--rule", help="The disclosure rule applied.")
@click.option("--unsuppressed/--suppressed", default=None, help="Whether small numbers show.")
@click.option("--purpose", help="What it is for.")
@click.option("--condition", "met", multiple=True, help="A remote access condition that is met.")
@format_option
@click.pass_context
def decide_command(
    ctx: click.Context, /, reference: str, form: str, met: tuple[str, ...], **asked: Any
) -> None:
    """Ask an agreement whether something may be done, by which clause, and what would help.

    Only what is said is judged. Exits 0 when allowed and 3 when refused.
    """
    agreement = find_agreement(settings(ctx).places, reference, asked["on"])
    decision = decide(agreement, Request(met=met or None, **asked))
    if form == "json":
        tell_json(decision.as_dict())
    else:
        click.secho("Allowed" if decision.allowed else "Refused", bold=True)
        for cited in decision.clauses:
            bullet(f'{cited.id}: "{cited.words}" {cited.because}')
        for remedy in decision.would_allow if not decision.allowed else ():
            say(f"What would help: {remedy}")
    if not decision.allowed:
        ctx.exit(EXIT_REFUSED)


@agreements.command()
def schema() -> None:
    """The JSON Schema of an agreement file, for editors."""
    click.echo(json_schema_text(), nl=False)


for command in COMMANDS:
    agreements.add_command(command)
