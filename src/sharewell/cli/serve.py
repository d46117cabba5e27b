"""``sharewell serve`` and ``administrator``: the service, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import click

from sharewell.cli.context import settings


def run_service(home: Path, agreements: Path, *arguments: str) -> int:
    """Runs the service's own command line, passing signals on; its exit code."""
    command = [sys.executable, "-m", "sharewell.service", "--home", str(home), *arguments]
    environment = {"SHAREWELL_AGREEMENTS": str(agreements.resolve())}
    child = subprocess.Popen(command, env=os.environ | environment)  # noqa: S603

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        if child.poll() is None:
            child.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _service(ctx: click.Context, *arguments: str) -> None:
    chosen = settings(ctx)
    ctx.exit(run_service(chosen.home, chosen.agreements, *arguments))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--workers", default=2, show_default=True, help="How many processes serve pages.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, workers: int) -> None:
    """Run the service in the browser until stopped.

    Makes or updates its tables, starts the web server and the worker for long jobs, and prints
    the address. Settings come from the environment (docs/how-to/run-the-service.md).
    """
    _service(ctx, "serve", "--host", host, "--port", str(port), "--workers", str(workers))


@click.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--organisation", required=True, help="Where they work; made if it is not known.")
@click.pass_context
def administrator(ctx: click.Context, email: str, name: str, organisation: str) -> None:
    """Invite the first administrator of the service.

    Prints a link, good for one use within seven days, with which the person chooses a password.
    They hold every role, everywhere, to give it to others; everybody else is invited by them.
    """
    _service(ctx, "administrator", email, "--name", name, "--organisation", organisation)
