"""Mappings: how one supplier's headings, codes and dates become those of the data set.

A mapping is a YAML file::

    supplier: Examplia Exchange
    modules:
      needle:
        sheet: Visits                       # only for workbooks, if the sheet is not called so
        columns:
          record_id: Line no                # field: heading
          service: {value: HATCH01}         # the same in every row
          first_initial: {column: Initials, letter: 1}
          last_initial: {column: Initials, letter: -1}
          birth_date: {column: DOB, dates: "%d-%b-%Y"}
          sex: {column: Gender, codes: {Male: M, Female: F}}

Columns that it does not name are read if they have the data set's own heading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from sharewell.monitoring.errors import MonitoringError
from sharewell.monitoring.model import DataSet

_PARTS = {"column", "value", "letter", "dates", "codes"}
_DIRECTIVES = frozenset("aAbBdmyYHMSpfzjTe%-")


@dataclass(frozen=True)
class Column:
    """Where the values of a field come from: a column of the file, or one ``value`` for all rows.

    ``letter`` takes that letter of the text (1 the first, -1 the last); ``dates`` is how dates are
    written (as in strptime); ``codes`` are the supplier's codes, lower case, with ours.
    """

    heading: str = ""
    value: str | None = None
    letter: int | None = None
    dates: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModuleMapping:
    """The columns of one module by field, and the sheet that has them ('' for any)."""

    columns: Mapping[str, Column]
    sheet: str = ""


@dataclass(frozen=True)
class SupplierMapping:
    """A supplier's mapping: its modules by id."""

    supplier: str
    modules: Mapping[str, ModuleMapping]


OWN = SupplierMapping("", MappingProxyType({}))
"""No mapping: the data set's own headings and codes."""


def read_mapping(path: Path, declared: DataSet) -> SupplierMapping:
    """The mapping in the file at ``path``, checked against the data set.

    MonitoringError names the module, the field and what is wrong. OSError if it cannot be read.
    """
    try:
        given = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)  # noqa: S506 - makes only text
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MonitoringError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    return mapping_of(given, declared, path.name)


def mapping_of(given: Any, declared: DataSet, name: str = "The mapping") -> SupplierMapping:
    """The mapping in plain values, as YAML or an API gives them; MonitoringError as above."""
    _is_mapping(given, name, {"supplier", "modules"})
    modules = given.get("modules")
    if not isinstance(modules, dict) or not modules:
        raise MonitoringError(f"{name}: 'modules' is missing. Give at least one, with its columns.")
    found = {}
    for module_id, each in modules.items():
        module = declared.module(str(module_id))
        where = f"{name}, {module.id}"
        _is_mapping(each, where, {"sheet", "columns"})
        columns = each.get("columns", {})
        _is_mapping(columns, f"{where}, columns", set(module.names))
        found[module.id] = ModuleMapping(
            MappingProxyType(
                {field: _column(column, f"{where}, {field}") for field, column in columns.items()}
            ),
            str(each.get("sheet", "")),
        )
    return SupplierMapping(str(given.get("supplier", "")), MappingProxyType(found))


def _column(given: Any, where: str) -> Column:
    if isinstance(given, str):
        given = {"column": given}
    _is_mapping(given, where, _PARTS)
    if ("column" in given) == ("value" in given):
        raise MonitoringError(f"{where}: give either the 'column' or one 'value' for all rows.")
    codes = given.get("codes", {})
    if not isinstance(codes, dict) or not all(isinstance(code, str) for code in codes.values()):
        raise MonitoringError(f"{where}: 'codes' is a list of pairs, theirs: ours.")
    return Column(
        heading=str(given.get("column", "")),
        value=given.get("value"),
        letter=_letter(given["letter"], where) if "letter" in given else None,
        dates=_dates(given.get("dates", ""), where),
        codes=MappingProxyType({str(their).strip().lower(): our for their, our in codes.items()}),
    )


def _letter(given: Any, where: str) -> int:
    if given not in ("1", "-1", 1, -1):
        raise MonitoringError(f"{where}: 'letter' is 1, the first letter, or -1, the last.")
    return int(given)


def _dates(given: Any, where: str) -> str:
    if given and (
        not isinstance(given, str)
        or "%" not in given
        or any(part[:1] not in _DIRECTIVES for part in given.split("%")[1:])
    ):
        raise MonitoringError(f"{where}: 'dates' is a form such as \"%d-%b-%Y\".")
    return str(given)


def _is_mapping(given: Any, where: str, known: set[str]) -> None:
    if not isinstance(given, dict):
        raise MonitoringError(f"{where}: this is not a mapping of names to values.")
    for name in given:
        if name not in known:
            raise MonitoringError(
                f"{where}: '{name}' is not known. Known: {', '.join(sorted(known))}."
            )
