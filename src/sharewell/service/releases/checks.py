"""What other apps check of a release, beside what the flows check.

An app whose records can change under a release, as clients can say No, declares a check. It is
made when the files are ready, and again in the transaction that lets them out: what it locks
there stays as it is until they are out.
"""

from __future__ import annotations

from collections.abc import Callable

from sharewell.flows.preparing import Checked
from sharewell.ledger import Entry

Check = Callable[[Entry], Checked | None]
"""Looks at the entry of what was prepared; None where that is none of its business."""

_FURTHER: list[Check] = []


def also_checked(check: Check) -> Check:
    """Adds a check (a decorator)."""
    _FURTHER.append(check)
    return check


def further_checks(prepared: Entry) -> tuple[Checked, ...]:
    """What the other apps say of a prepared release."""
    said = [check(prepared) for check in _FURTHER]
    return tuple(each for each in said if each is not None)
