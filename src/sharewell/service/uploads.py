"""What may be uploaded, by page: asked before anything is read."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from sharewell.register.guard import GREATEST_FILE

GREATEST_RECORDS = 600 * 2**20
"""Bytes of files of monitoring data that are sent together: a million rows are 140 million."""

_FORM = 2**20  # bytes of the rest of a form
_RECORDS = re.compile(r"/(api/v1/)?monitoring/[A-Z0-9]+/uploads(/send/)?")


class NoLongerThanAllowed(TemporaryFileUploadHandler):
    """Refuses a request that says it is longer than the longest file; the rest goes to disk."""

    def handle_raw_input(self, *request: Any, **more: Any) -> Any:
        """Raises RequestDataTooBig (400) before a byte is read. ``request``: the input, what
        the server says of it, and its length, as Django gives them."""
        where = str(request[1].get("PATH_INFO", ""))
        most = GREATEST_RECORDS if _RECORDS.fullmatch(where) else GREATEST_FILE
        if request[2] > most + _FORM:
            raise RequestDataTooBig(f"An upload may have {most:,} bytes.")
        return super().handle_raw_input(*request, **more)
