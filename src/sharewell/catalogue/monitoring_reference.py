"""The reference page of the monitoring tables, written from what is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sharewell.catalogue.counting import Breakdown, Measure
from sharewell.catalogue.forms import ACTIVITY, MONITORING, PEOPLE, forms_of

_INTRO = """# Monitoring tables: what is counted, and by what

This page is written by `tests/catalogue/test_monitoring_tables_reference.py` from the declarations
in `sharewell.catalogue`. To change it, change them and run the test with `SHAREWELL_UPDATE_DOCS=1`.
How a report is made of them: [How the monitoring report is
made](../explanation/how-the-monitoring-report-is-made.md).

The dataset is `monitoring`. Its rows are records of activity, with the columns that
`sharewell.catalogue.activity` describes. They are counted in two forms. A table is counted in the
first form that has all its measures and breakdowns.

- **People of a period**: one row for each person with a record in the period. Each breakdown has
  one value for a person, so its categories add to the total. These tables have no months.
- **Records of activity**: what was done. People can be counted here too, by what one person may
  have several of, and then they do not add: the total counts each person once.
"""


def page() -> str:
    """The page in Markdown, ending in a line break."""
    shared = [name for name in PEOPLE.measures if name in ACTIVITY.measures]
    parts = [
        _INTRO,
        "## Measures of people\n",
        *_measures({name: PEOPLE.measures[name] for name in shared}),
        "## Measures of activity\n",
        *_measures({n: m for n, m in ACTIVITY.measures.items() if n not in shared}),
        "## Breakdowns of people\n",
        *_breakdowns(PEOPLE.breakdowns),
        "## Breakdowns of activity\n",
        *_breakdowns(ACTIVITY.breakdowns),
        "## What readers are told\n",
        *(f"- {caveat}" for caveat in _caveats()),
    ]
    return "\n".join(parts) + "\n"


def _measures(measures: Mapping[str, Measure]) -> Iterator[str]:
    for name, measure in measures.items():
        yield f"### `{name}`: {measure.title}\n"
        yield f"{measure.defined()}\n"
        if measure.within:
            named = ", ".join(f"`{whole}`" for whole in measure.within)
            yield f"Never more than {named}; the attacker knows it.\n"
        if measure.things:
            yield "Counts things, so disclosure rules exempt it.\n"
        condition = ACTIVITY.measures[name].condition
        yield f"Records where `{condition}`.\n"


def _breakdowns(breakdowns: Mapping[str, Breakdown]) -> Iterator[str]:
    for name, each in breakdowns.items():
        if each.labels is None:
            continue
        yield f"### `{name}`: {each.title}\n"
        yield f"{each.defined()}\n"
        labels = each.labels()
        if len(labels) > 12:
            said = "; ".join(f"`{code}` {label}" for code, label in labels.items())
            yield f"Categories: {said}.\n"
            continue
        yield "| category | label |\n|---|---|"
        yield from (f"| `{code}` | {label} |" for code, label in labels.items())
        yield ""


def _caveats() -> list[str]:
    said = [caveat for form in forms_of(MONITORING) for caveat in form.caveats]
    return list(dict.fromkeys(said))
