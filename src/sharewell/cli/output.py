"""How the command line speaks: text for people, JSON for machines, one paragraph for an error."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click

WIDTH = 96

EXIT_FOUND = 1  # a file has errors, or the ledger does not verify
EXIT_USAGE = 2  # the command, a file or a name cannot be used as given
EXIT_REFUSED = 3  # the agreement, or the person's role, does not allow it
EXIT_LEAKS = 4  # hidden cells of a table can be found out
EXIT_STOPPED = 130  # interrupted by the user

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people or JSON for machines.",
)


class Failure(click.ClickException):
    """An error that a user can mend, told in one paragraph."""

    def __init__(self, message: str, exit_code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it so

    def show(self, file: Any = None) -> None:  # noqa: ARG002 - click's signature
        """Writes the paragraph, folded, to standard error."""
        for number, line in enumerate(self.message.splitlines() or [""]):
            click.echo(fold(("Error: " if number == 0 else "") + line), err=True)


def fold(text: str, first: str = "", rest: str = "") -> str:
    """The text in lines of `WIDTH`; a path or a name is never broken."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def say(text: str = "") -> None:
    """One paragraph to standard output, folded for reading."""
    click.echo(fold(text))


def bullet(text: str) -> None:
    """One item of a list."""
    click.echo(fold(text, "  - ", "    "))


def heading(text: str) -> None:
    """A heading with a line of space above it."""
    click.echo()
    click.secho(text, bold=True)


def tell_json(value: object) -> None:
    """One JSON document to standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
