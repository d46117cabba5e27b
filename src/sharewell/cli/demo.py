"""``sharewell demo``: the main job from nothing to outputs, as a user would do it step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
import yaml

from sharewell.agreements import Agreement
from sharewell.cli.context import examples, today
from sharewell.cli.data import describe_import
from sharewell.cli.output import EXIT_FOUND, Failure, bullet, heading, progress_bar, say
from sharewell.flows.asking import find_agreement
from sharewell.flows.combining import combine_with
from sharewell.flows.errors import Refused
from sharewell.flows.extracting import extract
from sharewell.flows.home import Home, open_home
from sharewell.flows.importing import import_file
from sharewell.flows.publishing import publish
from sharewell.flows.releases import Progress, Release
from sharewell.flows.supplying import supply
from sharewell.publication import generate_identity
from sharewell.synthesis import synthesise

VIOLENCE, DRUGS = "DARS-NIC-612092-Q0Y6F", "DARS-NIC-698171-K4M0B"
LAST_DAY = date(2026, 9, 30)
PLACES = {
    "LSE": ("England", "LSE servers"),
    "RAND": ("England", "RAND servers"),
    "Hull": ("England", "Hull Data Safe Haven"),
}
KEYS = ("month", "police_force")


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/demo"),
    show_default=True,
    help="Where everything goes.",
)
@click.option("--no-serve", is_flag=True, help="Return when the work is done.")
@click.option(
    "--background",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="The share of episodes outside the cohorts to invent.",
)
@click.option("--first-year", type=int, default=2009, show_default=True, help="2009 is 2009-10.")
@click.pass_context
def demo(ctx: click.Context, out: Path, no_serve: bool, background: float, first_year: int) -> None:
    """From nothing to protected releases, in one go, on invented data.

    Works again in the same place, and after being killed half-way.
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
    heading("Look at these first")
    for path, what in tour.first_looks:
        bullet(f"{what}:")
        click.echo(f"    {shown(path)}")
    say()
    say(f"Done in {time.monotonic() - started:.0f} seconds.")
    if not no_serve:
        say("There is no service to open yet; the web service comes next.")
    if not sound:
        ctx.exit(EXIT_FOUND)


def shown(path: Path) -> Path:
    """The path as short as it can be from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@contextmanager
def step(title: str) -> Iterator[None]:
    """A titled step and how long it took."""
    heading(title)
    started = time.monotonic()
    yield
    click.secho(f"  ({time.monotonic() - started:.1f} s)", dim=True)


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


class Tour:
    """The steps of the demo, each as one person of one organisation."""

    def __init__(self, home: Home, out: Path, on: date, first: date) -> None:
        self.home, self.out, self.on, self.first = home, out, on, first
        self.supplier = home.directory.person("s.supplier")
        self.violence_analyst = home.directory.person("v.violence")
        self.drugs_analyst = home.directory.person("d.drugs")
        self.violence = self._agreement(VIOLENCE)
        self.drugs = self._agreement(DRUGS)
        self.first_looks: list[tuple[Path, str]] = []

    def _agreement(self, reference: str) -> Agreement:
        return find_agreement(examples() / "agreements", reference, self.on)

    def bring_in(self, files: list[tuple[str, Path]]) -> None:
        """Imports every file, validating it."""
        with step("2. Check them and bring them into the vault"), progress_bar() as progress:
            kept = dropped = known = 0
            for dataset, path in files:
                imported = import_file(self.home, self.supplier, path, dataset, progress)
                kept += imported.rows_kept
                dropped += sum(imported.rows_dropped.values())
                known += imported.already_there
                if imported.superseded and not imported.already_there:
                    bullet(describe_import(path, imported))
            if known:
                bullet(f"{known} of {len(files)} files were in the vault already.")
            bullet(f"In all {kept:,} rows kept and {dropped:,} dropped for errors.")

    def read_agreements(self) -> None:
        """Shows what the agreements are."""
        heading("3. Read the agreements")
        for agreement in (self.violence, self.drugs):
            bullet(
                f"{agreement.name}: {agreement.title}, {agreement.term.first} to "
                f"{agreement.term.last}, {len(agreement.clauses())} clauses."
            )

    def hand_over(self) -> None:
        """Supplies what the two agreements name."""
        with step("4. Supply the tables, with small numbers, to the Home Office"):
            for agreement in (self.violence, self.drugs):
                with progress_bar() as progress:
                    release = supply(
                        self.home,
                        self.supplier,
                        agreement,
                        on=self.on,
                        first=self.first,
                        progress=progress,
                    )
                self._tell(release)

    def pass_on(self) -> None:
        """Extracts for the processors."""
        with step("5. Extract exactly what each processor may have, encrypted to its key"):
            for agreement, person, to in (
                (self.drugs, self.drugs_analyst, "LSE"),
                (self.drugs, self.drugs_analyst, "RAND"),
                (self.violence, self.violence_analyst, "Hull"),
            ):
                with progress_bar() as progress:
                    release = extract(
                        self.home, person, agreement, to=to, on=self.on, progress=progress
                    )
                self._tell(release)
                if to == "LSE":
                    self.first_looks.append((release.directory, "What LSE gets, encrypted"))

    def join_wales(self) -> None:
        """Combines England with Wales."""
        with step("6. Combine England with Wales on police force and month"):
            with progress_bar() as progress:
                release = combine_with(
                    self.home,
                    self.violence_analyst,
                    self.violence,
                    with_dataset="pedw",
                    keys=KEYS,
                    on=self.on,
                    progress=progress,
                )
            self._tell(release)
            for path in sorted(release.directory.glob("*-dropped.csv")):
                self.first_looks.append(
                    (path, "What combining dropped, so that residents count once")
                )

    def publish(self) -> None:
        """Publishes protected tables."""
        with step("7. Publish, with small numbers protected"):
            for agreement, person, combined in (
                (self.violence, self.violence_analyst, True),
                (self.drugs, self.drugs_analyst, False),
            ):
                with progress_bar() as progress:
                    release = publish(
                        self.home,
                        person,
                        agreement,
                        on=self.on,
                        combined=combined,
                        progress=progress,
                    )
                self._tell(release)
                page = release.directory / "index.html"
                self.first_looks.insert(0, (page, f"Register page of {agreement.title}"))

    def try_forbidden_things(self) -> None:
        """Three requests that the agreements refuse, each recorded."""
        heading("8. Try what is forbidden")
        attempts: tuple[tuple[str, Callable[[], Release]], ...] = (
            (
                "Ethnicity for LSE",
                lambda: extract(
                    self.home,
                    self.drugs_analyst,
                    self.drugs,
                    to="LSE",
                    on=self.on,
                    tables=["poisonings"],
                    breakdowns=["ethnicity"],
                ),
            ),
            (
                "Combining the drug tables with Wales",
                lambda: combine_with(
                    self.home,
                    self.drugs_analyst,
                    self.drugs,
                    with_dataset="pedw",
                    keys=KEYS,
                    on=self.on,
                ),
            ),
            (
                "Joining with Wales by local authority",
                lambda: combine_with(
                    self.home,
                    self.violence_analyst,
                    self.violence,
                    with_dataset="pedw",
                    keys=("month", "local_authority"),
                    on=self.on,
                ),
            ),
        )
        for what, attempt in attempts:
            try:
                attempt()
            except Refused as refusal:
                bullet(f"{what}. {refusal}")
            else:
                raise Failure(f"'{what}' should have been refused and was not.", EXIT_FOUND)

    def verify(self) -> bool:
        """Verifies the ledger and takes a copy away."""
        with step("9. Verify the ledger and every file it names"):
            outcome = self.home.ledger.verify(self.home.files)
            words = "verifies" if outcome.ok else "does NOT verify"
            bullet(f"{outcome.checked} entries; the ledger {words}. Head {outcome.head.hash}.")
            for problem in outcome.problems:
                bullet(problem.words)
            export = self.out / "ledger.jsonl"
            self.home.ledger.export(export)
            self.first_looks.append((export, "The ledger, to verify without the database"))
        return outcome.ok

    def _tell(self, release: Release) -> None:
        cells = sum(table["cells"] for table in release.entry.body["tables"])
        bullet(
            f"{release.act.capitalize()} under {release.agreement}: {cells:,} cells in "
            f"{len(release.entry.files)} files, ledger entry {release.entry.seq}."
        )
