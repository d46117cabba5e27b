"""Read table files: a CSV as printed and the YAML that says what it means.

The form is described in ``docs/reference/table-file.md``.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from sharewell.disclosure.arrow import as_arrow
from sharewell.disclosure.rules import RULES, Rule
from sharewell.disclosure.tablefile import Column, TableFile, TableFileError, check_rows, shown

_KEYS = ("title", "count", "rule", "national", "fixed", "breakdowns")
_BREAKDOWN_KEYS = ("total", "parts", "within", "dimension", "adds")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
RULE_KEYS = ("id", "low", "high", "base")


def make_table(
    data: Any,
    *,
    name: str = "table",
    title: str = "",
    count: str = "count",
    totals: Mapping[str, str] | None = None,
    parts: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    within: Mapping[str, str] | None = None,
    overlapping: Collection[str] = (),
    rule: Rule | None = None,
    national: Mapping[str, Collection[str]] | bool = False,
    fixed: Mapping[str, str] | None = None,
) -> TableFile:
    """A table from an Arrow, Polars or pandas table; all columns but ``count`` are breakdowns.

    ``totals`` gives, by column, the value that marks a total; ``parts`` what a total is the sum
    of, where that is not all the other values; ``within`` the column that another is nested in;
    ``overlapping`` the columns whose categories do not add up, as where a person counts in several.
    Raises TableFileError as `read_table_file` does.
    """
    cells = as_arrow(data, name)
    text = {
        column: [_text(value) for value in cells[column].to_pylist()]
        for column in cells.column_names
    }
    named = [column for column in text if column != count]
    breakdowns: dict[str, dict[str, Any]] = {column: {} for column in named}
    adds = dict.fromkeys(overlapping, "no")
    for key, given in (("total", totals), ("parts", parts), ("within", within), ("adds", adds)):
        for column, value in (given or {}).items():
            breakdowns.setdefault(column, {})[key] = value
    description = {
        "title": title or name,
        "count": count,
        "breakdowns": breakdowns,
        "fixed": dict(fixed or {}),
        "national": national
        if isinstance(national, bool)
        else {column: list(values) for column, values in national.items()},
    }
    return replace(_table(name, description, text, Path()), rule=rule)


def read_table_file(path: Path) -> TableFile:
    """The table in the CSV at ``path``, by the YAML of the same name beside it.

    Raises TableFileError for a file that is missing or cannot be read, for keys and categories
    that nobody has declared, a hierarchy that lacks a part, a cell that stands twice, and a
    count that is none.
    """
    beside = path.with_suffix(".yaml")
    description = _yaml(beside)
    table = _table(path.name, description, _csv(path), beside.parent)
    shown(table)
    return table


def read_plain_csv(path: Path, count: str = "count") -> TableFile:
    """The true counts of a CSV that has no YAML: every other column is a breakdown."""
    text = _csv(path)
    description = {"count": count, "breakdowns": {name: {} for name in text if name != count}}
    table = _table(path.name, description, text, path.parent)
    shown(table)
    return table


def _table(
    name: str, description: Mapping[str, Any], text: Mapping[str, list[str]], folder: Path
) -> TableFile:
    """A table from its description and its columns, both checked."""
    _known_keys(name, "the description", description, _KEYS)
    count = _word(name, "count", description.get("count", "count"))
    declared = _mapping(name, "breakdowns", description.get("breakdowns", {}))
    for wanted in (*declared, count):
        if wanted not in text:
            raise TableFileError(
                f"{name}: column '{wanted}' is not in the CSV. Its columns are "
                f"{', '.join(text)}. Correct the YAML or the CSV."
            )
    for column in text:
        if column not in declared and column != count:
            raise TableFileError(
                f"{name}: column '{column}' is not described. Name it under 'breakdowns', or say "
                "with 'count' that it is the column of counts."
            )
    columns: list[Column] = []
    for column, about in declared.items():
        about = _mapping(name, f"breakdown '{column}'", about or {})
        columns.append(_column(name, column, about, columns, text, folder))
    ordered = [*(column.name for column in columns), count]
    filled = {column.name: _filled(name, column, text[column.name]) for column in columns}
    cells = pa.table({n: pa.array(filled.get(n, text[n]), pa.string()) for n in ordered})
    table = TableFile(
        name=name,
        title=str(description.get("title") or name),
        columns=tuple(columns),
        count=count,
        cells=cells,
        rule=_rule(name, description.get("rule", "none")),
        national=_national(name, description.get("national", False), filled),
        fixed={
            key: _word(name, f"fixed: {key}", value)
            for key, value in _mapping(name, "fixed", description.get("fixed") or {}).items()
        },
    )
    check_rows(table)
    return table


def _column(
    name: str,
    column: str,
    about: Mapping[str, Any],
    before: Sequence[Column],
    text: Mapping[str, list[str]],
    folder: Path,
) -> Column:
    _known_keys(name, f"breakdown '{column}'", about, _BREAKDOWN_KEYS)
    total, within = about.get("total"), about.get("within")
    dimension = _word(name, f"breakdown '{column}': dimension", about.get("dimension", column))
    seen = [value for value in dict.fromkeys(text[column]) if value not in ("", total)]
    parts = _given_parts(name, column, about.get("parts"), folder)
    adds = _YES_NO.get(str(about.get("adds", "yes")))
    if adds is None:
        raise TableFileError(f"{name}: 'adds' of '{column}' is yes or no, not '{about['adds']}'.")
    if within is not None:
        outer = next((each for each in before if each.name == within), None)
        if outer is None:
            raise TableFileError(
                f"{name}: '{column}' is within '{within}', which is no breakdown that stands "
                "before it. Name the outer one first."
            )
        if parts is None:
            parts = _nested(zip(text[within], text[column], strict=True), outer.total, total)
        return Column(column, outer.dimension, total, parts, within, adds)
    if parts is None:
        parts = {total: tuple(seen)} if total is not None and seen else {}
    _check_parts(name, column, parts, total, seen)
    return Column(column, dimension, total, parts, None, adds)


def _given_parts(
    name: str, column: str, given: Any, folder: Path
) -> dict[str, tuple[str, ...]] | None:
    if given is None:
        return None
    if isinstance(given, str):
        return _parts_csv(folder / given)
    return {
        whole: tuple(_list(name, parts))
        for whole, parts in _mapping(name, f"parts of '{column}'", given).items()
    }


def _nested(
    pairs: Iterable[tuple[str, str]], outer_total: str | None, total: str | None
) -> dict[str, tuple[str, ...]]:
    """The parts of each category of the outer column, as the rows show them."""
    found: dict[str, dict[str, None]] = {}
    for whole, part in pairs:
        if part not in ("", total) and whole not in ("", outer_total):
            found.setdefault(whole, {})[part] = None
    return {whole: tuple(parts) for whole, parts in found.items() if list(parts) != [whole]}


def _check_parts(
    name: str,
    column: str,
    parts: Mapping[str, tuple[str, ...]],
    total: str | None,
    seen: Iterable[str],
) -> None:
    """A hierarchy has known categories, each part once, and no circle."""
    if not parts:
        return
    below = {part for each in parts.values() for part in each}
    if total is not None and total not in parts:
        raise TableFileError(
            f"{name}: breakdown '{column}' gives 'parts', but not those of its total '{total}'. "
            "List them."
        )
    for value in seen:
        if value not in parts and value not in below:
            raise TableFileError(
                f"{name}: '{value}' in column '{column}' is an unknown category. Add it to the "
                "'parts' of its total, or correct it."
            )
    for whole, each in parts.items():
        doubled = sorted({part for part in each if each.count(part) > 1} | ({whole} & set(each)))
        if doubled or not each:
            raise TableFileError(
                f"{name}: the parts of '{whole}' in '{column}' "
                + (f"name '{doubled[0]}' wrongly." if doubled else "are empty.")
                + " List each part once."
            )
    circle = set(parts)
    while lowest := {whole for whole in circle if not circle & set(parts[whole])}:
        circle -= lowest
    if circle:
        raise TableFileError(
            f"{name}: in '{column}', '{min(circle)}' is a part of itself. Correct its 'parts'."
        )


def _filled(name: str, column: Column, values: Sequence[str]) -> list[str]:
    """The values with empty ones as the total."""
    if column.total is None and "" in values:
        raise TableFileError(
            f"{name}, row {values.index('') + 2}: '{column.name}' is empty. Give a category, or "
            "say in the YAML which value is the total; empty then means the total."
        )
    return [value or column.total or "" for value in values]


def _rule(name: str, given: Any) -> Rule | None:
    """A rule by its id, or by its parameters."""
    if given in ("none", None):
        return None
    if isinstance(given, str):
        if given in RULES:
            return RULES[given]
        raise TableFileError(
            f"{name}: no rule is called '{given}'. Known: {', '.join(sorted(RULES))}, and 'none' "
            "for exact counts; or give its parameters: {high: 7, base: 5}."
        )
    about = _mapping(name, "rule", given)
    _known_keys(name, "the rule", about, RULE_KEYS)
    try:
        low, high, base = (
            int(about.get(key, default)) for key, default in (("low", 1), ("high", 0), ("base", 1))
        )
        declared = RULES.get(about.get("id", ""))
        if declared and (declared.low, declared.high, declared.base) == (low, high, base):
            return declared
        if declared and len(about) > 1:
            raise ValueError(
                f"Rule '{declared.id}' stars {declared.low} to {declared.high} and rounds to "
                f"{declared.base}: leave the parameters out, or give another id."
            )
        if declared:
            return declared
        return Rule(
            id=about.get("id", f"star-{low}-{high}-nearest-{base}"),
            title=f"Star {low} to {high}, round to the nearest {base}",
            low=low,
            high=high,
            base=base,
            national_exempt=True,
            source="Set by parameter",
        )
    except (TypeError, ValueError) as error:
        raise TableFileError(f"{name}: the rule cannot be used. {error}") from None


def _national(
    name: str, given: Any, columns: Mapping[str, Sequence[str]]
) -> Mapping[str, tuple[str, ...]] | bool:
    if given in (True, False, "true", "false", "", None):
        return given in (True, "true")
    about = _mapping(name, "national", given)
    for column in about:
        if column not in columns:
            raise TableFileError(
                f"{name}: 'national' names column '{column}', which is no breakdown. The "
                f"breakdowns are {', '.join(columns) or 'none'}."
            )
    return {column: tuple(_list(name, values)) for column, values in about.items()}


def _yaml(path: Path) -> Mapping[str, Any]:
    try:
        # Every scalar stays text: codes such as 01, no or 2026-03-01 mean what they say.
        found = yaml.load(path.read_text("utf-8-sig"), Loader=yaml.BaseLoader)  # noqa: S506
    except FileNotFoundError:
        raise TableFileError(
            f"{path.name} is missing. Beside a table's CSV stands a YAML of the same name that "
            "says what its columns mean."
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TableFileError(f"{path.name} cannot be read as YAML: {error}") from None
    return _mapping(path.name, "the file", found)


def _csv(path: Path) -> dict[str, list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, strict=True) if row]
    except FileNotFoundError:
        raise TableFileError(f"{path.name} is not there. Check its path.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableFileError(f"{path.name} cannot be read as CSV in UTF-8: {error}.") from None
    if not rows:
        raise TableFileError(f"{path.name} is empty. Its first row names the columns.")
    header = [value.strip() for value in rows[0]]
    if "" in header or len(set(header)) < len(header):
        raise TableFileError(
            f"{path.name}: the first row must name every column, each once; it has "
            f"{', '.join(header)}."
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise TableFileError(
                f"{path.name}, row {number} has {len(row)} values for {len(header)} columns."
            )
    return {name: [row[at].strip() for row in rows[1:]] for at, name in enumerate(header)}


def _parts_csv(path: Path) -> dict[str, tuple[str, ...]]:
    """A hierarchy from a CSV whose columns are ``total`` and ``part``."""
    text = _csv(path)
    if set(text) != {"total", "part"}:
        raise TableFileError(
            f"{path.name} has the columns {', '.join(text)}. A hierarchy has total and part."
        )
    parts: dict[str, list[str]] = {}
    for whole, part in zip(text["total"], text["part"], strict=True):
        parts.setdefault(whole, []).append(part)
    return {whole: tuple(each) for whole, each in parts.items()}


def _known_keys(name: str, what: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            raise TableFileError(
                f"{name}: {what} has '{key}', which means nothing here. Known: {', '.join(known)}."
            )


def _mapping(name: str, what: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise TableFileError(f"{name}: {what} must be a mapping of names to values.")
    return given


def _list(name: str, given: Any) -> list[str]:
    if isinstance(given, str) or not isinstance(given, Collection):
        raise TableFileError(f"{name}: '{given}' must be a list, such as [{given}].")
    return [str(value) for value in given]


def _word(name: str, what: str, given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise TableFileError(f"{name}: {what} must be a word, not '{given}'.")
    return given


def _text(value: object) -> str:
    return "" if value is None else str(value)
