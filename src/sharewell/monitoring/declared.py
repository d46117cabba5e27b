"""From the declared form (YAML beside this module, code lists of the catalogue) to the data set of
a year."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from sharewell.catalogue import monitoring_codes
from sharewell.monitoring.errors import MonitoringError
from sharewell.monitoring.model import Check, Code, CodeList, DataSet, Field, Module, year_label

_CHECKS = ("files", "values", "people", "activity", "records")
_YEAR = re.compile(r"(\d{4})(?:[-/](\d{2}|\d{4}))?")


@cache
def data_set(year: int | None = None) -> DataSet:
    """The data set of ``year`` (2026 is 2026-27), by default the latest.

    MonitoringError for a year that has none.
    """
    declared = _read("data_set.yaml")
    years = {int(each): " ".join(note.split()) for each, note in declared["years"].items()}
    year = max(years) if year is None else year
    if year not in years:
        known = ", ".join(map(year_label, sorted(years)))
        raise MonitoringError(f"There is no data set of {year_label(year)}. There are: {known}.")
    everything = _modules(declared)
    return DataSet(
        title=declared["title"],
        source=declared["source"].strip(),
        year=year,
        modules=tuple(_of_year(module, year) for module in everything),
        code_lists=tuple(code_lists().values()),
        checks=tuple(_checks(everything)),
        note=years[year],
        changes=tuple(_changes(everything, year)) if year - 1 in years else (),
    )


def years() -> tuple[int, ...]:
    """The years that have a data set, in order."""
    return tuple(sorted(int(year) for year in _read("data_set.yaml")["years"]))


def read_year(text: str) -> int:
    """'2026', '2026-27' or '2026/27' -> 2026. MonitoringError for anything else."""
    found = _YEAR.fullmatch(text.strip())
    if not found or (found[2] and int(found[2][-2:]) != (int(found[1]) + 1) % 100):
        raise MonitoringError(f"'{text}' is not a year. Write 2026 or 2026-27.")
    return int(found[1])


@cache
def code_lists() -> Mapping[str, CodeList]:
    """The code lists by id, each with the codes of every year."""
    lists = {}
    for name, given in monitoring_codes.declared().items():
        codes = [*(_countries(given["file"]) if "file" in given else ()), *_codes(given["codes"])]
        lists[name] = CodeList(name, given["title"], given["source"].strip(), tuple(codes))
    return MappingProxyType(lists)


def _codes(given: Sequence[Mapping[str, Any]]) -> Iterator[Code]:
    for each in given:
        yield Code(
            each["code"],
            each["label"],
            each.get("group", ""),
            tuple(each.get("also", ())),
            _year(each, "since"),
            _year(each, "until"),
        )


def _countries(name: str) -> Iterator[Code]:
    with resources.files(__package__).joinpath("data", name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield Code(row["code"], row["label"])


def _modules(declared: Mapping[str, Any]) -> list[Module]:
    """Every module with the fields of every year."""
    groups = {name: [_field(each) for each in given] for name, given in declared["groups"].items()}
    modules = []
    for given in declared["modules"]:
        shared = [field for name in given["use"] for field in groups[name]]
        if given.get("anonymous") == "true":
            shared = [_not_required(field) if field in groups["person"] else field
                      for field in shared]  # fmt: skip
        modules.append(
            Module(
                id=given["id"],
                title=given["title"],
                about=given["about"].strip(),
                fields=(*shared, *map(_field, given["fields"])),
                day=given.get("day", "date"),
                about_people="person" in given["use"],
                example=MappingProxyType(dict(given["example"])),
            )
        )
    return modules


def _field(given: Mapping[str, Any]) -> Field:
    return Field(
        name=given["name"],
        label=given["label"],
        kind=given["kind"],
        hint=given.get("hint", ""),
        required=given.get("required") == "true",
        personal=given.get("personal") == "true",
        key=given.get("key") == "true",
        code_list=code_lists()[given["codes"]] if "codes" in given else None,
        longest=int(given.get("longest", 200)),
        pattern=given.get("pattern", ""),
        shape=given.get("shape", ""),
        least=_number(given, "least"),
        most=_number(given, "most"),
        since=_year(given, "since"),
        until=_year(given, "until"),
    )


def _not_required(field: Field) -> Field:
    return replace(field, required=False)


def _of_year(module: Module, year: int) -> Module:
    return replace(module, fields=tuple(field for field in module.fields if field.used_in(year)))


def _checks(modules: Sequence[Module]) -> Iterator[Check]:
    people = tuple(module.id for module in modules if module.about_people)
    named = {
        "person": people,
        "activity": tuple(module.id for module in modules if module.day == "date"),
    }
    for file in _CHECKS:
        for given in _read(f"checks/{file}.yaml"):
            where = given.get("in", "")
            yield Check(
                code=given["code"],
                level=given["level"],
                kind=given["kind"],
                wrong=given["wrong"],
                do=given["do"],
                fields=tuple(given.get("fields", ())),
                modules=named.get(where, (where,) if where else ()),
                when=given.get("when", ""),
                find=given.get("find", ""),
                needs=tuple(given.get("needs", ())),
                each=given.get("each"),
                example=given.get("example"),
                trips=given["trips"],
                passes=given.get("passes"),
            )


def _changes(modules: Sequence[Module], year: int) -> Iterator[str]:
    """What is new in ``year`` and what ended with the year before, in sentences."""
    for module in modules:
        for field in module.fields:
            if field.since == year:
                yield f"{module.title}: the field '{field.label}' (`{field.name}`) is new."
            if field.until == year - 1:
                yield f"{module.title}: the field '{field.label}' (`{field.name}`) is gone."
    for codes in code_lists().values():
        for code in codes.codes:
            if code.since == year:
                yield f"{codes.title}: the code `{code.code}` ({code.label}) is new."
            if code.until == year - 1:
                yield f"{codes.title}: the code `{code.code}` ({code.label}) is no longer used."


def _year(given: Mapping[str, Any], name: str) -> int | None:
    return int(given[name]) if name in given else None


def _number(given: Mapping[str, Any], name: str) -> float | None:
    return float(given[name]) if name in given else None


@cache
def _read(name: str) -> Any:
    # Every value stays text: a code such as NO or ON, a time and a date are what they look like.
    text = resources.files(__package__).joinpath("data", *name.split("/")).read_text("utf-8")
    return yaml.load(text, yaml.CBaseLoader)  # noqa: S506 - the base loader makes only text
