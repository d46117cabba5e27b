"""Who goes where: spells at services, moves from one to another, and referrals that arrived.

Needs no database and no other room. Give it contacts of people whose numbers are known (see
`sharewell.linkage` for who is who), as arrays.

- `follow` takes `Contacts`, and gives `Journeys`: the spells of each person, what each came from
  and what followed it. `Terms` says how long is long.
- `follow_up` takes `Referrals`, and says which were followed by a contact where they led.
- Rows that no one person can have are told apart (`Journeys.impossible`), not followed.
- `tables` counts people by move, by what followed and by referral, for the services of an area.

``docs/explanation/journeys.md`` says what each word means, and why.
"""

from sharewell.journeys.contacts import Contacts, Leavings, Referrals, Terms, read_terms
from sharewell.journeys.follow import AFTER, Journeys, Spells, follow
from sharewell.journeys.impossible import IMPOSSIBLE, Impossible
from sharewell.journeys.referred import SAID, SEEN, Followed, follow_up
from sharewell.journeys.tables import Area, Counted, count_tables

__all__ = [
    "AFTER",
    "IMPOSSIBLE",
    "SAID",
    "SEEN",
    "Area",
    "Contacts",
    "Counted",
    "Followed",
    "Impossible",
    "Journeys",
    "Leavings",
    "Referrals",
    "Spells",
    "Terms",
    "count_tables",
    "follow",
    "follow_up",
    "read_terms",
]
