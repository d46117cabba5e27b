"""What may be uploaded, whatever the page: asked before anything is read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from sharewell.register.guard import GREATEST_FILE

_FORM = 2**20  # bytes of the rest of a form


class NoLongerThanAllowed(TemporaryFileUploadHandler):
    """Refuses a request that says it is longer than the longest file; the rest goes to disk."""

    def handle_raw_input(self, *request: Any, **more: Any) -> Any:
        """Raises RequestDataTooBig (400) before a byte is read. ``request``: the input, what
        the server says of it, and its length, as Django gives them."""
        if request[2] > GREATEST_FILE + _FORM:
            raise RequestDataTooBig(f"An upload may have {GREATEST_FILE:,} bytes.")
        return super().handle_raw_input(*request, **more)
