"""The command line as its users meet it: help, decisions, errors in a paragraph, exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sharewell.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = REPOSITORY / "docs" / "reference" / "command-line.md"
DRUGS = "DARS-NIC-698171-K4M0B"


def run(*arguments: str) -> Result:
    """Runs a command in this process."""
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_the_help_is_a_tour() -> None:
    words = run("--help").output
    order = [words.index(title) for title in (
        "Start here", "What may be done", "What comes in", "What goes out", "What happened",
    )]  # fmt: skip
    assert order == sorted(order)
    assert "Exit codes" in words


def test_the_issue_in_one_command() -> None:
    result = run(
        "agreements", "decide", "--agreement", DRUGS, "--flow", "extract", "--to", "LSE",
        "--table", "poisonings", "--breakdown", "ethnicity", "--on", "2026-11-22",
        "--format", "json",
    )  # fmt: skip
    assert result.exit_code == 3
    answer = json.loads(result.output)
    assert answer["allowed"] is False
    (clause,) = answer["clauses"]
    assert clause["words"] == "No ethnicity or gender data will be shared."
    assert answer["would_allow"]


def test_allowed_exits_with_zero() -> None:
    result = run(
        "agreements", "decide", "--agreement", DRUGS, "--flow", "extract", "--to", "LSE",
        "--table", "poisonings", "--on", "2026-11-22",
    )  # fmt: skip
    assert result.exit_code == 0
    assert "Allowed" in result.output


def test_the_examples_are_in_order() -> None:
    result = run("agreements", "check")
    assert result.exit_code == 0, result.output
    assert result.output.count("in order") == 5


def test_another_reading_can_be_tried(tmp_path: Path) -> None:
    file = REPOSITORY / "examples" / "agreements" / f"{DRUGS}-v0.3.yaml"
    assert (
        run("agreements", "check", str(file), "--choose", "data-from=calendar-2010").exit_code == 0
    )
    wrong = run("agreements", "check", str(file), "--choose", "data-from=never")
    assert wrong.exit_code == 1
    assert "calendar-2010" in wrong.output


def test_a_broken_agreement_names_line_and_remedy(tmp_path: Path) -> None:
    good = (REPOSITORY / "examples" / "agreements" / f"{DRUGS}-v0.3.yaml").read_text("utf-8")
    file = tmp_path / "broken.yaml"
    file.write_text(good.replace("cadence: quarterly", "cadence: fortnightly", 1), "utf-8")
    result = run("agreements", "check", str(file))
    assert result.exit_code == 1
    line = good[: good.index("cadence: quarterly")].count("\n") + 1
    words = " ".join(result.output.split())
    assert f"broken.yaml, line {line}, clause poisonings" in words
    assert "monthly" in words


def test_versions_are_compared_in_words() -> None:
    result = run("agreements", "diff", "DARS-NIC-612092-Q0Y6F-v0.2", "DARS-NIC-612092-Q0Y6F-v1.3")
    assert result.exit_code == 0
    assert "Became allowed" in result.output
    assert "2028-01-27" in result.output


def test_overlapping_versions_are_shown() -> None:
    assert "85 days" in run("agreements", "list").output


def test_the_schema_is_json() -> None:
    assert json.loads(run("agreements", "schema").output)["title"] == "Sharewell agreement"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["agreements", "show", "--agreement", "DARS-NIC-000000-AAAAA"], 2, "There are"),
        (["supply", "--agreement", DRUGS], 2, "Say who acts"),
        (["--as", "nobody", "supply", "--agreement", DRUGS], 2, "people.yaml"),
        (["supply", "--agreement", DRUGS, "--from", "yesterday"], 2, "2026-09-30"),
        (["validate", "hes-apc", "nowhere.csv"], 1, "nowhere.csv"),
        (["agreements", "decide", "--agreement", DRUGS, "--flow", "steal"], 2, "steal"),
        (["--home", "/dev/null/x", "people"], 0, ""),
        (["--home", "/proc/x", "--as", "a", "supply", "--agreement", DRUGS], 2, "/proc/x"),
        (["synthesise", "/proc/x"], 2, "/proc/x"),
        (["synthesise", "out", "--first-year", "1990"], 2, "2009"),
        (["synthesise", "out", "--last", "2001-01-01"], 2, "2001"),
        (["ledger", "verify"], 2, "There is no Sharewell home"),
        (["agreements", "list", "--format", "yaml"], 2, "yaml"),
    ],
)
def test_a_users_mistake_is_a_paragraph(
    arguments: list[str], code: int, says: str, tmp_path: Path, database: str
) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "sharewell", "--home", str(tmp_path / "home"), *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "DATABASE_URL": database},
        check=False,
    )
    output = process.stdout + process.stderr
    assert process.returncode == code, output
    assert says in " ".join(output.split())
    assert "Traceback" not in output


def pages(command: click.Command, name: str, parent: click.Context | None) -> list[str]:
    """The help of a command and of every command under it, as sections of the page."""
    settings = {**command.context_settings, "max_content_width": 96, "terminal_width": 96}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    # A command remembers the help option that it was first asked with; the page must not.
    command._help_option = None
    text = re.sub(r"[ \t]+$", "", command.get_help(context), flags=re.MULTILINE)
    command._help_option = None
    path = context.command_path
    level = "##" if path.count(" ") < 2 else "###"
    found = [f"{level} {path}\n\n```text\n{text.strip()}\n```\n"]
    for below, each in command.commands.items() if isinstance(command, click.Group) else ():
        found += pages(each, below, context)
    return found


def reference() -> str:
    """The reference page, made from the help texts."""
    head = (
        "# The command line\n\nMade from the help texts by a test; "
        "`SHAREWELL_UPDATE_DOCS=1 make test` makes it again.\n"
    )
    return "\n".join([head, *pages(main, "sharewell", None)])


def test_the_reference_page_is_current() -> None:
    made = re.sub(r"\[default: \d{4}-\d{2}-\d{2}\]", "", reference())
    if os.environ.get("SHAREWELL_UPDATE_DOCS"):
        REFERENCE.write_text(made, "utf-8")
    assert REFERENCE.read_text("utf-8") == made, "Run SHAREWELL_UPDATE_DOCS=1 make test."
