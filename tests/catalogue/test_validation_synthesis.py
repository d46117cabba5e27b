"""Invented files: clean ones validate clean, and every deliberate defect is caught by its rule."""

from __future__ import annotations

import pytest

from sharewell.catalogue.conversion import convert
from sharewell.catalogue.validation import validate

synthesis = pytest.importorskip("sharewell.synthesis")

RULE = {kind.name: kind.rule for kind in synthesis.DIRT_KINDS}


@pytest.mark.parametrize(
    ("dataset", "year", "month", "form"),
    [("hes_apc", 2019, 6, "csv"), ("hes_apc", 2023, 13, "parquet"), ("pedw", 2019, 13, "csv")],
)
def test_every_deliberate_defect_is_caught_in_all_its_rows(
    tmp_path, dataset: str, year: int, month: int, form: str
) -> None:
    made = synthesis.synthesise_extract(
        tmp_path, dataset=dataset, year=year, month=month, background=0.0005, dirt=0.01, format=form
    )
    report = validate(made.path, dataset)
    counts = {finding.code: finding.count for finding in report.findings}
    short = {}
    for name, rows in made.dirty_rows.items():
        # Of two rows with one key only the second is at fault.
        least = rows // 2 if RULE[name] == "HES104" else rows
        if counts.get(RULE[name], 0) < least:
            short[name] = (RULE[name], counts.get(RULE[name], 0), least)
    assert made.dirty_rows
    assert short == {}
    assert report.usable


def test_without_deliberate_defects_every_row_is_kept(tmp_path) -> None:
    made = synthesis.synthesise_extract(tmp_path / "made", year=2019, background=0.0005, dirt=0.0)
    target = tmp_path / "target"
    target.mkdir()
    converted = convert(made.path, made.dataset, target)
    assert converted.report.errors == ()
    assert converted.rows_kept == made.rows
