"""Code lists: which ICD-10 codes make a cohort, and in which position they must stand.

HES writes ICD-10 as three or four characters without a dot, so T40.0 is ``T400`` and a
three-character category such as ``X99`` covers ``X990`` to ``X999`` and a padded ``X99X``.
Every list names its source; where sources differ there are two lists, never a silent choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Position = Literal["cause", "primary", "any", "every"]
"""``cause``: the first external cause (CAUSE_4); ``primary``: DIAG_4_01; ``any``: DIAG_4_01..20;
``every``: every row of a dataset without diagnoses, whatever it holds, and so without codes."""


def _block(letter: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number:02d}" for number in range(first, last + 1))


@dataclass(frozen=True)
class CodeList:
    """A named set of ICD-10 code prefixes and the position in which they count."""

    id: str
    title: str
    codes: tuple[str, ...]
    position: Position
    source: str
    note: str = ""


_DRUG_DISORDERS = ("F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19")
_DRUG_STATISTICS = "NHS Digital, Statistics on Drug Misuse"
_WEAPONS = "Written question 7137, 30 January 2020"

CODE_LISTS: dict[str, CodeList] = {
    code_list.id: code_list
    for code_list in (
        CodeList(
            "assault-sharp-object",
            "Assault by sharp object",
            ("X99",),
            "cause",
            "DARS-NIC-612092-Q0Y6F, files a and b; " + _WEAPONS,
        ),
        CodeList(
            "assault-firearm",
            "Assault by firearm",
            ("X93", "X94", "X95"),
            "cause",
            _WEAPONS,
        ),
        CodeList(
            "assault-all",
            "All assault (ICD-10 X85 to Y09)",
            _block("X", 85, 99) + _block("Y", 0, 9),
            "cause",
            "ICD-10, block X85-Y09",
        ),
        CodeList(
            "assault-x92-y09",
            "All assault as file c words it (X92 to Y09)",
            _block("X", 92, 99) + _block("Y", 0, 9),
            "cause",
            "DARS-NIC-612092-Q0Y6F, file c",
            "Leaves out X85 to X91 (drugs, corrosives, pesticides, gases, other chemicals, "
            "hanging and strangulation), which ICD-10 counts as assault.",
        ),
        CodeList(
            "drug-disorders-primary",
            "Drug related mental and behavioural disorders, primary diagnosis (M1)",
            _DRUG_DISORDERS,
            "primary",
            _DRUG_STATISTICS,
            "Leaves out F10 (alcohol) and F17 (tobacco).",
        ),
        CodeList(
            "drug-poisoning",
            "Poisoning by drug misuse, primary diagnosis (M2)",
            (*(f"T40{digit}" for digit in range(10)), "T436"),
            "primary",
            _DRUG_STATISTICS,
            "Comparable from 2012-13; an older definition gives lower figures before that.",
        ),
        CodeList(
            "monitoring-consented",
            "Everybody in the monitoring data who consents to processing",
            (),
            "every",
            "Public Health Institute, Liverpool John Moores University, Privacy and Data Security",
            "All records of clients who consent, and activity that is nobody's.",
        ),
        CodeList(
            "drug-disorders-any",
            "Drug related mental and behavioural disorders, any diagnosis (M3)",
            _DRUG_DISORDERS,
            "any",
            _DRUG_STATISTICS,
            "Leaves out F10 (alcohol) and F17 (tobacco).",
        ),
    )
}


def code_list(name: str) -> CodeList:
    """The code list called ``name``; KeyError names the known ones."""
    try:
        return CODE_LISTS[name]
    except KeyError:
        raise KeyError(
            f"No code list is called '{name}'. Known: {', '.join(sorted(CODE_LISTS))}."
        ) from None
