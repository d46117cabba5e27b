"""A watched folder, into which an SFTP server writes: one folder for each service, by its code.

    DIR/HATCH01/june.csv                      in the headings of the template
    DIR/HATCH01/examplia-exchange/june.csv    by the mapping of that supplier

A file is taken when it is whole: its size and time stood still for a while, or a file of the same
name and ``.done`` stands beside it. Names that programs give to what they still write (``.part``,
``.filepart``, ``.tmp``, a dot in front) are left alone. What is taken moves to ``taken`` beside it,
under the id of its upload, in one step that only one process can do; what was moved and not yet
received when a process was killed is received by the next one, once.
"""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import transaction

from sharewell.monitoring import years
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.checks import data_set_of
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.models import Mapping, Service, Upload
from sharewell.service.monitoring.reach import Reach, reach_of_service, within
from sharewell.service.monitoring.uploads import mappings, sending, vault
from sharewell.service.monitoring.uploads.sending import Sent
from sharewell.service.monitoring.uploads.telling import tell_people

_log = logging.getLogger(__name__)

STILL = 10.0
"""Seconds for which a file must stand still."""

TAKEN, REFUSED = "taken", "refused"
_DONE = ".done"
_BEING_WRITTEN = (".part", ".partial", ".filepart", ".tmp", ".writing", ".crdownload")


@dataclass
class Watch:
    """Looks at the folder again and again; ``seen`` is what each file looked like, and since when.

    ``still`` are the seconds for which a file must stand still.
    """

    folder: Path
    still: float = STILL
    seen: dict[Path, tuple[tuple[int, int], float]] = field(default_factory=dict)

    def look(self) -> list[UUID]:
        """Takes what is whole by now; the uploads that were made of it."""
        services = self._services()
        made = [
            id_
            for code, service in services.items()
            if (self.folder / code).is_dir()
            for id_ in self._look_at(service)
        ]
        there = {path for path in self.seen if path.exists()}
        self.seen = {path: what for path, what in self.seen.items() if path in there}
        return made

    def _look_at(self, service: Service) -> Iterator[UUID]:
        home = self.folder / service.code
        yield from self._received_late(service, home)
        with within(reach_of_service(service.pk)):
            known = {each.supplier.slug: each for each in mappings.newest(service)}
        folders: dict[Path, Mapping | None] = {home: None}
        folders |= {home / slug: mapping for slug, mapping in known.items()}
        for folder, mapping in folders.items():
            if not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                if self._is_whole(path):
                    id_ = _take(path, home, mapping)
                    if id_ and _receive(service, home, id_, mapping):
                        yield id_

    def _is_whole(self, path: Path) -> bool:
        name = path.name.lower()
        if name.startswith(".") or name.endswith((*_BEING_WRITTEN, _DONE)):
            return False
        if path.is_symlink() or not path.is_file():
            return False
        if path.with_name(path.name + _DONE).exists():
            return True
        found = path.stat()
        now, looks = time.monotonic(), (found.st_size, found.st_mtime_ns)
        before = self.seen.get(path)
        if before is None or before[0] != looks:
            self.seen[path] = (looks, now)
            return self.still == 0 and found.st_size > 0
        return found.st_size > 0 and now - before[1] >= self.still

    def _received_late(self, service: Service, home: Path) -> Iterator[UUID]:
        """What was moved and not received: its process was killed between the two."""
        taken = home / TAKEN
        if not taken.is_dir():
            return
        with within(reach_of_service(service.pk)):
            kept = {str(pk) for pk in reach.uploads().values_list("pk", flat=True)}
            known = {each.supplier.slug: each for each in mappings.newest(service)}
        for inside in sorted(taken.iterdir()):
            id_, _, slug = inside.name.partition(" ")
            with suppress(ValueError):
                if id_ not in kept and _receive(service, home, UUID(id_), known.get(slug)):
                    yield UUID(id_)

    def _services(self) -> dict[str, Service]:
        with within(Reach("administrator")):
            return {service.code: service for service in reach.services()}


def _take(path: Path, home: Path, mapping: Mapping | None) -> UUID | None:
    """Moves a file aside under the id of the upload that it becomes; None where another process
    was quicker."""
    id_ = uuid.uuid4()
    slug = mapping.supplier.slug if mapping else ""
    aside = home / TAKEN / f"{id_} {slug}".strip()
    aside.mkdir(parents=True)
    try:
        path.rename(aside / path.name)
    except FileNotFoundError:
        aside.rmdir()
        return None
    path.with_name(path.name + _DONE).unlink(missing_ok=True)
    return id_


def _receive(service: Service, home: Path, id_: UUID, mapping: Mapping | None) -> bool:
    """Receives what was moved aside, once; whether it could be."""
    slug = mapping.supplier.slug if mapping else ""
    aside = home / TAKEN / f"{id_} {slug}".strip()
    paths = [path for path in aside.iterdir() if path.is_file()]
    if not paths:  # it was moved away before the process was killed
        aside.rmdir()
        return False
    year = min(max(data_set_of().year, years()[0]), years()[-1])
    try:
        with within(reach_of_service(service.pk)), transaction.atomic():
            sending.receive(
                None,
                service,
                [Sent(path.name, _pieces(path)) for path in paths],
                year=year,
                mapping=mapping,
                way=Upload.Way.FOLDER,
                id_=id_,
            )
    except MonitoringFault as fault:
        _log.warning("%s: a file of the watched folder was refused: %s", service.code, fault)
        vault.drop(id_, *vault.kept(id_))
        refused = home / REFUSED
        refused.mkdir(exist_ok=True)
        shutil.move(aside, refused / aside.name)
        (refused / aside.name / "why.txt").write_text(f"{fault}\n", "utf-8")
        tell_people(service, "A file of the watched folder was refused", str(fault))
        return False
    return True


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(2**20), b"")
