"""The district and the sector of a postcode."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FULL = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d)[A-Z]{2}")
_NOWHERE = "ZZ99"
"""The pseudo postcodes for no fixed abode and abroad: nobody's district."""


@dataclass(frozen=True)
class Postcode:
    """``L8`` and ``L8 7`` of ``L8 7XY``; None for what is not known."""

    district: str | None
    sector: str | None


def parse_postcode(text: str) -> Postcode:
    """The parts of a postcode, or of its beginning; nothing where it is none.

    ``l8 7xy``, ``L87XY``, ``L8 7`` and ``L8`` are read. Pseudo postcodes, which begin with
    ZZ99, are no place.
    """
    spaced = " ".join(text.upper().split())
    plain = spaced.replace(" ", "")
    if plain.startswith(_NOWHERE):
        return Postcode(None, None)
    if match := _FULL.fullmatch(plain):
        return Postcode(match[1], f"{match[1]} {match[2]}")
    outward, _, inward = spaced.partition(" ")
    if re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?", outward) and re.fullmatch(r"\d?", inward):
        return Postcode(outward, f"{outward} {inward}" if inward else None)
    return Postcode(None, None)
