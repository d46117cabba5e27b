"""What a line of the log looks like: in UTC, on one line, and without secrets."""

from __future__ import annotations

import logging
import re
import time

_SECRET = re.compile(r"(?<![\w-])(?!(?:[0-9a-f]+-){4}[0-9a-f]{12}(?![\w-]))[\w-]{38,}(?![\w-])")
"""A piece of an address that opens something: the secret of a link has 43 characters. The number of
a record (a UUID) has 36 and is no secret."""


class Line(logging.Formatter):
    """When (UTC), how grave, who says so, and what. A traceback follows on lines of its own."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line. What a request brought can neither begin another line nor show a secret."""
        return _SECRET.sub("(secret)", super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without its traceback."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
