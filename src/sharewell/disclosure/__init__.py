"""Statistical disclosure control: rules, and the tables that they protect.

Needs no database and no agreement: give it an Arrow table of counts.
"""

from sharewell.disclosure.arrow import as_arrow
from sharewell.disclosure.check import Problem, check
from sharewell.disclosure.derived import (
    Known,
    mean_reading,
    means,
    percentage_reading,
    percentages,
    rate_reading,
    rates,
)
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
    "Known",
    "Problem",
    "PublishedTable",
    "Rule",
    "Treatment",
    "as_arrow",
    "check",
    "mean_reading",
    "means",
    "percentage_reading",
    "percentages",
    "protect",
    "rate_reading",
    "rates",
    "rule",
    "rule_by_parameters",
]
