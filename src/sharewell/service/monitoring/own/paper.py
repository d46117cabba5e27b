"""One client's record as a PDF that a screen reader can read (PDF/UA-1).

The page is laid out by ``record.typ``. The record goes in as data and never as markup, so whatever
somebody typed is printed and not run; nothing is written to disk or fetched.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib import resources

from sharewell.service.monitoring.own.subject import Everything

_LATIN = 0x250
_PUNCTUATION = range(0x2010, 0x203B)


def as_pdf(record: Everything) -> bytes:
    """The PDF of a record. A character that no font here has stands as its number, '[U+4E2D]'."""
    import typst

    data = asdict(record) | {"made": f"{record.made.day} {record.made:%B %Y}"}
    text = json.dumps(data, ensure_ascii=False)
    try:
        return _compiled(text)
    except typst.TypstError:
        return _compiled("".join(map(_plain, text)))


def _compiled(text: str) -> bytes:
    import typst

    return typst.compile(_layout(), format="pdf", sys_inputs={"record": text}, pdf_standards="ua-1")


def _plain(character: str) -> str:
    place = ord(character)
    return character if place < _LATIN or place in _PUNCTUATION else f"[U+{place:04X}]"


@cache
def _layout() -> bytes:
    return resources.files(__package__).joinpath("record.typ").read_bytes()
