"""Table files: read and written back, refused with the place and the remedy, and linked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.disclosure.filelinks import check_possible, link_files
from sharewell.disclosure.margins import add_margins
from sharewell.disclosure.rules import RULES
from sharewell.disclosure.safeguard import protect_file
from sharewell.disclosure.system import UNBOUNDED
from sharewell.disclosure.tableattack import attack
from sharewell.disclosure.tablefile import TableFile, TableFileError, print_table, shown
from sharewell.disclosure.tablereading import (
    make_table,
    read_plain_csv,
    read_table_file,
)
from sharewell.disclosure.tablewriting import table_file_texts, write_table_file

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "disclosure"
HES = RULES["hes-2018"]

YAML = """
title: A table
count: printed
rule: hes-2018
breakdowns:
  area: {total: All, parts: {All: [North, South], North: [A, B]}}
  sex: {total: total}
"""
ROWS = """area,sex,printed
All,total,30
North,total,20
South,total,10
A,total,10
B,total,*
All,1,20
All,2,10
"""


def write(folder: Path, yaml: str = YAML, rows: str = ROWS, name: str = "table") -> Path:
    (folder / f"{name}.yaml").write_text(yaml, "utf-8")
    path = folder / f"{name}.csv"
    path.write_text(rows, "utf-8")
    return path


def test_a_table_file_is_read(tmp_path: Path) -> None:
    table = read_table_file(write(tmp_path))
    assert table.title == "A table"
    assert len(table) == 7
    says = shown(table)
    assert (says.low[0], says.high[0]) == (28, 32)
    assert (says.low[4], says.high[4]) == (1, 7)
    assert says.protected.tolist() == [False] * 4 + [True] + [False] * 2


def test_the_worked_leak() -> None:
    """A region's ages print 10, 18 to 24 print 10, four print a star: all four are 1."""
    found = attack([read_table_file(EXAMPLES / "leak.csv")])
    assert (found.exact, found.protected, found.min_width) == (4, 4, 1)
    findings = found.as_dict()["findings"]
    assert {(f["cell"]["age_band"], f["low"], f["high"]) for f in findings} == {
        ("0-17", 1, 1), ("25-34", 1, 1), ("35-44", 1, 1), ("45+", 1, 1),
    }  # fmt: skip
    assert "12" in findings[0]["because"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("B,total,*", "B,total,-3", "row 6 (area B, sex total) prints '-3', which is a negative"),
        ("B,total,*", "B,total,2.5", "a fractional count"),
        ("B,total,*", "B,total,3", "hides: from 1 to 9"),
        ("B,total,*", "B,total,12", "no multiple of 5"),
        ("B,total,*", "B,total,", "no count"),
        ("B,total,*", 'B,total,"1,250"', "no count"),
        ("B,total,*", "A,total,*", "stands twice: also in row 5"),
        ("B,total,*", "Z,total,*", "'Z' in column 'area' is an unknown category"),
        ("B,total,*\n", "", "'B' is missing"),
        ("B,total,*", "B,total", "row 6 has 2 values for 3 columns"),
        ("area,sex,printed", "area,area,printed", "each once"),
        ("area,sex,printed", "area,sex,count", "column 'printed' is not in the CSV"),
    ],
)
def test_bad_rows_name_file_row_and_remedy(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = write(tmp_path, rows=ROWS.replace(old, new))
    with pytest.raises(TableFileError, match=r"table\.csv") as error:
        read_table_file(path)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title:", "titel:", "'titel', which means nothing here"),
        ("hes-2018", "hes-1066", "no rule is called 'hes-1066'"),
        ("hes-2018", "{id: hes-2018, high: 4}", "give another id"),
        ("hes-2018", "{high: seven}", "the rule cannot be used"),
        ("hes-2018", "{high: 1}", "always mean 1"),
        ("North: [A, B]", "North: [A, B, North]", "name 'North' wrongly"),
        ("North: [A, B]", "North: [A, B], A: [North]", "a part of itself"),
        ("All: [North, South], ", "", "not those of its total"),
        ("sex: {total: total}", "sex: {within: region}", "'region', which is no breakdown"),
        ("sex: {total: total}", "sex: {total: total}\n  age: {}", "'age' is not in the CSV"),
        ("  sex: {total: total}", "", "column 'sex' is not described"),
        ("breakdowns:", "national: {place: [x]}\nbreakdowns:", "names column 'place'"),
        ("breakdowns:", "breakdowns: [", "cannot be read as YAML"),
        ("{All: [North, South], North: [A, B]}", "areas.csv", "areas.csv is not there"),
    ],
)
def test_bad_descriptions_say_what_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = write(tmp_path, yaml=YAML.replace(old, new))
    with pytest.raises(TableFileError) as error:
        read_table_file(path)
    assert words in str(error.value)


def test_a_table_without_its_yaml(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.with_suffix(".yaml").unlink()
    with pytest.raises(TableFileError, match=r"table\.yaml is missing"):
        read_table_file(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableFileError, match="UTF-8"):
        read_plain_csv(path)
    with pytest.raises(TableFileError, match="is not there"):
        read_plain_csv(tmp_path / "none.csv")


def test_totals_that_do_not_add_are_named(tmp_path: Path) -> None:
    yaml = YAML.replace("hes-2018", "none")
    table = read_table_file(write(tmp_path, yaml, ROWS.replace("*", "7")))
    with pytest.raises(TableFileError, match="would have to be at least 13") as error:
        protect_file(table, HES)
    assert "North ('20' in 'table.csv') is the sum of A ('10'" in str(error.value)
    assert "B ('7' in 'table.csv')" in str(error.value)


def test_contradictory_releases_name_both(tmp_path: Path) -> None:
    first = read_table_file(write(tmp_path))
    other = read_table_file(
        write(tmp_path, rows=ROWS.replace("A,total,10", "A,total,15"), name="b")
    )
    with pytest.raises(TableFileError, match="contradicts") as error:
        link_files([first, other])
    assert "b.csv, row 5" in str(error.value)
    assert "table.csv, row 5" in str(error.value)


def test_counts_that_only_fractions_satisfy() -> None:
    """x + y = 3, y + z = 3, x + z = 3: each sum can hold, but no whole counts do."""
    files = []
    for number, pair in enumerate((["x", "y"], ["y", "z"], ["x", "z"])):
        data = {"part": [f"t{number}", *pair], "count": ["3", "[c]", "[c]"]}
        files.append(
            make_table(
                pa.table(data),
                name=f"{number}.csv",
                totals={"part": f"t{number}"},
                parts={"part": {f"t{number}": pair}},
                rule=HES,
                national=True,
            )
        )
    with pytest.raises(TableFileError, match="contradict themselves"):
        attack(files)


def test_nested_columns_and_a_hierarchy_csv_say_the_same(tmp_path: Path) -> None:
    nested = "region,force,count\nAll,All,9\nN,All,5\nS,All,4\nN,a,2\nN,b,3\nS,c,4\n"
    yaml = "rule: none\nbreakdowns:\n  region: {total: All}\n  force: {within: region, total: All}"
    one = link_files([read_table_file(write(tmp_path, yaml, nested))])
    flat = "area,count\nAll,9\nN,5\nS,4\na,2\nb,3\nc,4\n"
    (tmp_path / "areas.csv").write_text("total,part\nAll,N\nAll,S\nN,a\nN,b\nS,c\n", "utf-8")
    yaml = "rule: none\nbreakdowns:\n  area: {total: All, parts: areas.csv, dimension: region}"
    other = link_files([read_table_file(write(tmp_path, yaml, flat, "flat"))])
    assert one.categories == other.categories
    assert one.sums == other.sums
    both = link_files([*one.files, *other.files])
    assert len(both) == len(one) == 6


def test_forces_speak_for_a_region_that_nobody_printed() -> None:
    """South is England less the North, of which only the two forces are printed: 9 - (2 + 3)."""
    parts = {"area": {"E": ["N", "S"], "N": ["a", "b"]}}
    england = make_table(
        pa.table({"area": ["E"], "count": ["9"]}), name="e.csv", totals={"area": "E"}, parts=parts
    )
    south = make_table(pa.table({"area": ["S"], "count": ["*"]}), name="s.csv", rule=HES)
    forces = make_table(pa.table({"area": ["a", "b"], "count": [2, 3]}), name="f.csv")
    found = attack([england, south, forces])
    assert [(f["cell"], f["low"], f["high"]) for f in found.as_dict()["findings"]] == [
        ({"area": "S"}, 4, 4)
    ]
    north = [c for c in range(len(found.linked)) if found.linked.cell(c)["area"] == "N"]
    assert found.linked.system.high[north].tolist() == [UNBOUNDED]


def test_three_tables_say_more_than_their_shared_margins() -> None:
    """x = y and y = z for both people, so x = z, though no two tables say so."""

    def by(first: str, second: str, printed: list[str]) -> TableFile:
        data = {first: ["1", "1", "2", "2"], second: ["1", "2", "1", "2"], "count": printed}
        totals = {first: "total", second: "total"}
        parts = {name: {"total": ["1", "2"]} for name in (first, second)}
        return make_table(
            pa.table(data), name=f"{first}{second}", totals=totals, parts=parts, rule=HES,
            national="*" not in printed,
        )  # fmt: skip

    known = [by("x", "y", ["1", "0", "0", "1"]), by("y", "z", ["1", "0", "0", "1"])]
    hidden = by("x", "z", ["*", "[c]", "[c]", "*"])
    found = attack([hidden, *known])
    assert found.bounds.low[found.linked.rows[0]].tolist() == [1, 0, 0, 1]
    assert found.bounds.high[found.linked.rows[0]].tolist() == [1, 0, 0, 1]
    assert len(found.linked) == 8 + 3 * 4 + 3 * 2 + 1


def test_a_file_says_where_it_stands_in_a_dimension_that_it_lacks(tmp_path: Path) -> None:
    by_month = make_table(pa.table({"month": ["04", "05"], "count": [1, 2]}), name="m.csv")
    plain = make_table(pa.table({"count": [1]}), name="p.csv")
    with pytest.raises(TableFileError, match=r"p\.csv has no 'month'.*fixed"):
        link_files([by_month, plain])
    april = make_table(pa.table({"count": [1]}), name="p.csv", fixed={"month": "04"})
    assert len(link_files([by_month, april])) == 2


def test_polars_and_arrow_give_the_same_table() -> None:
    data = {"age": ["x", "y"], "count": [3, 12]}
    one, other = make_table(pl.DataFrame(data)), make_table(pa.table(data))
    assert one.cells.equals(other.cells)


def test_margins_are_added_once_and_add_up() -> None:
    table = read_table_file(EXAMPLES / "counts.csv")
    wide = add_margins(table, ["police_force", "age_band", "sex"])
    assert len(wide) == 2 * 4 * 5 * 3
    assert add_margins(wide, ["police_force", "age_band", "sex"]).cells.equals(wide.cells)
    linked = link_files([wide])
    assert len(linked) == len(wide)
    check_possible(linked)  # raises where a total is not the sum of its parts
    with pytest.raises(TableFileError, match="no breakdown 'region'"):
        add_margins(table, ["region"])


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters='"'),
    min_size=1,
    max_size=6,
).filter(lambda text: text == text.strip())


@st.composite
def tables(draw: st.DrawFn) -> TableFile:
    """Tables of one or two breakdowns with all margins, by any rule, printed from counts."""
    names = draw(st.lists(words, min_size=2, max_size=3, unique=True))
    count, breakdowns = names[0], names[1:]
    values = [draw(st.lists(words, min_size=2, max_size=4, unique=True)) for _ in breakdowns]
    cells = [[]]
    for each in values:
        cells = [[*cell, value] for cell in cells for value in each]
    data = {name: [cell[at] for cell in cells] for at, name in enumerate(breakdowns)}
    data[count] = [str(draw(st.integers(0, 20))) for _ in cells]
    total = "total " + "".join(v for each in values for v in each)
    table = make_table(
        pa.table(data), count=count, fixed=draw(st.dictionaries(st.just("when "), words)),
        name="table.csv",
    )  # fmt: skip
    wide = add_margins(table, breakdowns, total)
    rule = draw(st.sampled_from([None, *RULES.values()]))
    if rule is None:
        return wide
    return print_table(wide, rule, shown(wide).low)


@given(table=tables())
def test_a_table_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, table: TableFile
) -> None:
    folder = tmp_path_factory.mktemp("round")
    path, _ = write_table_file(table, folder / "table.csv")
    again = read_table_file(path)
    assert again.cells.equals(table.cells)
    assert again.columns == table.columns
    assert again.fixed == table.fixed
    assert table_file_texts(again) == table_file_texts(table)
    one, other = shown(table), shown(again)
    assert np.array_equal(one.low, other.low)
    assert np.array_equal(one.high, other.high)


@given(table=tables())
def test_the_truth_is_never_excluded(table: TableFile) -> None:
    """What is printed of a table is possible, by whichever rule."""
    check_possible(link_files([table]))
