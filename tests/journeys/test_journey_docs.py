"""What the docs say of journeys in Python is so."""

from __future__ import annotations

import re
from pathlib import Path

from sharewell.journeys import Terms, read_terms

DOCS = Path(__file__).parents[2] / "docs"


def test_the_example_runs() -> None:
    text = (DOCS / "how-to" / "see-journeys.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 1
    exec(blocks[0], {})


def test_the_days_are_those_that_are_documented() -> None:
    text = (DOCS / "explanation" / "journeys.md").read_text("utf-8")
    terms = Terms()
    for days in vars(terms).values():
        assert f"{days} days" in text
    given = re.search(r"SHAREWELL_JOURNEYS=([^`]+)`", text)
    assert given
    assert read_terms(given[1]) == Terms(120, 120, 42)
    assert read_terms(str(terms)) == terms
    run = (DOCS / "how-to" / "run-the-service.md").read_text("utf-8")
    assert f"| `{terms}` |" in run
