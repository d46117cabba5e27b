"""The steps of ``sharewell demo``, each as one person of one organisation."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from sharewell.agreements import Agreement
from sharewell.cli.context import examples
from sharewell.cli.data import describe_import
from sharewell.cli.output import EXIT_FOUND, Failure, bullet, heading
from sharewell.flows.access import Access, record_access
from sharewell.flows.asking import find_agreement
from sharewell.flows.combining import combine_with
from sharewell.flows.errors import Refused
from sharewell.flows.extracting import extract
from sharewell.flows.home import Home
from sharewell.flows.importing import import_file
from sharewell.flows.people import Person
from sharewell.flows.preparing import Declared, Verdict, prepare, release_prepared
from sharewell.flows.releases import Release
from sharewell.flows.reviewing import Named, access_list, name_person
from sharewell.flows.supplying import supply
from sharewell.terminal import progress_bar

VIOLENCE, DRUGS = "DARS-NIC-612092-Q0Y6F", "DARS-NIC-698171-K4M0B"
KEYS = ("month", "police_force")
NEWCOMER = Person(
    "n.newcomer", "Nia Newcomer (invented)", "Home Office", "serious violence analyst"
)
REVIEWERS = (
    Person("r.first", "Rae Reviewer (invented)", "Home Office", "output reviewer"),
    Person("r.second", "Ray Reviewer (invented)", "Home Office", "output reviewer"),
)


@contextmanager
def step(title: str) -> Iterator[None]:
    """A titled step and how long it took."""
    heading(title)
    started = time.monotonic()
    yield
    click.secho(f"  ({time.monotonic() - started:.1f} s)", dim=True)


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
        self._keep_the_list()

    def _keep_the_list(self) -> None:
        """Names the analyst of the violence tables; a newcomer reads without being named."""
        manager, analyst = self.home.directory.person("m.manager"), self.violence_analyst
        listed = access_list(self.home, self.violence.reference)
        if analyst.id not in {named.person for named in listed}:
            named = Named(
                person=analyst.id,
                name=analyst.name,
                organisation=analyst.organisation,
                role=analyst.role,
                approved_by=manager.name,
                approved=self.on,
                approval_ends=self.violence.term.last,
                trained=self.on,
            )
            name_person(self.home, manager, self.violence, named)
        seen = Access("Unprotected counts of assault, by month", self.violence.name)
        record_access(self.home, NEWCOMER, "read", seen)
        bullet(
            f"{analyst.name} is on the list of who may see the data; {NEWCOMER.name} is not, and "
            "looked all the same. The access review shows it."
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
                    (path, f"What combining dropped from {path.stem.removesuffix('-dropped')}")
                )

    def publish(self) -> None:
        """Publishes protected tables after two reviews.

        The analysis is done here and its figures alone leave: a use in a safe setting.
        """
        with step("7. Publish, with small numbers protected"):
            with progress_bar() as progress:
                prepared = prepare(
                    self.home,
                    self.violence_analyst,
                    self.violence,
                    on=self.on,
                    request=f"demo {secrets.token_hex(8)}",
                    combined=True,
                    progress=progress,
                )
            declared = Declared(
                context="Monthly assaults in England and Wales, for everybody.",
                earlier="Each edition replaces the one before.",
                safe_setting=True,
            )
            reviews = [Verdict(person.id, person.name, True, "") for person in REVIEWERS]
            released = release_prepared(
                self.home, prepared, self.violence, declared, reviews, self.on
            )
            bullet(
                f"Publish under {self.violence.name}, once "
                f"{' and '.join(person.name for person in REVIEWERS)} had reviewed it: a use in a "
                f"safe setting, ledger entry {released.seq}."
            )
            self._look_first_at(self.home.releases / released.body["release"], self.violence)

    def _look_first_at(self, directory: Path, agreement: Agreement) -> None:
        page = directory / "index.html"
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
