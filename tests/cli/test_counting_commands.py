"""``count-people`` and ``attributor`` as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sharewell.cli import main

HEADING = "first_initial,last_initial,date_of_birth,sex,postcode,client"
GOOD = (
    "j,s,1/2/80,m,L8 7XY,c1",
    "J,Smith,1980-02-01,Male,L8,c2",
    "J,S,01021980,F,L8 7AB,c3",
    "x,X,05/05/1955,F,,c4",
    "K,L,3 March 1975,F,CH41 1AA,c5",
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def write(path: Path, *rows: str, heading: str = HEADING) -> Path:
    path.write_text("\n".join([heading, *rows]) + "\n", "utf-8")
    return path


def test_people_of_a_file_in_json(tmp_path: Path) -> None:
    file = write(tmp_path / "people.csv", *GOOD)
    result = run("count-people", file, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["records"], found["dummy_records"]) == (5, 1)
    assert (found["exact"], found["stepwise"]) == (3, 2)
    assert found["low"] <= found["corrected"] <= found["high"]
    assert found["method"].startswith("Exact:")
    assert found["problems"] == []


def test_people_of_a_file_in_words(tmp_path: Path) -> None:
    result = run("count-people", write(tmp_path / "people.csv", *GOOD))
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "2 by stepwise linking, 3 by exact attributor" in words
    assert "Method. Exact:" in words
    assert "with a probability of 95 %" in words


def test_columns_by_other_names(tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", "JS,1/2/80,M,y", "KL,1/2/80,M,No", "j s,1/2/80,M,y",
                 heading="who,dob,gender,agrees")  # fmt: skip
    result = run("count-people", file, "--initials", "who", "--born", "dob", "--sex", "gender",
                 "--no-postcode", "--consent", "agrees", "--format", "json")  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["exact"], found["records"], found["without_consent"]) == (1, 2, 1)


def test_client_numbers_hold_records_together(tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", "J,S,1/2/80,M,L8,c1", "K,T,3/4/81,F,L7,c1")
    counts = [
        json.loads(run("count-people", file, *more, "--format", "json").stdout)["exact"]
        for more in ((), ("--client", "client"))
    ]
    assert counts == [2, 1]


def test_rows_that_cannot_be_read_are_told_and_left_out(tmp_path: Path) -> None:
    bad = ["J,S,31/02/1980,M,,"] * 12
    result = run("count-people", write(tmp_path / "p.csv", *GOOD, *bad))
    assert result.exit_code == 1
    assert "Row 6, date_of_birth: '31/02/1980' is a day that does not exist" in result.stderr
    assert "and 2 more problems" in result.stderr
    assert "2 by stepwise linking" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("a,b\n1,2\n", (), "There is no column 'first_initial'"),
        ("", (), "cannot be read as CSV"),
        ("a,b\n1,2,3\n", (), "cannot be read as CSV"),
    ],
)
def test_what_cannot_be_used(
    tmp_path: Path, text: str, options: tuple[str, ...], says: str
) -> None:
    file = tmp_path / "p.csv"
    file.write_text(text, "utf-8")
    result = run("count-people", file, *options)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_no_such_file(tmp_path: Path) -> None:
    assert run("count-people", tmp_path / "none.csv").exit_code == 2


@pytest.mark.parametrize(
    "parts",
    [("JS", "01/02/1980", "M"), ("John", "Smith", "1980-02-01", "male"), ("j", "s", "1/2/80", "1"),
     ("j.s. 1 feb 1980 m",)],
)  # fmt: skip
def test_the_attributor_calculator(parts: tuple[str, ...]) -> None:
    result = run("attributor", *parts)
    assert (result.exit_code, result.stdout) == (0, "JS 1980-02-01 M\n")


def test_the_calculator_knows_the_dummy_and_refuses_what_cannot_be() -> None:
    assert "dummy attributor" in run("attributor", "x x 5/5/55 F").stdout
    assert json.loads(run("attributor", "XX", "050555", "M", "--format", "json").stdout)["dummy"]
    refused = run("attributor", "JS", "31/02/1980", "M")
    assert refused.exit_code == 2
    assert "does not exist" in refused.stderr
    assert run("attributor", "JS", "01/02/1980").exit_code == 2
