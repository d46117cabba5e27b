"""``sharewell known``: tables that others published about the same data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from sharewell.cli import context
from sharewell.cli.context import DateType, settings
from sharewell.cli.output import bullet, format_option, say, tell_json
from sharewell.flows.home import open_home
from sharewell.flows.outside import add_outside, drop_outside, outside_tables
from sharewell.ledger import Entry


@click.group()
def known() -> None:
    """Keep the tables from outside that new ones are attacked together with."""


@known.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dataset", required=True, help="What it counts in: hes_apc, or hes_apc+pedw.")
@click.option("--code-list", "cohort", required=True, help="Whom it counts, such as x99.")
@click.option("--from", "first", type=DateType(), required=True, help="The first day it counts.")
@click.option("--until", "last", type=DateType(), required=True, help="The last day it counts.")
@click.option("--edition", help="It was counted from other extracts than those in use: say which.")
@format_option
@click.pass_context
def add(
    ctx: click.Context,
    file: Path,
    dataset: str,
    cohort: str,
    first: date,
    last: date,
    edition: str | None,
    form: str,
) -> None:
    """Register the table FILE (a CSV as printed, with its YAML beside it).

    Its columns are called as in the catalogue (month, police_force, age_band, sex, ...), and the
    YAML's 'fixed' names the measure. From then on every release is attacked together with it.
    """
    with settings(ctx).acting() as (home, person):
        entry = add_outside(
            home,
            person,
            file,
            dataset=dataset,
            cohort=cohort,
            first=first,
            last=last,
            edition=edition,
            on=context.today(),
        )
    if form == "json":
        tell_json(_facts(entry))
    else:
        say(f"{file.name} is known: {entry.body['tables'][0]['cells']:,} figures. {_words(entry)}.")


@known.command(name="list")
@format_option
@click.pass_context
def list_known(ctx: click.Context, form: str) -> None:
    """The tables from outside that count today."""
    with open_home(settings(ctx).home) as home:
        entries = outside_tables(home)
    if form == "json":
        tell_json([_facts(entry) for entry in entries])
        return
    for entry in entries:
        bullet(_words(entry))
    if not entries:
        say("No table from outside is registered. Add one with 'sharewell known add'.")


@known.command()
@click.argument("entry", type=int)
@click.option("--why", required=True, help="Why it is taken back.")
@click.pass_context
def drop(ctx: click.Context, entry: int, why: str) -> None:
    """Take the registration in ledger entry ENTRY back, as when it was the wrong file."""
    with settings(ctx).acting() as (home, person):
        drop_outside(home, person, entry, why)
    say(f"Entry {entry} no longer counts.")


def _words(entry: Entry) -> str:
    (table,) = entry.body["tables"]
    return (
        f"Entry {entry.seq}: {table['title']} ({entry.body['release']}), {table['code_list']} in "
        f"{table['dataset']}, {table['first']} to {table['last']}"
    )


def _facts(entry: Entry) -> dict[str, object]:
    return {"entry": entry.seq, "file": entry.body["release"], **entry.body["tables"][0]}
