"""Statistical disclosure control: rules, attacker, repair and proof.

Needs no database and no agreement: give it tables of pyarrow, Polars or pandas.

- Rules: `RULES`, `rule`, `rule_by_parameters`; `protect` prints a table of crossings by one,
  `check` finds where a printed table breaks it, `percentages`, `means` and `rates` derive figures.
- Tables of one count column: `make_table`, `read_table_file`, `write_table_file`, `add_margins`.
- The whole way: `attack` says what a reader of such tables can infer; `protect_file` prints,
  attacks, repairs and proves one; `check_proof` verifies the proof.
- Releases: `link` ties published tables (`Shown`) by what they count, in a `catalogue_frame` or a
  `declared_frame`.
- Underneath, on arrays: `bounds`, `repair` and `prove`; `because` explains a bound, from a `trace`.

``docs/tutorial/disclosure-control.md`` goes through it step by step.
"""

from sharewell.disclosure import rules
from sharewell.disclosure.arrow import as_arrow
from sharewell.disclosure.attacker import Bounds, bounds
from sharewell.disclosure.check import Problem, check
from sharewell.disclosure.checker import Checked, check_proof
from sharewell.disclosure.conditions import Population
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.derivation import Trace, trace
from sharewell.disclosure.derived import (
    Known,
    mean_reading,
    means,
    percentage_reading,
    percentages,
    rate_reading,
    rates,
)
from sharewell.disclosure.explain import because
from sharewell.disclosure.frame import Frame, catalogue_frame, declared_frame
from sharewell.disclosure.margins import add_margins
from sharewell.disclosure.proof import (
    CellNames,
    Proof,
    ProofError,
    digest,
    prove,
    read_proof,
    seal,
    unseal,
    write_proof,
)
from sharewell.disclosure.protect import REPAIR, protect
from sharewell.disclosure.published import PublishedTable, Treatment
from sharewell.disclosure.relations import ContradictoryTablesError, Linked, link
from sharewell.disclosure.repair import Repair, repair
from sharewell.disclosure.rules import (
    RULES,
    WELSH_AREAS,
    ExtraRule,
    Rule,
    rule,
    rule_by_parameters,
)
from sharewell.disclosure.safeguard import Option, Safeguarded, Withdrawal, protect_file
from sharewell.disclosure.system import System, make_system, propagate
from sharewell.disclosure.tableattack import Attack, attack
from sharewell.disclosure.tablefile import Column, TableFile, TableFileError
from sharewell.disclosure.tablereading import make_table, read_table_file
from sharewell.disclosure.tablewriting import write_table_file

__all__ = [
    "REPAIR",
    "RULES",
    "WELSH_AREAS",
    "Attack",
    "Bounds",
    "CellNames",
    "Checked",
    "Column",
    "ContradictoryTablesError",
    "ExtraRule",
    "Frame",
    "Known",
    "Linked",
    "Option",
    "Population",
    "Problem",
    "Proof",
    "ProofError",
    "PublishedTable",
    "Repair",
    "Rule",
    "Safeguarded",
    "Shown",
    "System",
    "TableFile",
    "TableFileError",
    "Trace",
    "Treatment",
    "Withdrawal",
    "add_margins",
    "as_arrow",
    "attack",
    "because",
    "bounds",
    "catalogue_frame",
    "check",
    "check_proof",
    "declared_frame",
    "digest",
    "link",
    "make_system",
    "make_table",
    "mean_reading",
    "means",
    "percentage_reading",
    "percentages",
    "propagate",
    "protect",
    "protect_file",
    "prove",
    "rate_reading",
    "rates",
    "read_proof",
    "read_table_file",
    "repair",
    "rule",
    "rule_by_parameters",
    "rules",
    "seal",
    "trace",
    "unseal",
    "write_proof",
    "write_table_file",
]
