"""``python -m sharewell.service``: what `sharewell serve` starts, in a process of its own.

serve           the database, the web server and a worker, until stopped
web, worker     one of them, for whoever supervises processes otherwise
prepare         only make or update tables and static files
demo-people     make invented people, one for each role; `code EMAIL` gives their second factor
fill-demo       those, registers, and monitored services, for `sharewell demo`
administrator   invite the first administrator
manage          any of Django's own commands
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sharewell.ledger import LedgerError, connect_info

if TYPE_CHECKING:
    from sharewell.service.accounts.demo import DemoPerson


def main(arguments: list[str] | None = None) -> int:
    """Runs one of the commands; the exit code."""
    parser = argparse.ArgumentParser(prog="sharewell.service", description=__doc__.split("\n")[0])
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("SHAREWELL_HOME", "var")))
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("serve", "web"):
        command = commands.add_parser(name)
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, default=8000)
        command.add_argument("--workers", type=int, default=2)
        if name == "serve":
            command.add_argument("--start", default="", help="the page to begin with")
    commands.add_parser("worker")
    commands.add_parser("prepare")
    administrator = commands.add_parser("administrator")
    administrator.add_argument("email")
    administrator.add_argument("--name", required=True)
    administrator.add_argument("--organisation", required=True)
    commands.add_parser("demo-people")
    commands.add_parser("fill-demo").add_argument("registers", type=Path)
    commands.add_parser("code").add_argument("email")
    commands.add_parser("manage").add_argument("rest", nargs=argparse.REMAINDER)
    asked = parser.parse_args(arguments)
    try:
        return _run(asked)
    except (LedgerError, Stop) as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 2


class Stop(Exception):
    """The service cannot start; the message says what to do."""


def _run(asked: argparse.Namespace) -> int:
    home = asked.home.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["SHAREWELL_HOME"] = str(home)
    os.environ["DATABASE_URL"] = connect_info(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sharewell.service.settings"
    if asked.command in ("serve", "web"):
        os.environ.setdefault("SHAREWELL_ADDRESS", f"http://localhost:{asked.port}")
    _set_up()

    from sharewell.service.accounts.errors import AccountError

    try:
        _do(asked, home)
    except AccountError as error:
        raise Stop(str(error)) from None
    return 0


def _do(asked: argparse.Namespace, home: Path) -> None:
    from sharewell.service import running

    match asked.command:
        case "serve":
            running.prepare()
            raise SystemExit(
                running.serve(home, asked.host, asked.port, asked.workers, asked.start)
            )
        case "web":
            running.web(asked.host, asked.port, asked.workers)
        case "worker":
            running.worker()
        case "prepare":
            running.prepare()
        case "administrator":
            running.prepare()
            from sharewell.service.accounts.invitations import invite_first

            link = invite_first(asked.email, asked.name, asked.organisation)
            print(f"Open this link within 7 days to choose a password:\n{link}")  # noqa: T201
        case "demo-people":
            running.prepare()
            from sharewell.service.accounts import demo

            _tell_people(demo.make_people())
        case "fill-demo":
            running.prepare()
            from sharewell.service import demo as everything

            made = everything.fill(asked.registers)
            everything.fill_monitoring()
            _tell_people(made)
        case "code":
            from sharewell.service.accounts import demo

            print(demo.code_with_time_to_type(asked.email))  # noqa: T201
        case "manage":
            from django.core.management import execute_from_command_line

            execute_from_command_line(["sharewell.service manage", *asked.rest])


def _tell_people(people: Sequence[DemoPerson]) -> None:
    from sharewell.service.demo import code_command

    for person in people:
        print(f"  {person.called:26} {person.email}")  # noqa: T201
    print(f"The password of all of them: {people[0].password}")  # noqa: T201
    print("The code of the second factor, as an authenticator app would show it:")  # noqa: T201
    print(f"  {code_command()} EMAIL")  # noqa: T201


def _set_up() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Stop(str(error)) from None


if __name__ == "__main__":
    raise SystemExit(main())
