"""Watches the folder into which an SFTP server writes."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from sharewell.service.monitoring.uploads.folder import STILL, Watch


class Command(BaseCommand):
    """``manage watch_folder DIR``: until it is stopped, or with ``--once`` a single time."""

    help = "Takes in files that suppliers put into DIR/SERVICE/, when they are whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, and how patient to be."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--once", action="store_true", help="Look once, and end.")
        parser.add_argument(
            "--still", type=float, default=STILL, help="Seconds for which a file stands still."
        )
        parser.add_argument("--every", type=float, default=5.0, help="Seconds between looks.")

    def handle(self, *_: Any, **given: Any) -> None:
        """Says what it took."""
        folder = given["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no directory. Make it, with one for each service.")
        watch = Watch(folder, given["still"])
        while True:
            for id_ in watch.look():
                self.stdout.write(f"Took a file: upload {id_}.")
            if given["once"]:
                return
            close_old_connections()
            time.sleep(given["every"])
