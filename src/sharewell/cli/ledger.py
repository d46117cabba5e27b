"""``sharewell ledger``: read it, verify it, take it away and verify it elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sharewell.cli.context import settings
from sharewell.cli.output import (
    EXIT_FOUND,
    bullet,
    format_option,
    say,
    tell_json,
)
from sharewell.flows.home import open_home
from sharewell.ledger import Entry, FileStore, Verification, verify_export
from sharewell.terminal import progress_bar


@click.group()
def ledger() -> None:
    """Read what happened, prove that it was not changed, and take the proof away."""


@ledger.command()
@click.option("--kind", help="Only entries of this kind: import, supply, refused, ...")
@click.option("--last", type=click.IntRange(min=1), help="Only the last so many.")
@format_option
@click.pass_context
def show(ctx: click.Context, kind: str | None, last: int | None, form: str) -> None:
    """The entries, oldest first."""
    with open_home(settings(ctx).home, only_read=True) as home:
        entries = list(home.ledger.entries(kind=kind))
    entries = entries[-last:] if last else entries
    if form == "json":
        tell_json([_plain(entry) for entry in entries])
        return
    for entry in entries:
        click.echo(f"{entry.seq:5}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.kind:9} {describe(entry)}")


def describe(entry: Entry) -> str:
    """An entry in one line."""
    body, who = entry.body, entry.actor.get("name", "")
    match entry.kind:
        case "import":
            older = f", supersedes entry {body['supersedes']}" if body["supersedes"] else ""
            what = (
                f"{body['dataset']} {body['financial_year']} extract {body['partyear']}: "
                f"{body['rows_kept']:,} of {body['rows_in']:,} rows{older}"
            )
        case "refused":
            decision = body["decision"]
            clauses = ", ".join(clause["id"] for clause in decision["clauses"])
            what = f"{body['act']} under {decision['agreement']}, by clause {clauses}"
        case _:
            what = f"{body.get('release', '')} under {body.get('agreement', '')}"
    return f"{what} ({who})"


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "actor": dict(entry.actor),
        "body": dict(entry.body),
        "files": [vars(ref) for ref in entry.files],
        "previous": entry.previous,
        "hash": entry.hash,
    }


@ledger.command()
@click.option("--files/--no-files", default=True, help="Also read every file.", show_default=True)
@format_option
@click.pass_context
def verify(ctx: click.Context, files: bool, form: str) -> None:
    """Find any changed, removed, reordered or inserted entry, and any changed file.

    Exits 0 when all is as it was recorded, and 1 otherwise.
    """
    with open_home(settings(ctx).home, only_read=True) as home, progress_bar() as progress:
        outcome = home.ledger.verify(
            home.files if files else None,
            progress=lambda done, total: progress("Verifying", done / max(total, 1)),
        )
    tell_verification(outcome, form)
    if not outcome.ok:
        ctx.exit(EXIT_FOUND)


def tell_verification(outcome: Verification, form: str) -> None:
    """What verifying found."""
    if form == "json":
        tell_json(
            {
                "ok": outcome.ok,
                "entries": outcome.checked,
                "head": {"seq": outcome.head.seq, "hash": outcome.head.hash},
                "problems": [vars(problem) for problem in outcome.problems],
                "cautions": list(outcome.cautions),
            }
        )
        return
    if outcome.ok:
        say(f"The ledger verifies: {outcome.checked} entries, head {outcome.head.hash}.")
    else:
        say(f"The ledger does NOT verify ({outcome.checked} entries read).")
        for problem in outcome.problems:
            bullet(problem.words)
    for caution in outcome.cautions:
        say(f"Note: {caution}")


@ledger.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def export(ctx: click.Context, path: Path) -> None:
    """Write every entry to PATH as JSON lines that verify without the database."""
    with open_home(settings(ctx).home, only_read=True) as home:
        head = home.ledger.export(path)
    say(f"{path}: entries up to {head.seq}, head {head.hash}.")


@ledger.command("check-export")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A directory of files by digest to check as well.",
)
@format_option
@click.pass_context
def check_export(ctx: click.Context, path: Path, store: Path | None, form: str) -> None:
    """Verify an exported ledger, anywhere, with no database."""
    outcome = verify_export(path, FileStore(store) if store else None)
    tell_verification(outcome, form)
    if not outcome.ok:
        ctx.exit(EXIT_FOUND)
