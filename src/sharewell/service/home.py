"""Sharewell's home, opened once in each process: the ledger, the files, the releases."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from django.conf import settings

from sharewell.flows.home import Home, open_home


@cache
def home() -> Home:
    """The home of this installation. Threads may share it."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(open_home(settings.SHAREWELL_HOME))


def agreement_places() -> tuple[Path, ...]:
    """Where the flows find agreements: the directory given, and those signed here."""
    return settings.SHAREWELL_AGREEMENTS, home().agreements
