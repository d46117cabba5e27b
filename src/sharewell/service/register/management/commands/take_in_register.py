"""Takes in editions of the register from files, and Sharewell's own from its ledger."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sharewell.register import RegisterError, read_workbook
from sharewell.service.register.models import Series
from sharewell.service.register.taking import Intake, NotTakenIn
from sharewell.service.register.work import take_in_own


class Command(BaseCommand):
    """``manage take_in_register A.xlsx B.xlsx``: oldest first is quickest."""

    help = "Takes in editions of the register: official workbooks, or Sharewell's own (--own)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, and whether Sharewell's own is taken in as well."""
        parser.add_argument("files", nargs="*", type=Path)
        parser.add_argument("--own", action="store_true", help="Sharewell's own, of today.")

    def handle(self, *_: Any, **given: Any) -> None:
        """Says of each edition whether it is new."""
        intake = Intake(Series.OFFICIAL, "the command line")
        try:
            taken = [intake.take_in(read_workbook(path)) for path in given["files"]]
        except (RegisterError, NotTakenIn) as error:
            raise CommandError(str(error)) from None
        except FileNotFoundError as error:
            raise CommandError(f"There is no file {error.filename}.") from None
        if given["own"]:
            taken.append(take_in_own("the command line"))
        for each in taken:
            state = "taken in" if each.new else "was there already"
            self.stdout.write(f"{each.edition.slug}: {each.edition.name}, {state}")
