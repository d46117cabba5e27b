"""Fills the service with invented clients and activity, for trying it out and for measuring it.

Nobody in them exists. They come the way that files come: each service's files are sent, tested and
applied, and who is who is found. So what is measured and looked at is what services would have.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from sharewell.monitoring import years
from sharewell.monitoring.synthesis import MIX, Size, service_codes, synthesise
from sharewell.service.jobs.interface import do_now
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.models import Service, Upload
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.postcodes import INVENTED, load
from sharewell.service.monitoring.reach import Reach, reach_of_service, within
from sharewell.service.monitoring.uploads.sending import Sent, ask_to_apply, leave, receive

AREAS = (
    "E06000006", "E06000007", "E06000049", "E06000050", "E08000011", "E08000012", "E08000013",
    "E08000014", "E08000015",
)  # fmt: skip
"""The nine local authorities, in the order in which the invented postcodes are theirs."""

Progress = Callable[[str, float], None]

_PIECE = 2**20
_STOPPED = (Upload.State.TESTED, Upload.State.FAILED)


def fill(
    size: Size,
    provider_of: Callable[[int], Any],
    *,
    modules: Sequence[str] = tuple(MIX),
    by: Any = None,
    progress: Progress,
) -> list[Service]:
    """Services of nine areas with invented clients and activity; who is who is found.

    ``provider_of`` gives the organisation of the services of an area, by its place in `AREAS`;
    ``modules`` are those whose files are sent, and ``by`` who sends them. Services where an upload
    was applied are left as they are; one whose filling was stopped half-way is filled again.
    """
    load(INVENTED)
    codes = service_codes(size)
    made = [_service(code, number % len(AREAS), provider_of) for number, code in enumerate(codes)]
    wanting = [service for service in made if not _is_filled(service)]
    if wanting:
        _fill(wanting, size, modules, by, progress)
    progress("Finding who is who", 0.0)
    find_who_is_who()
    progress("Finding who is who", 1.0)
    return made


def _fill(
    wanting: Sequence[Service], size: Size, modules: Sequence[str], by: Any, progress: Progress
) -> None:
    """Invents everything, and sends, tests and applies the files of each service."""
    what = "Sending, testing and applying files"
    with tempfile.TemporaryDirectory(prefix="sharewell-") as folder:
        found = Path(folder)
        synthesise(found / "all", size, progress=progress)
        _split(found / "all", found / "split", modules)
        for number, service in enumerate(wanting):
            progress(what, number / len(wanting))
            _send(service, by, sorted(found.glob(f"split/*/code={service.code}/*.csv")), size)
        progress(what, 1.0)


def _split(whole: Path, parts: Path, modules: Sequence[str]) -> None:
    """A file for each module and service, as services would send them."""
    with duckdb.connect() as con:
        for name in ("client", *modules):
            source = whole / f"{name}.parquet"
            target = parts / name
            target.mkdir(parents=True)
            con.execute(
                f"COPY (SELECT * EXCLUDE truth, service AS code FROM '{source}') TO '{target}' "
                "(FORMAT csv, HEADER, PARTITION_BY (code), WRITE_PARTITION_COLUMNS false)"
            )


def _service(code: str, area: int, provider_of: Callable[[int], Any]) -> Service:
    with within(Reach("administrator")):
        there = reach.services().filter(code=code).first()
        return there or Service.objects.create(
            organisation=provider_of(area),
            code=code,
            name=f"{service_name(code)} (invented)",
            area=AREAS[area],
            modules=list(MIX),
        )


def _is_filled(service: Service) -> bool:
    with within(reach_of_service(service.pk)):
        return reach.uploads().filter(service=service, state=Upload.State.APPLIED).exists()


def service_name(code: str) -> str:
    """What an invented service is called."""
    return f"Hatch {code[4:].lstrip('0')} {code[:4].capitalize()}"


def _send(service: Service, by: Any, paths: Sequence[Path], size: Size) -> None:
    acting = Reach("staff", by and by.pk, frozenset({service.pk}), frozenset({service.pk}))
    last = min(max(size.first_year + size.years - 1, years()[0]), years()[-1])
    with within(acting):
        for stopped in reach.uploads().filter(service=service, state__in=_STOPPED):
            leave(stopped)  # of a filling before: everything is sent again
        sent = [Sent(f"{path.parent.parent.name}.csv", _pieces(path)) for path in paths]
        upload = receive(by, service, sent, year=last)
    upload = _done(acting, upload)
    with within(acting):
        ask_to_apply(by, upload, only_good=True)
    _done(acting, upload)


def _done(acting: Reach, upload: Upload) -> Upload:
    """Does at once what was asked of an upload."""
    with within(acting):
        address = reach.uploads().get(pk=upload.pk).job
    do_now(address)
    with within(acting):
        return reach.uploads().get(pk=upload.pk)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
