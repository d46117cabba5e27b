"""The picture of a table shows what the table prints, and nothing more."""

from __future__ import annotations

from pathlib import Path

from markupsafe import escape
from publication_samples import LABELS, counted, published, release_notes

from sharewell.publication import write_release
from sharewell.publication.labels import labeller
from sharewell.publication.overview import overview
from sharewell.publication.tidy import tidy


def test_each_bar_is_a_printed_cell_of_a_place(tmp_path: Path) -> None:
    table = published(counted(years=1), "sharp-object-by-force")
    found = overview(tidy(table, labeller(LABELS)))
    assert found is not None
    rows = [
        row
        for row in table.cells.to_pylist()
        if row["police_force"] not in (None, "total")
        and all(row[name] in (None, "total") for name in row if name in ("month", "age", "sex"))
    ]
    measure = rows[0]["measure"]
    printed = {row["printed"] for row in rows if row["measure"] == measure}
    assert {bar.printed.replace(",", "") for bar in found.bars} <= printed
    for bar in found.bars:
        assert (bar.value is not None) == bar.printed.replace(",", "").isdecimal()
    assert "total" not in {bar.name.casefold() for bar in found.bars}


def test_the_page_has_a_picture_and_the_same_as_a_table(tmp_path: Path) -> None:
    for years, pictured in ((1, True), (14, False)):
        table = published(counted(years=years), "sharp-object-by-force")
        write_release(tmp_path / str(years), release_notes(), [table], LABELS)
        page = (tmp_path / str(years) / "index.html").read_text("utf-8")
        assert ('class="bar-chart"' in page) is pictured
    found = overview(tidy(published(counted(years=1), "sharp-object-by-force"), labeller(LABELS)))
    assert found is not None
    page = (tmp_path / "1" / "index.html").read_text("utf-8")
    for bar in found.bars:
        assert f'<th scope="row">{escape(bar.name)}</th><td class="n">{bar.printed}</td>' in page
