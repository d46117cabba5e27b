"""Who you are: named people, their organisation and role, and the verbs that a role includes.

This answers "may this person do such a thing at all"; what the agreement allows is asked apart.
People are declared in ``people.yaml`` in Sharewell's home. (Sign-in comes with the service; on the
command line whoever can run it and read the home directory is trusted to say who they are.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sharewell.flows.errors import FlowError, NotPermitted

VERBS: Mapping[str, frozenset[str]] = {
    "data supplier": frozenset({"import", "tabulate", "supply"}),
    "serious violence analyst": frozenset({"extract", "combine", "share", "publish"}),
    "drugs analyst": frozenset({"extract", "combine", "share", "publish"}),
    "monitoring analyst": frozenset({"count", "share", "publish"}),
    "agreement manager": frozenset({"draft", "issue", "withdraw", "end", "name"}),
    "signatory": frozenset({"sign"}),
    "output reviewer": frozenset({"review"}),
    "auditor": frozenset(),
}
"""Which verbs each role includes. Everyone may ask for decisions, and read and verify the
ledger, which holds no figures: that is all that an auditor needs."""


@dataclass(frozen=True)
class Person:
    """Somebody who acts."""

    id: str
    name: str
    organisation: str
    role: str

    def as_actor(self) -> dict[str, str]:
        """The person as the ledger keeps them."""
        return {
            "id": self.id,
            "name": self.name,
            "organisation": self.organisation,
            "role": self.role,
        }


@dataclass(frozen=True)
class Recipient:
    """Where an extract goes: the recipient's age public key, and where it keeps the data."""

    short: str
    age: str
    territory: str
    storage: str


@dataclass(frozen=True)
class Directory:
    """Everybody that this Sharewell knows."""

    people: Mapping[str, Person]
    recipients: Mapping[str, Recipient]

    def person(self, name: str) -> Person:
        """The person with this id; FlowError lists who there is."""
        if name not in self.people:
            raise FlowError(
                f"Nobody here is called '{name}'. Say who acts with --as and one of: "
                f"{', '.join(sorted(self.people)) or 'nobody is declared in people.yaml'}."
            )
        return self.people[name]

    def recipient(self, short: str) -> Recipient:
        """Where extracts for this organisation go; FlowError says how to add it."""
        for recipient in self.recipients.values():
            if recipient.short.casefold() == short.casefold():
                return recipient
        raise FlowError(
            f"No key is known for {short}. Add {short} with its age public key, territory and "
            "storage under 'recipients' in people.yaml."
        )


def may(person: Person, verb: str) -> bool:
    """Whether the person's role includes the verb."""
    return verb in VERBS.get(person.role, frozenset())


def check_may(person: Person, verb: str) -> None:
    """Raises NotPermitted unless `may`."""
    if not may(person, verb):
        roles = sorted(role for role, verbs in VERBS.items() if verb in verbs)
        raise NotPermitted(
            f"{person.name} ({person.role}, {person.organisation}) may not {verb}. "
            f"That takes the role {' or '.join(roles)}."
        )


def load_directory(path: Path) -> Directory:
    """Reads ``people.yaml``; FlowError names the file and what is wrong."""
    if not path.exists():
        return Directory({}, {})
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8")) or {}
        people = [Person(id=key, **value) for key, value in data.get("people", {}).items()]
        recipients = [
            Recipient(short=key, **value) for key, value in data.get("recipients", {}).items()
        ]
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise FlowError(
            f"{path.name} cannot be used: {error}. Each person needs name, organisation and role; "
            "each recipient needs age, territory and storage."
        ) from None
    for person in people:
        if person.role not in VERBS:
            raise FlowError(
                f"{path.name}: {person.id} has the unknown role '{person.role}'. "
                f"Use one of: {', '.join(sorted(VERBS))}."
            )
    return Directory(
        {person.id: person for person in people},
        {recipient.short: recipient for recipient in recipients},
    )
