"""Where a postcode is, by the lookup that the operator loaded.

The lookup is a CSV as the Office for National Statistics publishes it: a postcode (``pcds``,
``pcd``), and the codes of its local authority, police force area and region. The columns of the
last three have the year in their names (``lad25cd``) in some editions and not in others
(``oslaua``, ``pfa``, ``rgn``). ``data/postcodes.csv`` is a small one, with postcodes that do not
exist.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from sharewell.linkage import parse_postcode
from sharewell.service.monitoring.models import Postcode

INVENTED = Path(__file__).parent / "data" / "postcodes.csv"

_COLUMNS = {
    "postcode": r"pcds|pcd\d?",
    "local_authority": r"oslaua|(lad|laua|ltla)\d*(cd)?",
    "police_force": r"(pfa)\d*(cd)?",
    "region": r"(rgn|gor)\d*(cd)?",
}
_AREAS = ("local_authority", "police_force", "region")
_AT_ONCE = 10_000


class LookupFault(Exception):
    """A file that is no lookup of postcodes; the message says what is missing."""


@dataclass(frozen=True)
class Place:
    """Where somebody lives, by ONS codes; '' for what is not known."""

    district: str = ""
    local_authority: str = ""
    police_force: str = ""
    region: str = ""


def place_of(text: str) -> Place:
    """Where a postcode is, or a district of postcodes that lies in one area alone."""
    return places_of([text])[text]


def places_of(texts: Iterable[str]) -> dict[str, Place]:
    """Where many postcodes are, by what was typed."""
    wanted = {
        text: (parse_postcode(text).district, "".join(text.upper().split())) for text in texts
    }
    plain = {code for district, code in wanted.values() if district}
    known = Postcode.objects.in_bulk(list(plain))
    districts = {d for d, code in wanted.values() if d and code not in known}
    areas: dict[str, list[tuple[str, ...]]] = {}
    found = Postcode.objects.filter(district__in=districts).order_by()
    for district, *codes in found.values_list("district", *_AREAS).distinct():
        areas.setdefault(district, []).append(tuple(codes))
    places = {}
    for text, (district, code) in wanted.items():
        if district is None:
            places[text] = Place()
            continue
        here = known.get(code)
        each = [tuple(getattr(here, name) for name in _AREAS)] if here else areas.get(district, [])
        places[text] = Place(district, *(_only({c[n] for c in each}) for n in range(len(_AREAS))))
    return places


def load(path: Path) -> int:
    """Replaces the lookup by the file, whole or not at all; how many postcodes it has.

    Raises LookupFault.
    """
    with path.open(encoding="utf-8-sig", newline="") as file, transaction.atomic():
        reader = csv.DictReader(file)
        columns = _columns(path, reader.fieldnames or ())
        Postcode.objects.all().delete()
        count = 0
        for some in _in_pieces(reader, columns):
            Postcode.objects.bulk_create(some)
            count += len(some)
        if not count:
            raise LookupFault(f"{path.name} has no postcode. The lookup stays as it was.")
    return count


def _columns(path: Path, headings: Sequence[str]) -> dict[str, str]:
    found = {
        name: next((h for h in headings if re.fullmatch(pattern, h.strip().lower())), None)
        for name, pattern in _COLUMNS.items()
    }
    if missing := [name for name, heading in found.items() if heading is None]:
        raise LookupFault(
            f"{path.name} has no column for: {', '.join(missing)}. Give an edition of the ONS "
            "Postcode Directory, with pcds, oslaua, pfa and rgn."
        )
    return {name: heading for name, heading in found.items() if heading is not None}


def _in_pieces(
    rows: Iterator[Mapping[str, str]], columns: Mapping[str, str]
) -> Iterator[list[Postcode]]:
    some: list[Postcode] = []
    for row in rows:
        given = {name: (row[heading] or "").strip() for name, heading in columns.items()}
        district = parse_postcode(given["postcode"]).district
        if district is None:
            continue
        plain = "".join(given.pop("postcode").upper().split())
        some.append(Postcode(postcode=plain, district=district, **given))
        if len(some) == _AT_ONCE:
            yield some
            some = []
    yield some


def _only(codes: set[str]) -> str:
    return codes.pop() if len(codes) == 1 else ""
