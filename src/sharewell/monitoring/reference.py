"""The public reference pages, made from what is declared."""

from __future__ import annotations

from collections.abc import Iterator

from sharewell.monitoring.model import Check, CodeList, DataSet, Field, Module

_MADE = (
    "This page is made from what is declared in `sharewell.monitoring` by "
    "`tests/monitoring/test_monitoring_reference.py`. To change it, change that and run the test "
    "with `SHAREWELL_UPDATE_DOCS=1`."
)
_MOST_CODES = 60
_KINDS = {
    "file": "Files, sheets and lines",
    "format": "Single values: how they are written",
    "code list": "Codes",
    "range": "Values that are too small, too large or in the future",
    "cross-field": "Fields that do not go together",
    "cross-record": "Records that do not go together",
    "across services": "Services that do not agree",
    "journey": "Impossible journeys",
}


def data_set_page(declared: DataSet) -> str:
    """The page of the data set: what changed, modules with their fields, code lists."""
    return "\n".join(_data_set(declared)) + "\n"


def checks_page(declared: DataSet) -> str:
    """The page of the checks, by kind."""
    return "\n".join(_checks(declared)) + "\n"


def _data_set(declared: DataSet) -> Iterator[str]:
    yield f"# {declared.title}, {declared.label}"
    yield from ("", _MADE, "", declared.source, "")
    yield (
        f"A year runs from 1 April to 31 March: {declared.label} from {declared.first_day} to "
        f"{declared.last_day}. Each service switches on the modules that it uses. A file has rows "
        "of one module, a workbook a sheet for each. Headings are the names below; the labels are "
        "read too. [Check a file](../how-to/check-a-file.md) says how to make and check one."
    )
    yield from ("", f"## What changed in {declared.label}", "", declared.note, "")
    yield from (f"- {change}" for change in declared.changes)
    yield ""
    yield (
        "Fields marked with * are required. Fields marked with † identify a person: they are kept "
        "encrypted, and statistics use only what is derived from them, such as age and area."
    )
    for module in declared.modules:
        yield from _module(module)
    yield from ("", "## Code lists")
    for codes in declared.code_lists:
        yield from _code_list(codes, declared.year)


def _module(module: Module) -> Iterator[str]:
    yield from ("", f"## {module.title}", "", f"`{module.id}`. {' '.join(module.about.split())}")
    yield from ("", "| Field | Label | Form | Hint |", "|---|---|---|---|")
    for field in module.fields:
        marks = ("*" if field.required else "") + (" †" if field.personal else "")
        yield f"| `{field.name}`{marks} | {field.label} | {_form(field)} | {field.hint} |"


def _form(field: Field) -> str:
    if field.code_list is not None:
        return f"[{field.code_list.title}](#{_anchor(field.code_list.title)})"
    return field.form[0].upper() + field.form[1:]


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower() if c.isalnum() or c in " -").replace(" ", "-")


def _code_list(codes: CodeList, year: int) -> Iterator[str]:
    source = codes.source if codes.source.endswith(".") else f"{codes.source}."
    yield from ("", f"### {codes.title}", "", f"Source: {source}", "")
    current = codes.of_year(year)
    if len(current) > _MOST_CODES:
        yield f"{len(current)} codes, such as `{current[0].code}` ({current[0].label})."
        return
    grouped = any(code.group for code in current)
    yield "| Code | Label | Group |" if grouped else "| Code | Label |"
    yield "|---|---|---|" if grouped else "|---|---|"
    for code in current:
        new = " (new)" if code.since == year else ""
        group = f" {code.group} |" if grouped else ""
        yield f"| `{code.code}` | {code.label}{new} |{group}"


def _checks(declared: DataSet) -> Iterator[str]:
    errors = sum(check.is_error for check in declared.checks)
    yield "# Checks of monitoring data"
    yield from ("", _MADE, "")
    yield (
        f"{len(declared.checks)} checks: {errors} errors and {len(declared.checks) - errors} "
        "warnings. A row with an error is not taken; a row with a warning is. Codes never change "
        "their meaning. Each check has an example that trips it and one that does not, declared "
        "beside it and run by the tests."
    )
    for kind, title in _KINDS.items():
        checks = [check for check in declared.checks if check.kind == kind]
        yield from ("", f"## {title}", "", "| Code | Level | Where | What is wrong | What to do |")
        yield "|---|---|---|---|---|"
        yield from (_check(check) for check in checks)


def _check(check: Check) -> str:
    modules = check.modules if len(check.modules) <= 1 else ()
    fields = ", ".join(f"`{field}`" for field in check.fields)
    where = ": ".join(part for part in (*modules, fields) if part)
    return f"| {check.code} | {check.level} | {where} | {check.wrong} | {check.do} |"
