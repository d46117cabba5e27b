"""How the command line speaks: text for people, JSON for machines, one paragraph for an error."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

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


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """A callback ``(stage, fraction)`` shown as bars on a terminal, as lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, fraction: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=fraction)

        yield show


def _lines(seconds: float = 10.0) -> Callable[[str, float], None]:
    """Where no bar can be drawn: a line when a stage lasts, at most one every few seconds."""
    last = time.monotonic()

    def show(stage: str, fraction: float) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            click.echo(f"{stage}: {fraction:.0%}", err=True)

    return show
