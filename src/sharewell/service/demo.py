"""What `sharewell demo` adds to the service: invented people, registers, and where to start.

Everything is made once: to fill again changes nothing that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from sharewell.flows.preparing import Declared, earlier_releases, prepared_entry
from sharewell.flows.reviewing import TRAINING_HOLDS, Named, access_list, name_person
from sharewell.register import read_workbook
from sharewell.service.accounts import demo as people
from sharewell.service.accounts.demo import DemoPerson
from sharewell.service.accounts.interface import acting_person
from sharewell.service.agreements.interface import at_hand, governing
from sharewell.service.home import home
from sharewell.service.monitoring import demo as monitoring
from sharewell.service.register.models import Edition, Series
from sharewell.service.register.taking import Intake
from sharewell.service.register.work import take_in_own
from sharewell.service.releases.interface import State, Wanted, ask_for, withdraw
from sharewell.service.releases.models import Release
from sharewell.terminal import progress_bar

PASSWORD, PEOPLE = people.PASSWORD, people.PEOPLE
email_of, house_of = people.email_of, people.house_of
VIOLENCE, DRUGS = "DARS-NIC-612092-Q0Y6F", "DARS-NIC-698171-K4M0B"
MONITORING = "CM-IMS-000001-INVNT"
_BY = "the demo"


@dataclass(frozen=True)
class Step:
    """One thing to look at: where it is, and as whom ('' is nobody)."""

    title: str
    words: str
    address: str
    role: str = ""

    @property
    def email(self) -> str:
        """The address of the invented person who looks."""
        return people.email_of(self.role) if self.role else ""


def fill(registers: Path) -> tuple[DemoPerson, ...]:
    """Makes the invented people, takes in the registers of a directory and Sharewell's own, puts a
    name on a list, and asks for a release that two people will review."""
    made = people.make_people()
    intake = Intake(Series.OFFICIAL, _BY)
    for path in sorted(registers.glob("*.xlsx")):
        intake.take_in(read_workbook(path))
    take_in_own(_BY)
    today = timezone.localdate()
    lapsed = today - TRAINING_HOLDS - timedelta(days=30)
    _name(VIOLENCE, "serious violence analyst", "Viv Violence (invented)", trained=lapsed)
    _name(MONITORING, "monitoring analyst", "The director (invented)", trained=today)
    _ask_for_a_release()
    return made


def fill_monitoring() -> None:
    """Adds nine areas with invented services, their clients and activity."""
    examples = settings.SHAREWELL_AGREEMENTS.parent
    with progress_bar() as progress:
        monitoring.fill_monitoring(people.person, people.provider, examples, progress)


def there() -> bool:
    """Whether this installation is filled for trying out."""
    return not settings.CONFIG.production and people.there()


def code_command() -> str:
    """What to type, before an email address, for the code of an invented person's second factor."""
    home = _short(settings.SHAREWELL_HOME)
    return f"{_short(Path(sys.executable))} -m sharewell.service --home {home} code"


def steps() -> Sequence[Step]:
    """What to look at, in order; only what this installation has."""
    return tuple(_steps())


def _steps() -> Iterator[Step]:
    yield Step(
        "Read the public register",
        "Who may use patients' data, for what, and what left. Anybody may read it.",
        reverse("register:search"),
    )
    changed = Edition.objects.filter(series=Series.OFFICIAL, changes__isnull=False).first()
    if changed:
        yield Step(
            "See what an edition changed",
            "The register is edited in place, without a list of changes. Here is one, word by "
            "word, with changes of looks told apart from real ones.",
            reverse("register:changes", args=[changed.slug]),
        )
    own = Edition.objects.filter(series=Series.OWN).first()
    yield Step(
        "See files that left and safe uses side by side",
        "Sharewell's own register is made from its ledger, so it knows both.",
        reverse("register:agreement", args=[VIOLENCE]) + (f"?edition={own.slug}" if own else ""),
    )
    yield Step(
        "Read an agreement",
        "Who, what, why and until when; each clause with its words and how it executes; who may "
        "have what; what was released; what must be done by when.",
        reverse("agreements:agreement", args=[DRUGS]),
        "drugs analyst",
    )
    yield Step(
        "Ask it, and be refused",
        "Ask to pass a part on to a processor, to whom: LSE, table: Admissions for poisoning by "
        "drug misuse, split by: Ethnic group. The answer quotes the clause that forbids it, and "
        "is in the ledger.",
        reverse("agreements:ask", args=[DRUGS]),
        "drugs analyst",
    )
    waiting = Release.objects.filter(state__in=(State.PREPARING, State.REVIEW)).first()
    if waiting:
        yield Step(
            "Review a release",
            "Figures of poisonings wait for two people who review them apart; neither sees what "
            "the other says until both have spoken. The second is "
            f"{email_of('second output reviewer')}. "
            + ("The worker prepares them now." if waiting.state == State.PREPARING else ""),
            reverse("releases:release", args=[waiting.pk]),
            "output reviewer",
        )
    for step in monitoring.steps():
        yield Step(*step)
    yield Step(
        "Review who had access",
        "Who may, who did, who did and should not have, who never did, and whose training lapsed.",
        reverse("agreements:access", args=[VIOLENCE]),
        "auditor",
    )


def _short(path: Path) -> Path:
    """The path as short as it can be from where the service was started."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _name(reference: str, called: str, approved_by: str, trained: date) -> None:
    """Puts an invented person on the list of an agreement, once."""
    versions = tuple(a for a in at_hand() if a.reference == reference)
    manager = acting_person(people.person("agreement manager"), role="agreement manager")
    who = acting_person(people.person(called), role=called)
    if not versions or who.id in {named.person for named in access_list(home(), reference)}:
        return
    today = timezone.localdate()
    named = Named(
        who.id,
        who.name,
        who.organisation,
        who.role,
        approved_by=approved_by,
        approved=today,
        trained=trained,
    )
    name_person(home(), manager, governing(versions, today), named)


def _ask_for_a_release() -> None:
    """Asks for one, where there are tables, unless one waits that could still be let out. The
    worker prepares it once the service runs."""
    analyst = people.person("drugs analyst")
    asked = Release.objects.filter(requester=analyst)
    if asked.filter(state=State.PREPARING).exists():
        return
    for waiting in asked.filter(state=State.REVIEW):
        prepared = prepared_entry(home(), waiting.prepared)
        if all(entry.seq < prepared.seq for entry in earlier_releases(home(), prepared)):
            return
        withdraw(analyst, waiting)
    if not any(home().ledger.entries(kind="supply", where={"reference": DRUGS})):
        return
    versions = tuple(a for a in at_hand() if a.reference == DRUGS)
    declared = Declared(
        context="Poisonings by drugs in England, for the public, each quarter.",
        earlier="The figures of assault count other diagnoses of the same episodes.",
        safe_setting=True,
    )
    agreement = governing(versions, timezone.localdate())
    ask_for(analyst, agreement, Wanted("public", ("poisonings",), False, declared))
