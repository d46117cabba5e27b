"""One client's record as a PDF that a screen reader can read (PDF/UA-1).

The page is laid out by ``record.typ``. The record goes in as data and never as markup, so whatever
somebody typed is printed and not run; nothing is written to disk or fetched.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

from sharewell.service.monitoring.own.subject import Everything

_LATIN = 0x250
_PUNCTUATION = range(0x2010, 0x203B)


def as_pdf(record: Everything) -> bytes:
    """The PDF of a record. A character that no font here has stands as its number, '[U+4E2D]'."""
    import typst

    data = asdict(record) | {"made": f"{record.made.day} {record.made:%B %Y}"}
    try:
        return _compiled(data)
    except typst.TypstError:
        return _compiled(_plain(data))


def _compiled(data: Any) -> bytes:
    import typst

    text = json.dumps(data, ensure_ascii=False)
    return typst.compile(_layout(), format="pdf", sys_inputs={"record": text}, pdf_standards="ua-1")


def _plain(data: Any) -> Any:
    """The same with only characters that every font has."""
    match data:
        case str():
            return "".join(map(_character, data))
        case dict():
            return {name: _plain(value) for name, value in data.items()}
        case _:
            return [_plain(value) for value in data]


def _character(character: str) -> str:
    place = ord(character)
    usual = place < _LATIN or place in _PUNCTUATION
    return character if usual and character.isprintable() else f"[U+{place:04X}]"


@cache
def _layout() -> bytes:
    return resources.files(__package__).joinpath("record.typ").read_bytes()
