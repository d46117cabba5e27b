"""The commands that move data: tabulate, supply, extract, combine, publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import click

from sharewell.agreements import Agreement
from sharewell.cli import context
from sharewell.cli.context import DateType, agreement_option, settings
from sharewell.cli.output import (
    EXIT_LEAKS,
    Failure,
    bullet,
    format_option,
    heading,
    say,
    tell_json,
)
from sharewell.flows import combining, extracting, publishing, supplying, tabulating, trying
from sharewell.flows.asking import check_governs, find_agreement
from sharewell.flows.home import Home, leaving
from sharewell.flows.people import Person
from sharewell.flows.releases import Progress, Release
from sharewell.terminal import progress_bar

tables_option = click.option(
    "--table", "tables", multiple=True, help="Only this table; repeatable."
)
from_option = click.option("--from", "first", type=DateType(), help="The first day of the data.")
to_option = click.option("--until", "last", type=DateType(), help="The last day of the data.")


@contextmanager
def acting_under(
    ctx: click.Context, reference: str
) -> Iterator[tuple[Home, Person, Agreement, date, Progress]]:
    """The opened home, who acts, the agreement that governs today, today, and progress.

    An act is done on the day on which it is done: no option says otherwise.
    """
    chosen, on = settings(ctx), context.today()
    agreement = find_agreement(chosen.places, reference, on)
    check_governs(chosen.places, agreement, on)
    with chosen.acting() as (home, person), progress_bar() as progress:
        yield home, person, agreement, on, progress


def tell_release(release: Release, form: str) -> None:
    """What left, and where to look at it."""
    if form == "json":
        tell_json(
            {
                "release": release.id,
                "act": release.act,
                "agreement": release.agreement,
                "directory": str(release.directory),
                "entry": release.entry.seq,
                "hash": release.entry.hash,
                "files": [vars(ref) for ref in leaving(release.entry)],
            }
        )
        return
    say(f"{release.act.capitalize()} {release.id}, ledger entry {release.entry.seq}.")
    for ref in leaving(release.entry):
        bullet(f"{release.directory / ref.name} ({ref.bytes:,} bytes)")


@click.command()
@agreement_option
@tables_option
@from_option
@to_option
@click.option("--explain", is_flag=True, help="Show the plan and its SQL, and count nothing.")
@click.option("--dialect", type=click.Choice(["duckdb", "spark"]), default="duckdb")
@format_option
@click.pass_context
def tabulate(
    ctx: click.Context,
    reference: str,
    tables: tuple[str, ...],
    first: date | None,
    last: date | None,
    explain: bool,
    dialect: str,
    form: str,
) -> None:
    """Count an agreement's tables and show their national totals; nothing leaves.

    For the data supplier, before a supply. All tables are answered by one scan.
    """
    if explain:
        agreement = find_agreement(settings(ctx).places, reference, context.today())
        click.echo(tabulating.explain(agreement, tables, context.today(), dialect))
        return
    with acting_under(ctx, reference) as (home, person, agreement, on, progress):
        totals = tabulating.national_totals(
            home,
            person,
            agreement,
            tables=tables,
            first=first,
            last=last,
            on=on,
            progress=progress,
        )
    if form == "json":
        tell_json(totals)
        return
    for row in totals:
        click.echo(
            f"{row['table']:32} {row['measure']:14} {row['financial_year']}  {row['count']:>9,}"
        )


@click.command()
@agreement_option
@tables_option
@from_option
@to_option
@format_option
@click.pass_context
def supply(
    ctx: click.Context,
    reference: str,
    tables: tuple[str, ...],
    first: date | None,
    last: date | None,
    form: str,
) -> None:
    """Hand the controller the tables that the agreement names, with small numbers."""
    with acting_under(ctx, reference) as (home, person, agreement, on, progress):
        release = supplying.supply(
            home,
            person,
            agreement,
            on=on,
            tables=tables,
            first=first,
            last=last,
            progress=progress,
        )
    tell_release(release, form)


@click.command()
@agreement_option
@click.option("--to", required=True, help="The processor that it is for.")
@tables_option
@click.option("--breakdown", "breakdowns", multiple=True, help="Only this split; repeatable.")
@from_option
@format_option
@click.pass_context
def extract(
    ctx: click.Context,
    reference: str,
    to: str,
    tables: tuple[str, ...],
    breakdowns: tuple[str, ...],
    first: date | None,
    form: str,
) -> None:
    """Pass a processor exactly what it may have of the latest supply, encrypted to its key."""
    with acting_under(ctx, reference) as (home, person, agreement, on, progress):
        release = extracting.extract(
            home,
            person,
            agreement,
            to=to,
            on=on,
            tables=tables,
            breakdowns=breakdowns,
            first=first,
            progress=progress,
        )
    tell_release(release, form)


@click.command()
@agreement_option
@click.option(
    "--with", "with_dataset", default="pedw", show_default=True, help="The other dataset."
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    default=("month", "police_force"),
    show_default=True,
    help="What to combine on; repeatable.",
)
@tables_option
@format_option
@click.pass_context
def combine(
    ctx: click.Context,
    reference: str,
    with_dataset: str,
    keys: tuple[str, ...],
    tables: tuple[str, ...],
    form: str,
) -> None:
    """Join supplied tables with the Welsh ones, counting every resident once."""
    with acting_under(ctx, reference) as (home, person, agreement, on, progress):
        release = combining.combine_with(
            home,
            person,
            agreement,
            with_dataset=with_dataset,
            keys=keys,
            on=on,
            tables=tables,
            progress=progress,
        )
    tell_release(release, form)


@click.command()
@agreement_option
@click.option("--to", "audience", default="public", show_default=True, help="The audience.")
@tables_option
@click.option("--combined", is_flag=True, help="The combined tables instead of the supplied ones.")
@click.option(
    "--dry-run", is_flag=True, help="Attack and repair, say what would be; nothing leaves."
)
@click.option(
    "--then",
    multiple=True,
    metavar="TABLE",
    help="With --dry-run: a table that is to follow later, when the others are out; repeatable.",
)
@format_option
@click.pass_context
def publish(
    ctx: click.Context,
    reference: str,
    audience: str,
    tables: tuple[str, ...],
    combined: bool,
    dry_run: bool,
    then: tuple[str, ...],
    form: str,
) -> None:
    """Protect small numbers, attack the result, repair and release.

    The tables are attacked together with everything released before (see 'known'), and what a
    reader could work out is withheld. Out come a workbook, CSV with metadata, a record of the
    disclosure control and a register page; a proof and a reviewers' page stay inside.

    With --dry-run nothing leaves. May a table follow later without harm to this one? Name it with
    --then. Exits 4 when a table cannot be made safe.
    """
    if then and not dry_run:
        raise Failure("--then plans what follows. Give --dry-run with it.")
    with acting_under(ctx, reference) as (home, person, agreement, on, progress):
        if dry_run:
            trials = trying.try_publishing(
                home,
                person,
                agreement,
                on=on,
                audience=audience,
                tables=tables,
                then=then,
                combined=combined,
                progress=progress,
            )
            tell_trials(trials, form)
            if any(trial.why_not for trial in trials):
                ctx.exit(EXIT_LEAKS)
            return
        release = publishing.publish(
            home,
            person,
            agreement,
            on=on,
            audience=audience,
            tables=tables,
            combined=combined,
            progress=progress,
        )
    tell_release(release, form)
    if form == "text":
        for table in release.entry.body["protection"]:
            counts = ", ".join(f"{number:,} {how}" for how, number in table["cells"].items())
            bullet(f"{table['table']}: {counts}. Rules: {', '.join(table['rules'])}.")


def tell_trials(trials: Sequence[trying.Trial], form: str) -> None:
    """What would leave, and what each table would have to withhold."""
    if form == "json":
        tell_json([trial.as_dict() for trial in trials])
        return
    for number, trial in enumerate(trials):
        heading("If this were published now" if number == 0 else "And then")
        if trial.why_not:
            say(f"It cannot be made safe. {trial.why_not}")
            continue
        for table in trial.tables:
            counts = ", ".join(f"{n:,} {how}" for how, n in table.treatments.items())
            share = table.withheld_by_repair / table.cells if table.cells else 0
            bullet(
                f"{table.id}: {table.cells:,} figures: {counts}. Repair would withhold "
                f"{table.withheld_by_repair:,} ({share:.1%})."
            )
        say(
            f"Without repair a reader would know {trial.exposed:,} small numbers; with it none."
            if trial.exposed
            else "A reader finds no small number, and nothing has to be repaired."
        )
        if trial.already_known:
            say(f"Earlier releases alone give {trial.already_known:,} small numbers away already.")
        if trial.compared_with:
            say(f"Attacked together with: {'; '.join(trial.compared_with)}.")
    say()
    say("Nothing left. What was tried stays exactly as printed here, whatever follows it.")
