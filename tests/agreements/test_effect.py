"""A signed file never changes; from when until when it has effect stands beside it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from sharewell.agreements import AgreementError, Request, decide, load_agreements
from sharewell.agreements.effect import EFFECT, Effect, write_effect
from sharewell.agreements.model import Clause, located_clauses
from sharewell.agreements.reading import execution

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "agreements"
DRUGS = "DARS-NIC-698171-K4M0B-v0.3"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copy(EXAMPLES / f"{DRUGS}.yaml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("on", "allowed"),
    [
        (date(2024, 3, 28), False),
        (date(2024, 5, 9), False),
        (date(2024, 5, 10), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_an_effect_in_another_directory_narrows_the_term(
    place: Path, tmp_path_factory: pytest.TempPathFactory, on: date, allowed: bool
) -> None:
    beside = tmp_path_factory.mktemp("signed")
    effect = Effect(date(2024, 5, 10), date(2026, 12, 31), 7)
    (beside / f"{DRUGS}{EFFECT}").write_bytes(write_effect(effect))
    (agreement,) = load_agreements(place, beside)
    asked = Request(act="supply", on=on, by="NHS England", to="Home Office", table="firearm")
    decision = decide(agreement, asked)
    assert decision.allowed is allowed
    assert "ledger entry 7" in agreement.term.note


def test_an_effect_never_widens_a_term(place: Path) -> None:
    effect = Effect(date(2000, 1, 1), date(2100, 1, 1), 7)
    (place / f"{DRUGS}{EFFECT}").write_bytes(write_effect(effect))
    (agreement,) = load_agreements(place)
    assert (agreement.term.first, agreement.term.last) == (date(2024, 3, 28), date(2027, 3, 27))


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"from": "soon", "until": null, "entry": 1}'])
def test_an_effect_that_cannot_be_read_says_what_to_do(place: Path, raw: bytes) -> None:
    (place / f"{DRUGS}{EFFECT}").write_bytes(raw)
    with pytest.raises(AgreementError, match="Delete it: it is made again"):
        load_agreements(place)


def test_every_clause_of_the_examples_says_how_it_executes() -> None:
    kinds: set[type[Clause]] = set()
    for agreement in load_agreements(EXAMPLES):
        for _path, clause in located_clauses(agreement):
            said = execution(clause)
            assert said.endswith("."), said
            assert "{" not in said
            kinds.add(type(clause))
            if type(clause) is not Clause:
                assert said != execution(agreement.scope), type(clause)
    assert len(kinds) > 15
