"""Invented monitoring data: the same twice, sound, and mistaken as often as it says."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sharewell.monitoring import checking, data_set
from sharewell.monitoring.synthesis import MIX, Size, service_codes, synthesise
from sharewell.monitoring.synthetic_people import AUTHORITIES, MISTAKES

SMALL = Size(services=18, people=800, activities=2000, first_year=2025, years=1)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("invented")
    synthesise(out, SMALL)
    return out


def test_the_same_arguments_give_the_same_files(invented: Path, tmp_path: Path) -> None:
    written = synthesise(tmp_path, SMALL)
    assert {path.name for path in tmp_path.iterdir()} == {
        "services.csv", "client.parquet", *(f"{module}.parquet" for module in MIX),
    }  # fmt: skip
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (invented / path.name).read_bytes()
    assert sum(rows for module, rows in written.items() if module != "client") == 2000
    synthesise(tmp_path, SMALL, seed=1)
    other = (tmp_path / "client.parquet").read_bytes()
    assert other != (invented / "client.parquet").read_bytes()


def test_csv_is_the_template_and_has_no_error(tmp_path: Path) -> None:
    synthesise(tmp_path, SMALL, form="csv")
    paths = [tmp_path / f"{module.id}.csv" for module in data_set().modules]
    with paths[0].open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == data_set(2025).module("client").names
    with checking(paths, data_set(2025), as_of=date(2026, 11, 24)) as checked:
        errors = {count.check.code for count in checked.report.counts if count.check.is_error}
        assert errors <= {"MON202", "MON203"}  # a slip of ten years in a date of birth
        assert all(table.sound >= 0.99 * table.rows for table in checked.report.tables)


def test_nine_invented_areas_share_the_services() -> None:
    codes = service_codes(Size())
    assert len(AUTHORITIES) == 9
    assert len(codes) == 60
    assert set(codes.values()) == set(AUTHORITIES)


def test_mistakes_are_as_frequent_as_declared(tmp_path: Path) -> None:
    synthesise(tmp_path, Size(services=60, people=20_000, activities=0, first_year=2016, years=10))
    rows = pq.read_table(tmp_path / "client.parquet").to_pylist()
    first: dict[int, dict[str, str]] = {}
    pairs = [(first.setdefault(row["truth"], row), row) for row in rows]
    again = [(one, other) for one, other in pairs if one is not other]
    wanted = [pair for pair in again if "X" not in {row["last_initial"] for row in pair}]

    def share(name: str) -> float:
        return sum(a[name] != b[name] for a, b in wanted) / len(wanted)

    assert len(wanted) > 8000
    assert share("sex") == pytest.approx(MISTAKES["sex"], abs=0.004)
    dates = MISTAKES["birth_slip"] + MISTAKES["day_month_swap"] * 11 / 12 * 12 / 30.4
    assert share("birth_date") == pytest.approx(dates, abs=0.006)
    assert 0.02 < share("first_initial") < 0.035
    assert len({row["truth"] for row in rows}) == 20_000
