"""What people saw through the service, and what was decided for them, in the ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.people import Person
from sharewell.ledger import Entry

ACTS = ("read", "preview", "download", "decide", "account")


@dataclass(frozen=True)
class Access:
    """One access: what, under which agreement and clause ('' where none applies), whether it
    was allowed, and the number of the request that asked."""

    what: str
    agreement: str = ""
    clause: str = ""
    allowed: bool = True
    request: str = ""


def record_access(home: Home, person: Person, act: str, access: Access) -> Entry:
    """Appends an entry of the kind ``act``: 'read' (unpublished or personal data were seen),
    'preview' (protected figures were seen that are not released yet), 'download' (a release was),
    'decide' (something was allowed or refused) or 'account' (people and what they may do)."""
    if act not in ACTS:
        raise FlowError(f"'{act}' is no kind of access. Use one of: {', '.join(ACTS)}.")
    return home.ledger.append(act, actor=person.as_actor(), body=asdict(access))
