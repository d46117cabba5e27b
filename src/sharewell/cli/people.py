"""``sharewell people``: who is declared here, and what each may do."""

from __future__ import annotations

import click

from sharewell.cli.context import settings
from sharewell.cli.output import format_option, tell_json
from sharewell.flows.people import VERBS, load_directory


@click.command()
@format_option
@click.pass_context
def people(ctx: click.Context, form: str) -> None:
    """Who may act here, in which role, and where extracts go."""
    directory = load_directory(settings(ctx).home / "people.yaml")
    if form == "json":
        tell_json(
            {
                "people": [
                    {**person.as_actor(), "may": sorted(VERBS[person.role])}
                    for person in directory.people.values()
                ],
                "recipients": [vars(r) for r in directory.recipients.values()],
            }
        )
        return
    for person in directory.people.values():
        verbs = ", ".join(sorted(VERBS[person.role]))
        click.echo(f"{person.id:16} {person.name}, {person.role}, {person.organisation}: {verbs}")
    for recipient in directory.recipients.values():
        click.echo(f"{recipient.short:16} receives extracts in {recipient.territory}")
