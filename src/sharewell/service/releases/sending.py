"""Sending files piece by piece, always to be kept and never to be run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

_PIECE = 2**16


def stream(path: Path) -> Iterator[bytes]:
    """A file's content; it is opened when the first piece is asked for."""
    with path.open("rb") as file:
        yield from pieces(file)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of an open file."""
    while piece := file.read(_PIECE):
        yield piece


def attachment(
    name: str, size: int, content: Iterator[bytes], kind: str = "application/octet-stream"
) -> StreamingHttpResponse:
    """An answer that browsers save under ``name``; ``size`` in bytes."""
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
