"""Statistical disclosure control: rules, and the tables that they protect.

Needs no database and no agreement: give it an Arrow table of counts.
"""

from sharewell.disclosure.check import Problem, check
from sharewell.disclosure.protect import protect
from sharewell.disclosure.published import PublishedTable, Treatment
from sharewell.disclosure.rules import (
    RULES,
    WELSH_AREAS,
    ExtraRule,
    Rule,
    rule,
    rule_by_parameters,
)

__all__ = [
    "RULES",
    "WELSH_AREAS",
    "ExtraRule",
    "Problem",
    "PublishedTable",
    "Rule",
    "Treatment",
    "check",
    "protect",
    "rule",
    "rule_by_parameters",
]
