"""Probes: the checks of values and rows, made ready for one module and the columns of one table.

A row gets numbers whose bits say which probes hold for it, so that a row without fault costs a
few zeros. The checks themselves are declared in ``data/checks``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sharewell.monitoring.model import Check, DataSet, Field, Module
from sharewell.monitoring.typed import literal

BITS = 62
"""Probes whose bits fit in one number."""


@dataclass(frozen=True)
class Probe:
    """A check on one field of a module: its predicate, and which bit of which number is its own."""

    check: Check
    field: str
    sql: str
    word: int
    bit: int


def probes(
    declared: DataSet, module: Module, present: Collection[str], as_of: date
) -> tuple[Probe, ...]:
    """The probes of ``module`` for a table that has the fields ``present``.

    A check on a field that the table lacks is silent: the missing column itself is reported.
    ``as_of`` is the day after which days are in the future.
    """
    found = (
        (check, field, sql)
        for check in declared.checks
        if check.when
        for field, sql in _of_check(declared, check, module, present, as_of)
    )
    return tuple(
        Probe(check, field, sql, number // BITS, 1 << number % BITS)
        for number, (check, field, sql) in enumerate(found)
    )


def words(all_probes: Sequence[Probe]) -> list[str]:
    """SQL of the numbers, at least one."""
    count = max((probe.word for probe in all_probes), default=0) + 1
    sums = []
    for word in range(count):
        bits = [
            f"CASE WHEN {probe.sql} THEN {probe.bit}::BIGINT ELSE 0 END"
            for probe in all_probes
            if probe.word == word
        ]
        sums.append(" + ".join(bits) or "0::BIGINT")
    return sums


def _of_check(
    declared: DataSet, check: Check, module: Module, present: Collection[str], as_of: date
) -> Iterator[tuple[str, str]]:
    if check.each is not None:
        for field in module.fields:
            if field.name in present and _applies(check, field):
                yield (
                    field.name,
                    check.when.format(
                        f=field.name,
                        year=declared.year,
                        least=field.least,
                        most=field.most,
                        longest=field.longest,
                        pattern=literal(field.pattern),
                    ),
                )
        return
    fields = tuple(module.day if name == "day" else name for name in check.fields)
    if module.id in check.modules and all(name in present for name in fields):
        yield (
            fields[0],
            check.when.replace("AS_OF", f"DATE '{as_of}'")
            .replace("YEAR_START", f"DATE '{declared.first_day}'")
            .replace("YEAR_END", f"DATE '{declared.last_day}'"),
        )


def _applies(check: Check, field: Field) -> bool:
    each = check.each or {}
    kinds, names = each.get("kinds"), each.get("names")
    return (
        (kinds is None or field.kind in kinds)  # type: ignore[operator]
        and (names is None or field.name in names)  # type: ignore[operator]
        and ("required" not in each or field.required)
        and ("pattern" not in each or bool(field.pattern))
    )
