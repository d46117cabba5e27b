"""What may be uploaded, by page: asked before anything is read. Files of people's records are
sealed while they come in, under a key that only this process has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from sharewell.register.guard import GREATEST_FILE

GREATEST_RECORDS = 600 * 2**20
"""Bytes of files of monitoring data that are sent together: a million rows are 140 million."""

_FORM = 2**20  # bytes of the rest of a form
_RECORDS = re.compile(r"/(api/v1/)?monitoring/[A-Z0-9]+/uploads(/send/)?")


class SealedUpload(TemporaryUploadedFile):
    """A file that stands sealed on disk while it comes in and until it is taken: AES-256-GCM, each
    piece by itself, under a key that is kept nowhere."""

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._lengths: list[int] = []

    def seal(self, piece: bytes) -> None:
        """Adds a piece."""
        sealed = self._cipher.encrypt(_number(len(self._lengths)), piece, None)
        self._lengths.append(len(sealed))
        self.file.write(sealed)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The pieces as they came, whatever ``chunk_size``."""
        del chunk_size
        self.file.seek(0)
        for number, length in enumerate(self._lengths):
            yield self._cipher.decrypt(_number(number), self.file.read(length), None)

    def read(self, *_size: Any) -> bytes:
        """TypeError: what is on disk says nothing."""
        raise TypeError("This file is sealed. Ask for its chunks.")


class NoLongerThanAllowed(TemporaryFileUploadHandler):
    """Refuses a request that says it is longer than the longest file; the rest goes to disk, and
    files of records go there sealed."""

    sealing = False

    def handle_raw_input(self, *request: Any, **more: Any) -> Any:
        """Raises RequestDataTooBig (400) before a byte is read. ``request``: the input, what
        the server says of it, and its length, as Django gives them."""
        where = str(request[1].get("PATH_INFO", ""))
        self.sealing = bool(_RECORDS.fullmatch(where))
        most = GREATEST_RECORDS if self.sealing else GREATEST_FILE
        if request[2] > most + _FORM:
            raise RequestDataTooBig(f"An upload may have {most:,} bytes.")
        return super().handle_raw_input(*request, **more)

    def new_file(self, *what: Any, **more: Any) -> None:
        """Begins a file."""
        super().new_file(*what, **more)
        if self.sealing:
            self.file.close()
            self.file = SealedUpload(
                self.file_name, self.content_type, 0, self.charset, self.content_type_extra
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keeps a piece of it."""
        if isinstance(self.file, SealedUpload):
            self.file.seal(raw_data)
        else:
            super().receive_data_chunk(raw_data, start)


def _number(piece: int) -> bytes:
    """The nonce of a piece: no two pieces of one key have the same."""
    return piece.to_bytes(12, "big")
