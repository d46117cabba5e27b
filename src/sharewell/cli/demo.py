"""``sharewell demo``: the main job from nothing to outputs, as a user would do it step by step."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
import yaml

from sharewell.cli.context import examples, today
from sharewell.cli.demo_tour import Tour, step
from sharewell.cli.output import EXIT_FOUND, Failure, bullet, heading, say
from sharewell.cli.serve import run_service
from sharewell.flows.home import open_home
from sharewell.flows.releases import Progress
from sharewell.publication import generate_identity
from sharewell.synthesis import synthesise
from sharewell.terminal import progress_bar

LAST_DAY = date(2026, 9, 30)
PLACES = {
    "LSE": ("England", "LSE servers"),
    "RAND": ("England", "RAND servers"),
    "Hull": ("England", "Hull Data Safe Haven"),
}


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/demo"),
    show_default=True,
    help="Where everything goes.",
)
@click.option(
    "--register",
    "registers",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A directory of official workbooks to take in. Default: two invented editions.",
)
@click.option("--port", default=8000, show_default=True, help="The service's port.")
@click.option("--no-serve", is_flag=True, help="Return when all is made; do not start the service.")
@click.option(
    "--background",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="The share of episodes outside the cohorts to invent.",
)
@click.option("--first-year", type=int, default=2009, show_default=True, help="2009 is 2009-10.")
@click.pass_context
def demo(
    ctx: click.Context,
    out: Path,
    registers: Path | None,
    port: int,
    no_serve: bool,
    background: float,
    first_year: int,
) -> None:
    """From nothing to protected releases and the service running, in one go, on invented data.

    Works again in the same place, and after being killed half-way. Ctrl-C stops the service.
    """
    started = time.monotonic()
    say("Everything here is INVENTED: nobody in these data exists.")
    out = out.resolve()
    home_path = out / "home"
    prepare(out, home_path)
    on = today()
    with progress_bar() as progress, step("1. Invent hospital episodes"):
        files = invent(out / "invented", background, first_year, progress)
    with open_home(home_path) as home:
        tour = Tour(home, out, on, date(first_year, 4, 1))
        tour.bring_in(files)
        tour.read_agreements()
        tour.hand_over()
        tour.pass_on()
        tour.join_wales()
        tour.publish()
        tour.try_forbidden_things()
        sound = tour.verify()
    agreements = examples() / "agreements"
    with step("10. Fill the service: people, registers, and services that are monitored"):
        filling = str(registers or examples() / "register")
        if run_service(home_path, agreements, "fill-demo", filling):
            raise Failure("The service could not be filled; the words above say why.", EXIT_FOUND)
    heading("Look at these first")
    for path, what in tour.first_looks:
        bullet(f"{what}:")
        click.echo(f"    {shown(path)}")
    say()
    say(f"Done in {time.monotonic() - started:.0f} seconds.")
    if not sound:
        ctx.exit(EXIT_FOUND)
    if not no_serve:
        port = free_port(port)
        serving = ("serve", "--port", str(port), "--workers", "1", "--start", "/start/")
        ctx.exit(run_service(home_path, agreements, *serving))


def free_port(wanted: int) -> int:
    """The port, or another where something answers there already."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", wanted)):
            return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def shown(path: Path) -> Path:
    """The path as short as it can be from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def prepare(out: Path, home: Path) -> None:
    """Makes the directories, the invented people and the recipients' invented keys, once."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"{home} cannot be made ({error.strerror}). Give another place with --out."
        ) from None
    people = home / "people.yaml"
    if people.exists():
        return
    data: dict[str, Any] = yaml.safe_load((examples() / "people.yaml").read_text("utf-8"))
    for short, (territory, storage) in PLACES.items():
        identity = generate_identity()
        secret = out / "recipients" / short / "INVENTED-age-identity.txt"
        secret.parent.mkdir(parents=True, exist_ok=True)
        secret.write_text(identity.secret + "\n", "utf-8")
        secret.chmod(0o600)
        data["recipients"][short] = {
            "age": identity.recipient,
            "territory": territory,
            "storage": storage,
        }
    partial = home / "people.yaml.part"
    partial.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), "utf-8")
    partial.rename(people)


def invent(
    out: Path, background: float, first_year: int, progress: Progress
) -> list[tuple[str, Path]]:
    """The invented files, as (dataset, path): all years, and an older extract of the last one."""

    def show(dataset: str) -> Callable[[str, int, int], None]:
        return lambda _what, done, total: progress(f"Inventing {dataset}", done / max(total, 1))

    found: list[tuple[str, Path]] = []
    # The extract of a month before comes first, so that the later one can supersede it.
    earlier = date(2026, 8, 31)
    found += [
        ("hes_apc", file.path)
        for file in synthesise(
            out / "earlier",
            first_year=2026,
            last=earlier,
            background=background,
            progress=show("an earlier extract"),
        )
    ]
    for dataset in ("hes_apc", "pedw"):
        files = synthesise(
            out,
            dataset=dataset,
            first_year=first_year,
            last=LAST_DAY,
            background=background,
            progress=show(dataset),
        )
        rows = sum(file.rows for file in files)
        bullet(f"{dataset}: {rows:,} episodes in {len(files)} files")
        found += [(dataset, file.path) for file in files]
    return found
