"""``sharewell check-file`` and ``template`` as a supplier meets them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import CliRunner, Result
from monitoring_files import row_of, write_rows, write_sheets
from python_calamine import CalamineWorkbook

from sharewell.cli import main
from sharewell.monitoring import data_set
from sharewell.monitoring.marking import ERRORS

ON = ("--on", "2026-11-24")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "monitoring"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def client(**changes: str) -> dict[str, str]:
    return row_of(data_set().module("client"), **changes)


def test_a_sound_file_is_in_order(tmp_path: Path) -> None:
    result = run("check-file", write_rows(tmp_path / "c.csv", [client()]), *ON)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("0 errors and 0 warnings: in order")
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv"]


def test_findings_come_by_row_and_column_with_what_to_do(tmp_path: Path) -> None:
    rows = [client(), client(record_id="C2", client_id="P2", first_initial="Alexandra")]
    result = run("check-file", write_rows(tmp_path / "c.csv", rows), *ON)
    assert result.exit_code == 1
    words = " ".join(result.output.split())
    assert "MON122 c.csv, first_initial: There is more than one letter" in words
    assert "Row 3." in words
    assert "Names must not be sent." in words
    assert "Alexandra" not in result.output


def test_warnings_alone_do_not_count(tmp_path: Path) -> None:
    result = run("check-file", write_rows(tmp_path / "c.csv", [client(ethnicity="")]), *ON)
    assert result.exit_code == 0
    assert "MON215" in result.output


def test_json_has_every_finding(tmp_path: Path) -> None:
    rows = [client(sex=""), client(record_id="C2", client_id="P2", consent="perhaps")]
    path = write_rows(tmp_path / "c.csv", rows)
    result = run("check-file", path, *ON, "--format", "json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert told["ok"] is False
    assert told["tables"][0] | {"file": ""} == {
        "name": "c.csv", "file": "", "sheet": "", "module": "client", "rows": 2,
        "rows_with_errors": 2, "rows_with_warnings_only": 0, "rows_that_would_be_taken": 0,
    }  # fmt: skip
    found = {(each["code"], each["field"], tuple(each["first_rows"])) for each in told["findings"]}
    assert found == {("MON101", "sex", (2,)), ("MON112", "consent", (3,))}


def test_out_writes_findings_and_the_file_marked(tmp_path: Path) -> None:
    rows = [client(), client(record_id="C2", client_id="P2", sex="")]
    path = write_rows(tmp_path / "c.csv", rows)
    before = path.read_bytes()
    result = run("check-file", path, *ON, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert path.read_bytes() == before
    with (tmp_path / "out" / "c.findings.csv").open(encoding="utf-8-sig", newline="") as file:
        (finding,) = csv.DictReader(file)
    assert (finding["row"], finding["column"], finding["code"]) == ("3", "sex", "MON101")
    with (tmp_path / "out" / "c.marked.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert first[ERRORS] == ""
    assert second[ERRORS] == "sex: A required value is missing (MON101)"
    assert {name: second[name] for name in rows[1]} == rows[1]


def test_a_workbook_is_marked_as_a_workbook(tmp_path: Path) -> None:
    module = data_set().module("client")
    good, bad = client(), client(record_id="C2", client_id="=1+1", sex="")
    sheets = {"client": [list(module.names), list(good.values()), list(bad.values())]}
    path = write_sheets(tmp_path / "c.xlsx", sheets)
    assert run("check-file", path, *ON, "--out", tmp_path).exit_code == 1
    book = CalamineWorkbook.from_path(tmp_path / "c.marked.xlsx")
    header, first, second = book.get_sheet_by_name("client").to_python()
    place = header.index(ERRORS)
    assert first[place] == ""
    assert "sex: A required value is missing (MON101)" in second[place]


def test_a_template_filled_in_is_in_order(tmp_path: Path) -> None:
    for name in ("client.csv", "all.xlsx"):
        module = "client" if name.endswith("csv") else "all"
        result = run("template", module, "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
        result = run("check-file", tmp_path / name, *ON)
        assert result.exit_code == 0
        assert "0 errors and 1 warning" in result.output
        assert "MON003" in result.output


def test_a_template_of_another_year_says_so(tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    run("template", "outreach", "--out", path, "--data-set", "2025-26")
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name("outreach")
    assert "new_contacts" not in sheet.to_python()[0]
    assert "MON018" in run("check-file", path, *ON).output
    assert run("check-file", path, *ON, "--data-set", "2025").exit_code == 0


def test_what_cannot_be_used_is_told_in_a_paragraph(tmp_path: Path) -> None:
    for arguments, said in (
        (("template", "shoes", "--out", tmp_path / "a.csv"), "no module 'shoes'"),
        (("template", "all", "--out", tmp_path / "a.csv"), "A CSV file has one module"),
        (("template", "client", "--out", tmp_path / "a.ods"), "ends in .csv or .xlsx"),
        (("check-file", "x.csv", "--data-set", "1999"), "no data set of 1999-00"),
        (("check-file", "x.csv", "--data-set", "soon"), "not a year"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert said in result.output
    assert run("check-file", "not-there.csv").exit_code == 1


def test_the_example_of_a_bad_file_and_its_correction() -> None:
    mapping = ("--mapping", EXAMPLES / "examplia-mapping.yaml", *ON)
    bad = run("check-file", EXAMPLES / "examplia-exchange.csv", *mapping, "--format", "json")
    assert bad.exit_code == 1
    found = {each["code"] for each in json.loads(bad.output)["findings"]}
    assert {"MON104", "MON112", "MON129", "MON301", "MON207", "MON801"} <= found
    good = run("check-file", EXAMPLES / "examplia-exchange-corrected.csv", *mapping)
    assert good.exit_code == 0, good.output
