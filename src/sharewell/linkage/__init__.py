"""Who is who, and how many people: the attributor, linking and counting.

Needs no database and no other room. Give it records, as arrays or as an Arrow table.

- The attributor: `parse_attributor` and `parse_whole` read it however it is typed, and
  `Attributor.is_dummy` says whether it stands for somebody who objected.
- Records: `read_records` reads a table by the names of its `Columns`; `make_records` takes
  attributors; `Records` are arrays.
- Who is who: `link` gives `Linked`, with a person for each record, `explain` for each link and a
  `queue` for a clerk. `Policy` says how sure is sure; `explain_kind` explains a link without
  saying whose it is.
- People's decisions: `decide` adds one to a log, `standing` says what stands, `history` what was
  ever said; `link` takes what stands, `coded` by the names of clients.
- How many: `count_people` gives the exact, the stepwise and the corrected figure, an interval
  and the method.
- What cannot be: `impossible` finds signs of false links.
- To measure it: `invent` makes records with the truth, `recovery` compares.

``docs/explanation/counting-people.md`` says how and why.
"""

from sharewell.linkage.attributor import (
    Attributor,
    AttributorError,
    Sex,
    parse_attributor,
    parse_born,
    parse_initial,
    parse_initials,
    parse_sex,
    parse_whole,
)
from sharewell.linkage.correction import Correction
from sharewell.linkage.count import PeopleCount, count_people
from sharewell.linkage.decisions import (
    Decision,
    DecisionError,
    Standing,
    decide,
    history,
    standing,
)
from sharewell.linkage.impossible import Impossible, impossible
from sharewell.linkage.link import Linked, link
from sharewell.linkage.links import Links, Policy
from sharewell.linkage.postcode import Postcode, parse_postcode
from sharewell.linkage.records import Records, make_records
from sharewell.linkage.recovery import Recovery, recovery
from sharewell.linkage.synthetic import NO_ERRORS, Errors, Truth, invent
from sharewell.linkage.tables import ColumnError, Columns, Problem, Reading, read_records
from sharewell.linkage.words import explain_kind

__all__ = [
    "NO_ERRORS",
    "Attributor",
    "AttributorError",
    "ColumnError",
    "Columns",
    "Correction",
    "Decision",
    "DecisionError",
    "Errors",
    "Impossible",
    "Linked",
    "Links",
    "PeopleCount",
    "Policy",
    "Postcode",
    "Problem",
    "Reading",
    "Records",
    "Recovery",
    "Sex",
    "Standing",
    "Truth",
    "count_people",
    "decide",
    "explain_kind",
    "history",
    "impossible",
    "invent",
    "link",
    "make_records",
    "parse_attributor",
    "parse_born",
    "parse_initial",
    "parse_initials",
    "parse_postcode",
    "parse_sex",
    "parse_whole",
    "read_records",
    "recovery",
    "standing",
]
