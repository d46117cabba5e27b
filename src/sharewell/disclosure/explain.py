"""Why a reader knows a count: the derivation in words and numbers, to be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sharewell.disclosure.attacker import Bounds
from sharewell.disclosure.combining import combination
from sharewell.disclosure.derivation import Step, Trace, inputs, steps_to, trace
from sharewell.disclosure.system import System
from sharewell.disclosure.tied import Tied
from sharewell.disclosure.words import span

MOST_STEPS = 6
MOST_TERMS = 8

Labels = Mapping[str, Mapping[str, str]]


def because(
    linked: Tied,
    known: Bounds | System,
    cell: int,
    *,
    traced: Trace | None = None,
    labels: Labels | None = None,
    most: int = MOST_STEPS,
) -> str:
    """How a reader comes from what is printed to what ``known`` says of ``cell``.

    ``known`` are the attacker's bounds, or a propagated system. ``traced`` is `derivation.trace`
    of the same system: give it when explaining many cells, so that it is made once. At most
    ``most`` steps are written out, the last ones where there are more.
    """
    traced = traced or trace(linked.system)
    teller = Teller(linked, traced, labels or {})
    low, high = int(known.low[cell]), int(known.high[cell])
    name = teller.name(cell)
    steps: list[Step] = []
    together = []
    for upper, bound in ((False, low), (True, high)):
        reached = int((traced.high if upper else traced.low)[-1][cell])
        steps += [s for s in steps_to(traced, cell, upper) if s not in steps]
        if reached != bound:
            together.append(teller.together(cell, upper, bound, most))
    words = [f"{name} is {span(low, high)}." if low != high else f"{name} = {low:,}."]
    words.append(teller.prints(cell))
    words += teller.told(steps, most)
    return " ".join([*filter(None, words), *together])


class Teller:
    """Puts steps over one linked system into words."""

    def __init__(self, linked: Tied, traced: Trace, labels: Labels) -> None:
        self.linked, self.traced, self.labels = linked, traced, labels

    def name(self, cell: int) -> str:
        return self.linked.name(cell, self.labels)

    def prints(self, cell: int) -> str:
        """'It prints * (1 to 7).'"""
        shown = self.linked.printed_as(cell)
        if not shown:
            return "No table prints it."
        system = self.linked.system
        tables = " and ".join(
            f"{printed} in '{title}'" if len(shown) > 1 else printed
            for title, printed in dict.fromkeys(shown)
        )
        return f"It prints {tables}, so {span(int(system.low[cell]), int(system.high[cell]))}."

    def told(self, steps: list[Step], most: int) -> list[str]:
        """The last ``most`` steps, numbered where there is more than one."""
        left_out = max(len(steps) - most, 0)
        told = [self.step(step) for step in steps[left_out:]]
        if len(told) > 1:
            told = [f"({number}) {words}" for number, words in enumerate(told, 1)]
        if left_out:
            told.insert(0, f"It takes {len(steps)} steps, of which the last {most}:")
        return told

    def step(self, step: Step) -> str:
        """One step: the equation, the bounds that go in, and the sum."""
        system = self.linked.system
        total = int(system.total[step.equation])
        word = "at most" if step.upper else "at least"
        others = inputs(system, step.equation, step.cell, step.upper)
        given = {c: self._value(c, upper, step.after) for c, upper in others}
        start = f"{self.name(step.cell)} is {word} {step.value:,}"
        if step.cell == total:
            return f"{start}, the sum of {self._terms(total, given)}."
        limit = given.pop(total)
        opposite = "at least" if step.upper else "at most"
        whole = f"{self.name(total)}{self._printed(total)} is {word} {limit:,}"
        if not given:
            return f"{start}, because {whole}, and it is all of that."
        terms = self._terms(total, given)
        others_words = "the other part" if len(given) == 1 else "the other parts"
        verb = "is" if len(given) == 1 else "are together"
        return (
            f"{start}, because {whole} and {others_words} of it {verb} {opposite} {terms}: "
            f"{limit:,} − {sum(given.values()):,} = {limit - sum(given.values()):,}."
        )

    def _value(self, cell: int, upper: bool, after: int) -> int:
        return int((self.traced.high if upper else self.traced.low)[after][cell])

    def _printed(self, cell: int) -> str:
        shown = self.linked.printed_as(cell)
        return f" (printed {shown[0][1]})" if shown else ""

    def _terms(self, total: int, given: Mapping[int, int]) -> str:
        """'8 (0-17) + 1 (25-34) = 9': the counts that matter, the greatest first if many."""
        shown = [(cell, value) for cell, value in given.items() if value]
        if not shown:
            return f"0 ({len(given)} counts)" if len(given) > 1 else "0"
        if len(shown) > MOST_TERMS:
            shown.sort(key=lambda pair: -pair[1])
        terms = [f"{v:,} ({self.short(c, total)})" for c, v in shown[:MOST_TERMS]]
        if rest := shown[MOST_TERMS:]:
            terms.append(f"{sum(v for _, v in rest):,} ({len(rest)} more)")
        equals = f" = {sum(given.values()):,}" if len(terms) > 1 else ""
        return " + ".join(terms) + equals

    def short(self, cell: int, total: int) -> str:
        """A part in the words that its total does not have."""
        if cell >= self.linked.named:
            return "whatever else it holds"
        whole = set(self.name(total).split(", "))
        own = [word for word in self.name(cell).split(", ") if word not in whole]
        return ", ".join(own) or self.name(cell)

    # Several equations at once

    def together(self, cell: int, upper: bool, bound: int, most: int) -> str:
        """What only several equations at the same time force."""
        word = "at most" if upper else "at least"
        found = combination(self.traced, cell, upper, bound)
        start = f"No sum shows alone that it is {word} {bound:,}; "
        if not found.equations:
            return (
                f"{start}an integer programme over the {found.size:,} sums that tie it to other "
                "cells proves it."
            )
        shown = [
            f"[{sign}] {self._equation(equation)}"
            for equation, sign in zip(found.equations, self._signs(found.weights), strict=True)
        ]
        listed = "; ".join(shown[:most])
        more = f"; and {len(shown) - most} more" if len(shown) > most else ""
        how = (
            "added up with these signs they force it"
            if found.adds_up
            else "no whole numbers fit all of them otherwise"
        )
        return f"{start}{len(shown)} sums together do, for {how}: {listed}{more}."

    def _signs(self, weights: tuple[float, ...]) -> list[str]:
        signs = []
        for weight in weights:
            size = "" if abs(abs(weight) - 1) < 1e-6 else f"{abs(weight):.3g} × "
            signs.append(f"{size}{'+' if weight > 0 else '−'}" if weight else "=")
        return signs

    def _equation(self, equation: int) -> str:
        system = self.linked.system
        total = int(system.total[equation])
        low, high = self.traced.low[-1], self.traced.high[-1]
        parts = [int(part) for part in system.members(equation)]
        words = [
            f"{self.short(part, total)} ({span(int(low[part]), int(high[part]))})"
            for part in parts[:MOST_TERMS]
        ]
        if len(parts) > MOST_TERMS:
            rest = np.array(parts[MOST_TERMS:])
            words.append(f"{len(rest)} more ({span(int(low[rest].sum()), int(high[rest].sum()))})")
        whole = f"{self.name(total)} ({span(int(low[total]), int(high[total]))})"
        return f"{whole} = {' + '.join(words)}"
