"""Taking in an edition that somebody uploaded, and Sharewell's own: the long work."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from sharewell.flows.registering import ledger_edition
from sharewell.register import RegisterError, read_workbook
from sharewell.service.agreements.interface import at_hand
from sharewell.service.home import home
from sharewell.service.jobs.interface import Running, WorkFailed, work
from sharewell.service.register.models import Series
from sharewell.service.register.taking import Intake, NotTakenIn, Taken

TAKE_IN = "take in an edition of the register"
TAKE_IN_OWN = "make an edition of Sharewell's own register"


def uploads() -> Path:
    """Where uploaded workbooks wait for the worker."""
    folder = settings.SHAREWELL_HOME / "service" / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def put_aside(content: bytes) -> str:
    """Keeps an upload until the worker has read it; its name there."""
    name = f"{uuid4()}.xlsx"
    (uploads() / name).write_bytes(content)
    return name


@work(TAKE_IN, attempts=2)
def take_in_upload(job: Running, *, upload: str, name: str, published: str, by: str) -> str:
    """Reads the workbook and takes it in; the address of the edition."""
    path = uploads() / Path(upload).name
    if not path.exists():
        raise WorkFailed("The uploaded file is no longer there. Upload it again.")
    job.progress(5, "Reads the workbook.")
    try:
        day = date.fromisoformat(published) if published else None
        edition = read_workbook(path.read_bytes(), name=name, published=day)
        taken = Intake(Series.OFFICIAL, by).take_in(edition, job.progress)
    except (RegisterError, NotTakenIn) as error:
        path.unlink(missing_ok=True)
        raise WorkFailed(str(error)) from None
    path.unlink(missing_ok=True)
    return _address(taken)


@work(TAKE_IN_OWN, attempts=2)
def take_in_own_job(job: Running, *, by: str) -> str:
    """Makes an edition of what the ledger holds; the address of the edition."""
    job.progress(5, "Reads the ledger.")
    return _address(take_in_own(by))


def take_in_own(by: str) -> Taken:
    """An edition of what the ledger holds today of the agreements of this installation."""
    edition = ledger_edition(home().ledger, at_hand(), timezone.localdate())
    return Intake(Series.OWN, by).take_in(edition)


def _address(taken: Taken) -> str:
    return reverse("register:edition", args=[taken.edition.slug])
