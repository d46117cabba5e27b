"""The reference page of HES APC and PEDW, written from the fields and the rules themselves."""

from __future__ import annotations

from collections.abc import Iterable

from sharewell.catalogue.fields import Code, Dataset, Field
from sharewell.catalogue.hes_apc import HES_APC
from sharewell.catalogue.pedw import PEDW
from sharewell.catalogue.row_rules import ROW_RULES
from sharewell.catalogue.rules import FILE_RULES, Rule, year_label

_INTRO = """# HES Admitted Patient Care and PEDW: fields and findings

This page is written by `tests/catalogue/test_fields_reference.py` from the declarations in
`sharewell.catalogue`. To change it, change them and run the test with `SHAREWELL_UPDATE_DOCS=1`.

A year is a financial year: 2019-20 runs from 1 April 2019 to 31 March 2020.
"""

_FINDINGS = """## Findings

`sharewell validate` reports each finding once, with how many rows have it and the first five of
them, counted from 1 after the header and without empty lines. An **error** means that the row
cannot be counted correctly, and import drops it; an error in the file (HES001 to HES014) means
that the whole file is refused. A **warning** leaves the row in.
"""


def page() -> str:
    """The page in Markdown, ending in a line break."""
    parts = [_INTRO, _dataset(HES_APC), *map(_field, HES_APC.fields), _dataset(PEDW), _FINDINGS]
    parts.append("### About the file\n\n" + _rules(r for r in _sorted() if r.code < "HES100"))
    parts.append("### About rows\n\n" + _rules(r for r in _sorted() if r.code >= "HES100"))
    return "\n".join(parts)


def _sorted() -> list[Rule]:
    return sorted((*FILE_RULES, *ROW_RULES), key=lambda rule: rule.code)


def _dataset(dataset: Dataset) -> str:
    lines = [f"## {dataset.title}", "", f"Dataset `{dataset.id}`. Source: {dataset.source}.", ""]
    if dataset.assumptions:
        lines += ["What no source confirms, and is assumed here:", ""]
        lines += [f"- {assumption}" for assumption in dataset.assumptions] + [""]
    return "\n".join(lines)


def _field(field: Field) -> str:
    lines = [f"### {field.name}", "", f"{field.title}. {_kind(field)}", ""]
    lines += [f"- {trap}" for trap in field.traps]
    lines += [""] if field.traps else []
    if field.stand_ins:
        names = " or else ".join(f"`{name}`" for name in field.stand_ins)
        lines += [f"Where the file has no such column, {names} is read in its place.", ""]
    if field.codes or field.sentinels:
        lines += ["| Value | Meaning | Years |", "|---|---|---|"]
        lines += [
            f"| `{value}` | {meaning} | {years} |" for value, meaning, years in _values(field)
        ]
        lines += [""]
    return "\n".join(lines)


def _kind(field: Field) -> str:
    kinds = {
        "text": "Text",
        "code": "Code",
        "number": "Whole number",
        "date": "Date, YYYY-MM-DD",
        "icd10": "ICD-10",
    }
    words = kinds[field.kind]
    if field.pattern is not None:
        words += f", matching `{field.pattern}`"
    words += "." if field.since is None else f", from {year_label(field.since)}."
    if not field.required:
        return words
    since = "" if field.since is None else " of these years"
    return f"{words} A file{since} without it is refused."


def _values(field: Field) -> Iterable[tuple[str, str, str]]:
    for value, meaning in field.sentinels:
        yield value, f"null: {meaning}", "all"
    if field.name == "EPIORDER":
        yield "1 to 87", "The episode's place in the stay", "all"
    for code in field.codes:
        if field.name != "EPIORDER" or int(code.value) > 87:
            yield code.value, code.meaning, _years(code)


def _years(code: Code) -> str:
    match code.since, code.until:
        case None, None:
            return "all"
        case None, int(until):
            return f"to {year_label(until)}"
        case int(since), None:
            return f"from {year_label(since)}"
        case since, until:
            return f"{year_label(since or 0)} to {year_label(until or 0)}"


def _rules(rules: Iterable[Rule]) -> str:
    lines = ["| Code | Severity | Meaning | Remedy |", "|---|---|---|---|"]
    for rule in rules:
        meaning = rule.meaning.format(year="the file's year")
        sentence = meaning[0].upper() + meaning[1:]
        lines.append(f"| {rule.code} | {rule.severity} | {sentence}. | {rule.remedy} |")
    return "\n".join(lines) + "\n"
