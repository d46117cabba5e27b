"""The decisions that a lawyer would check, and the reference page that is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest
from agreement_examples import NAMES, ROOT, example
from decision_cases import SECTIONS, Case

from made_documents import check_document
from sharewell.agreements import Decision, Request, decide

PAGE = ROOT / "docs" / "reference" / "decisions-table.md"
CASES = [case for cases in SECTIONS.values() for case in cases]
HEAD = """# Decisions

Questions put to the example agreements, with the answer, the clauses that decided it and their
words. The expected answers stand in `tests/agreements/decision_cases.py`; the tests ask the
agreements and make this page. A refusal cites every clause that refuses, a permission every clause
that grants.

"""


def answer(case: Case) -> Decision:
    return decide(example(case.agreement), Request(**case.request))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.agreement[9:15]} {case.question}")
def test_decides_as_expected(case: Case) -> None:
    decision = answer(case)
    assert decision.allowed == case.allowed, decision.sentence()
    assert {cited.id for cited in decision.clauses} == set(case.clauses), decision.sentence()
    assert decision.allowed or decision.would_allow


def test_covers_every_agreement_both_ways() -> None:
    assert len(CASES) >= 45
    for name in NAMES:
        outcomes = {case.allowed for case in CASES if case.agreement == name}
        assert outcomes == {True, False}


def test_page_is_current() -> None:
    check_document(PAGE, HEAD + "\n".join(_sections()))


def _sections() -> Iterator[str]:
    for title, cases in SECTIONS.items():
        yield f"## {title}\n"
        yield "| Agreement | Asked | Answer | Clause | Its words |"
        yield "|---|---|---|---|---|"
        for case in cases:
            yield from _rows(case)
        yield ""


def _rows(case: Case) -> Iterator[str]:
    decision = answer(case)
    start = (case.agreement.removeprefix("DARS-NIC-"), case.question)
    verdict = "Allowed" if decision.allowed else "**Refused**"
    for words, cited in groupby(decision.clauses, key=lambda cited: cited.words):
        reasons = list(cited)
        clauses = ", ".join(f"`{each.id}`" for each in reasons)
        because = " ".join(dict.fromkeys(each.because for each in reasons))
        yield f'| {start[0]} | {start[1]} | {verdict} | {clauses}: {because} | "{words}" |'
        start, verdict = ("", ""), ""
