"""Figures in the words of docs/explanation/counting-people.md are those of its benchmark."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "explanation" / "counting-people.md").read_text("utf-8")
MEASURED = (DOCS / "benchmarks-counting.md").read_text("utf-8")


def _row(*start: str) -> list[str]:
    """The one row of the benchmark that starts with these cells."""
    found = [
        cells
        for line in MEASURED.splitlines()
        if line.startswith("|")
        for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
        if tuple(cells[: len(start)]) == start
    ]
    assert len(found) == 1, start
    return found[0]


def _per_cent(cell: str) -> float:
    return abs(float(cell.rstrip("%")))


def test_the_recovery_table_is_the_benchmarks() -> None:
    table = PAGE.split("<!-- recovery: start -->\n")[1].split("<!-- recovery: end -->")[0]
    assert table.count("\n") > 15
    assert table in MEASURED


def test_figures_in_words_are_the_benchmarks() -> None:
    words = " ".join(PAGE.split())
    few, many = _row("20,000")[1], _row("300,000")
    shared = f"of 20,000 people {_per_cent(few):.1f} % share one, of 300,000 some"
    assert f"{shared} {_per_cent(many[1]):.0f} %" in words
    twice, often = (_per_cent(_row(f"{n} of 30,000", "exact attributor")[5]) for n in
                    ("60,000", "200,000"))  # fmt: skip
    assert f"counting exact attributors gives {twice} % too many people" in words
    assert f"with seven, {often:.0f} %" in words
    assert f"it would be {_per_cent(many[2]):.1f} % too low at 300,000" in words
    corrected = [_per_cent(_row(people)[4]) for people in ("20,000", "300,000", "1,000,000")]
    assert max(corrected) <= 0.1, "within 0.1 % of the truth up to a million people"
