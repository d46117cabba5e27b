"""What every command is given: where things are, and who acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path

import click

from sharewell.cli.output import Failure
from sharewell.flows.home import Home, open_home
from sharewell.flows.people import Person


@dataclass(frozen=True)
class Settings:
    """The options that come before the command."""

    home: Path
    agreements_dir: Path | None
    person: str | None

    @property
    def agreements(self) -> Path:
        """The directory of agreement files: as given, else the examples."""
        return self.agreements_dir or examples() / "agreements"

    @property
    def places(self) -> tuple[Path, ...]:
        """Every place of agreements in effect: that directory, and those signed in the home."""
        return self.agreements, self.home / "agreements"

    @contextmanager
    def acting(self) -> Iterator[tuple[Home, Person]]:
        """The opened home and the person who acts in it."""
        with open_home(self.home) as home:
            if self.person is None:
                known = ", ".join(sorted(home.directory.people))
                raise Failure(
                    "Say who acts: sharewell --as NAME ..., or set SHAREWELL_AS. "
                    + (
                        f"People here: {known}."
                        if known
                        else f"Nobody is declared in {home.path / 'people.yaml'}; copy "
                        f"{examples() / 'people.yaml'} there to begin."
                    )
                )
            yield home, home.directory.person(self.person)


def settings(ctx: click.Context) -> Settings:
    """The settings of the running command."""
    found = ctx.find_object(Settings)
    assert found is not None  # noqa: S101 - the group always sets it
    return found


def examples() -> Path:
    """The examples: in the package when installed, in the checkout otherwise."""
    packaged = Path(str(resources.files("sharewell"))) / "examples"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "examples"


def today() -> date:
    """The day in the time zone of the ledger (UTC)."""
    return datetime.now(UTC).date()


class DateType(click.ParamType[date]):
    """A day, YYYY-MM-DD; or a month, YYYY-MM, meaning its first day."""

    name = "date"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> date:
        """The day that the text names; fails with the form that is wanted."""
        if isinstance(value, date):
            return value
        text = str(value)
        try:
            return date.fromisoformat(text if len(text) > 7 else f"{text}-01")
        except ValueError:
            self.fail(f"'{text}' is not a day. Write it as 2026-09-30, or a month as 2026-09.")


on_option = click.option(
    "--on",
    type=DateType(),
    default=today,
    help="The day on which it is done. Default: today.",
)
agreement_option = click.option(
    "--agreement",
    "reference",
    required=True,
    help="The agreement's reference, with or without its version.",
)
