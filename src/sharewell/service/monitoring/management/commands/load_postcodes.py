"""Loads the lookup of postcodes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sharewell.service.monitoring.postcodes import INVENTED, LookupFault, load


class Command(BaseCommand):
    """``manage load_postcodes ONSPD.csv``; without a file, the small invented one."""

    help = "Replaces the lookup of postcodes by an edition of the ONS Postcode Directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", nargs="?", type=Path, default=INVENTED)

    def handle(self, *_: Any, **given: Any) -> None:
        """Says how many postcodes there are now."""
        try:
            count = load(given["file"])
        except (LookupFault, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{count} postcodes.")
