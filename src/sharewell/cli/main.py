"""``sharewell``: the tour of what it does, in the order in which one would do it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from sharewell.agreements import AgreementError
from sharewell.cli.access import access
from sharewell.cli.agreements import agreements
from sharewell.cli.context import Settings
from sharewell.cli.counting import attributor_command, count_people_command
from sharewell.cli.data import import_command, synthesise_command, validate
from sharewell.cli.demo import demo
from sharewell.cli.disclosure import attack, protect, prove
from sharewell.cli.flows import combine, extract, publish, supply, tabulate
from sharewell.cli.known import known
from sharewell.cli.ledger import ledger
from sharewell.cli.monitoring import check_file, template
from sharewell.cli.output import EXIT_REFUSED, EXIT_STOPPED, EXIT_USAGE, Failure
from sharewell.cli.people import people
from sharewell.cli.register import register
from sharewell.cli.serve import administrator, serve
from sharewell.flows.errors import FlowError, NotPermitted, Refused
from sharewell.ledger import LedgerError

SECTIONS = (
    ("Start here", ("demo",)),
    ("What may be done", ("agreements", "people", "access")),
    ("What comes in", ("validate", "import", "synthesise")),
    ("Files of monitoring data", ("check-file", "template")),
    ("What goes out", ("tabulate", "supply", "extract", "combine", "publish")),
    ("What a table gives away", ("protect", "attack", "prove", "known")),
    ("How many people", ("count-people", "attributor")),
    ("What happened", ("ledger",)),
    ("What the public is told", ("register",)),
    ("In the browser", ("serve", "administrator")),
)


class Tour(click.Group):
    """A group whose help reads as a tour, and whose errors are sentences."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in the order of the work."""
        for title, names in SECTIONS:
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                if command:
                    rows.append((name, command.get_short_help_str(80)))
            with formatter.section(title):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; what a user can mend becomes a paragraph and an exit code."""
        try:
            return super().invoke(ctx)
        except (Refused, NotPermitted) as error:
            raise Failure(str(error), EXIT_REFUSED) from None
        except (FlowError, AgreementError, LedgerError) as error:
            raise Failure(str(error), EXIT_USAGE) from None
        except KeyboardInterrupt:
            raise Failure("Stopped. Nothing half done is left.", EXIT_STOPPED) from None
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(0) from None
        except OSError as error:
            where = error.filename or error.filename2 or "A file"
            reason = error.strerror or error
            raise Failure(f"{where} cannot be used: {reason}. Check the path.") from None


@click.group(
    cls=Tour,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog=(
        "Exit codes: 0 done; 1 a file has errors, or the ledger or a proof does not verify; 2 "
        "something given cannot be used; 3 refused by the agreement or the person's role; 4 "
        "hidden cells of a table can be found out; 130 stopped by the user."
    ),
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SHAREWELL_HOME",
    default=Path("var"),
    show_default=True,
    help="Where Sharewell keeps everything (SHAREWELL_HOME).",
)
@click.option(
    "--agreements",
    "agreements_dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="SHAREWELL_AGREEMENTS",
    help="The directory of agreement files (SHAREWELL_AGREEMENTS). Default: the examples.",
)
@click.option(
    "--as",
    "person",
    envvar="SHAREWELL_AS",
    help="Who acts: an id from people.yaml in the home directory (SHAREWELL_AS).",
)
@click.version_option(package_name="sharewell", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, home: Path, agreements_dir: Path | None, person: str | None) -> None:
    """Sharewell carries sensitive health records to the people who make policy, and lets only
    safe statistics out.

    An agreement says what may be done, and is asked before anything is. Everything done, and
    everything refused, is written to a ledger that cannot be quietly changed.
    """
    ctx.obj = Settings(home, agreements_dir, person)


for command in (
    demo,
    agreements,
    people,
    access,
    validate,
    import_command,
    synthesise_command,
    check_file,
    template,
    tabulate,
    supply,
    extract,
    combine,
    publish,
    protect,
    attack,
    prove,
    known,
    count_people_command,
    attributor_command,
    ledger,
    register,
    serve,
    administrator,
):
    main.add_command(command)
