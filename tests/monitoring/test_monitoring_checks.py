"""Every check, by the examples declared beside it: one that trips it, one that does not."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from monitoring_files import AS_OF, codes_found, row_of, sound, write_rows, write_sheets

from sharewell.monitoring import Check, checking, data_set, mapping_of

CHECKS = data_set().checks
OF_FILES = [check for check in CHECKS if check.kind == "file"]
OF_ROWS = [check for check in CHECKS if check.when]
OF_RECORDS = [check for check in CHECKS if check.find]


def by_code(check: Check) -> str:
    return check.code


def where(check: Check) -> tuple[str, int | None]:
    """The module of a check's examples, and the year."""
    if check.example:
        year = check.example.get("year")
        return check.example["in"], int(year) if year else None
    return check.modules[0], None


def test_the_catalogue_is_in_order() -> None:
    codes = [check.code for check in CHECKS]
    assert codes == sorted(codes) or len(set(codes)) == len(codes)
    assert len(CHECKS) >= 120
    assert len(OF_FILES) + len(OF_ROWS) + len(OF_RECORDS) == len(CHECKS)
    for check in CHECKS:
        assert re.fullmatch(r"MON\d{3}", check.code)
        assert check.level in ("error", "warning")
        assert not check.wrong.endswith(".")
        assert check.do.endswith(".")
        assert check.kind in {
            "file", "format", "code list", "range", "cross-field", "cross-record",
            "across services", "journey",
        }  # fmt: skip


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_declared_examples_are_sound_together(year: int, tmp_path: Path) -> None:
    paths = []
    for module in data_set(year).modules:
        days = {
            field.name: module.example[field.name].replace("2026-", f"{year}-")
            for field in module.fields
            if field.kind == "date" and field.name in module.example
        }
        paths.append(write_rows(tmp_path / f"{module.id}.csv", [row_of(module, **days)]))
    with checking(paths, data_set(year), as_of=AS_OF) as checked:
        assert [count.check.code for count in checked.report.counts] == []
        assert checked.report.ok
        assert [table.module for table in checked.report.tables] == [
            module.id for module in data_set(year).modules
        ]


@pytest.fixture(scope="module")
def found_in_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bool]:
    """Whether each check of rows found its example, by code and 'trips' or 'passes'.

    The examples of a module stand in one file, so that it is checked once."""
    together: dict[tuple[str, int | None], list[tuple[str, str, dict[str, str]]]] = {}
    for check in OF_ROWS:
        module_id, year = where(check)
        module = data_set(year).module(module_id)
        for name, changes in (("trips", check.trips), ("passes", check.passes or {})):
            assert isinstance(changes, Mapping)
            row = row_of(module, **changes)
            together.setdefault((module_id, year), []).append((check.code, name, row))
    found = {}
    for (module_id, year), examples in together.items():
        path = tmp_path_factory.mktemp("rows") / f"{module_id}.csv"
        write_rows(path, [row for _, _, row in examples])
        with checking([path], data_set(year), as_of=AS_OF) as checked:
            places = {(finding.check.code, finding.row) for finding in checked.findings()}
        for number, (code, name, _) in enumerate(examples, start=2):
            found[code, name] = (code, number) in places
    return found


@pytest.mark.parametrize("check", OF_ROWS, ids=by_code)
def test_a_check_of_a_row(check: Check, found_in_rows: dict[tuple[str, str], bool]) -> None:
    assert found_in_rows[check.code, "trips"]
    assert not found_in_rows[check.code, "passes"]


@pytest.mark.parametrize("check", OF_RECORDS, ids=by_code)
def test_a_check_of_records(check: Check, tmp_path: Path) -> None:
    for name, example, expected in (("trips", check.trips, True), ("passes", check.passes, False)):
        found = codes_found(write_records(tmp_path / name, example), only=check)
        assert (check.code in found) is expected, (name, found)


def write_records(directory: Path, example: Any) -> list[Path]:
    """A file for each module of the example's rows; or a crowd of clients."""
    directory.mkdir()
    rows: dict[str, list[dict[str, str]]] = {}
    if isinstance(example, Mapping):
        rows["client"] = crowd(example)
    else:
        for each in example:
            module = data_set().module(each["module"])
            changes = {name: value for name, value in each.items() if name != "module"}
            rows.setdefault(module.id, []).append(row_of(module, **changes))
    return [write_rows(directory / f"{name}.csv", some) for name, some in rows.items()]


def crowd(example: Mapping[str, str]) -> list[dict[str, str]]:
    """Clients who differ, but for a ``same`` date of birth or ``dummy`` attributor in some."""
    module = data_set().module("client")
    rows = []
    for number in range(int(example["crowd"])):
        birth = f"19{60 + number}-03-14"
        name = {"first_initial": "ABCDEFGHIJKLMNOPQRSTUVWZ"[number]}
        if number < int(example.get("same", 0)):
            birth = "1985-03-14"
        if number < int(example.get("dummy", 0)):
            name, birth = {"first_initial": "X", "last_initial": "X"}, "1955-05-05"
        rows.append(
            row_of(module, record_id=f"C{number}", client_id=f"P{number}", birth_date=birth, **name)
        )
    return rows


@pytest.mark.parametrize("check", OF_FILES, ids=by_code)
def test_a_check_of_a_file(check: Check, tmp_path: Path) -> None:
    assert isinstance(check.trips, Mapping)
    path, mapping = write_file(tmp_path, check.trips)
    given = mapping_of(mapping, data_set()) if mapping else mapping_of(
        {"modules": {"client": {}}}, data_set()
    )  # fmt: skip
    assert check.code in codes_found([path], mapping=given, only=check)


def write_file(directory: Path, example: Mapping[str, Any]) -> tuple[Path, Any]:
    """The file of an example, and the mapping that goes with it."""
    path = directory / "example.csv"
    if "missing" in example:
        return path, None
    if "text" in example:
        path.write_text(example["text"], "utf-8")
    if "heads" in example:
        names = [*data_set().module(example["heads"]).names, *example.get("extra", ())]
        names = [name for name in names if name not in example.get("without", ())]
        lines = [",".join(names)]
        if "row" in example:
            lines.append(example["row"])
        elif "without" in example or "extra" in example:
            lines.append(",".join("" for _ in names[1:]) + ",C1")
        text = "\n".join(lines) + ("" if "no_end" in example else "\n")
        path.write_bytes(text.encode(example.get("encoding", "utf-8")))
    if "workbook" in example or "about" in example or "sheets" in example:
        path = path.with_suffix(".xlsx")
        sheets = {"client": sound("client")}
        if "about" in example:
            sheets = {"About": [["Data set", example["about"]]], **sheets}
        for name, rows in example.get("sheets", {}).items():
            sheets[name] = sound(name) if rows == "sound" else rows
        write_sheets(path, sheets)
    if example.get("workbook") == "macros":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"macro")
    if example.get("workbook") == "damaged":
        path.write_bytes(path.read_bytes()[:3000])
    mapping = None
    if "mapping" in example:
        mapping = {
            "modules": {name: {"columns": dict(c)} for name, c in example["mapping"].items()}
        }
    return path, mapping
