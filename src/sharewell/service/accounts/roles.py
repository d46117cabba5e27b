"""The roles that can be given, and what each is for. What a role may do in the flows is in
`flows.people.VERBS`; which pages it may see, the pages declare (`service.gate`)."""

from __future__ import annotations

from collections.abc import Mapping

ROLES: Mapping[str, str] = {
    "administrator": "Invites people, gives roles, closes accounts. Sees no data.",
    "agreement manager": "Drafts, amends, renews and ends agreements; withdraws "
    "releases that somebody left behind.",
    "signatory": "Signs agreements for an organisation.",
    "data supplier": "Imports records, tabulates them and supplies tables.",
    "serious violence analyst": "Extracts, combines, shares and publishes.",
    "drugs analyst": "Extracts, combines, shares and publishes.",
    "output reviewer": "Reviews what others ask to release.",
    "data protection officer": "Keeps the public register, and answers for it.",
    "service worker": "Records clients and activity of the services where they work.",
    "service manager": "Looks after a service: its people, its records, and who opened them.",
    "commissioner": "Sees protected counts of their own area, and no client.",
    "monitoring analyst": "Sees clients who consent, without who they are, to count and study.",
    "auditor": "Reads agreements, releases and the ledger, and reviews access.",
}

CHOICES = [(name, name.capitalize()) for name in ROLES]
