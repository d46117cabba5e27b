"""Reformatted pages, read back; and the commands."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from register_samples import (
    AGREEMENT,
    EDITION_B,
    SEEDS,
    edition,
    needs_samples,
    needs_seeds,
    rows_of,
    seed,
    workbook,
)

from sharewell.cli import main
from sharewell.register import RegisterError, read_page, restore_headings

PAGE = """NHS Digital Data Release Register - reformatted

University Of Example projects

1,011 data files in total were disseminated unsafely (information about files used safely ...).


Falls in winter — DARS-NIC-100001-A1B2C

Type of data: information not disclosed for TRE projects

Opt outs honoured: Identifiable, Anonymised - ICO Code Compliant, Yes, No (Section 251 NHS Act 2006)

Legal basis: Health and Social Care Act 2012 – s261(2)(a)

Purposes: Yes (Academic)

Sensitive: Non-Sensitive

When:DSA runs 2022-01-28 — 2025-01-27 2022.03 — 2022.03.

Access method: System Access

Data-controller type: UNIVERSITY OF EXAMPLE

Sublicensing allowed: Yes

Datasets:

  1. Emergency Care Data Set (ECDS)
  2. Civil Registrations of Death

Objectives:

To count falls.

Outputs:

The outputs are:
  1. a report
  2. a dashboard


When they are ready: never.

Processing:

Falls are counted.
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["register", *map(str, arguments)], catch_exceptions=False)


def test_a_page_becomes_records() -> None:
    page = read_page(PAGE)
    assert (page.organisation, page.files_stated) == ("University Of Example", 1011)
    (project,) = page.projects
    found = project.agreement
    assert (found.reference, found.version, found.title) == (
        AGREEMENT.reference,
        "",
        "Falls in winter",
    )
    assert (found.start, found.end) == (date(2022, 1, 28), date(2025, 1, 27))
    assert (found.is_commercial, found.organisation_type) == (True, "Academic")
    assert found.permits_sublicensing
    assert found.controllers == ("UNIVERSITY OF EXAMPLE",)
    assert (found.objective, found.processing) == ("To count falls.", "Falls are counted.")
    assert found.outputs is not None
    assert found.outputs.endswith("When they are ready: never.")
    assert found.benefits is None
    assert project.opt_outs == "Yes, No"
    assert project.first_release == project.last_release == date(2022, 3, 1)
    one, two = project.datasets
    assert (one.dataset, two.dataset) == (
        "Emergency Care Data Set (ECDS)",
        "Civil Registrations of Death",
    )
    assert one.type_of_data == "Identifiable, Anonymised - ICO Code Compliant"
    assert one.confidentiality == "Section 251 NHS Act 2006"
    assert one.access_method == "system access"
    assert page.edition().by_name[found.name] is found


@needs_seeds
def test_the_seeds_are_whole() -> None:
    """Every line of a seed is in some field: nothing is lost on the way."""
    for number in ("000", "001", "002"):
        page = read_page(seed(number))
        held = "\n".join(
            text
            for project in page.projects
            for text in (
                project.agreement.title,
                *project.lines.values(),
                *(row.dataset for row in project.datasets),
                project.agreement.objective or "",
                project.agreement.benefits or "",
                project.agreement.outputs or "",
                project.agreement.processing or "",
                *project.unheaded,
            )
        ).splitlines()
        _, _, body = seed(number).partition("projects).")
        for line in body.splitlines():
            words = line.split(" — DARS")[0].strip()
            words = words.removeprefix("1. ").removeprefix("2. ")
            label, colon, value = words.partition(":")
            if colon and label in page.projects[0].lines:
                words = value.strip()
            if words and words.removesuffix(":") not in (
                "Datasets", "Objectives", "Expected Benefits", "Outputs", "Processing",
            ):  # fmt: skip
                assert any(words == each.strip() for each in held), words


def test_lost_headings_are_given_back_by_a_text_that_has_them() -> None:
    bare = PAGE
    for heading in ("Objectives:", "Outputs:", "Processing:"):
        bare = bare.replace(f"\n{heading}\n\n", "\n\n\n")
    bare = bare.replace("\n\n\nWhen they are ready: never.", "")
    (project,) = read_page(bare).projects
    assert project.agreement.objective is project.agreement.outputs is None
    assert len(project.unheaded) == 3
    whole = restore_headings(project, read_page(PAGE).projects[0].agreement)
    assert whole.agreement.objective == "To count falls."
    assert whole.agreement.processing == "Falls are counted."
    assert whole.unheaded == ()
    # A text that nobody knows stays without a heading.
    alone = restore_headings(project, AGREEMENT)
    assert [text[:11] for text in alone.unheaded] == ["The outputs"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("University Of Example projects", "Hello", "No line names the organisation"),
        ("DARS-NIC-100001-A1B2C", "NIC-1", "has no agreement"),
        ("2025-01-27", "2025-02-30", "with no day 2025-02-30. It reads like 'DSA runs"),
        ("DSA runs 2022-01-28 — 2025-01-27 2022.03 — 2022.03.", "later", "'When' reads 'later'"),
    ],
)
def test_a_page_that_cannot_be_read_says_where(old: str, new: str, says: str) -> None:
    with pytest.raises(RegisterError) as caught:
        read_page(PAGE.replace(old, new), name="page.txt")
    assert says in str(caught.value)
    assert str(caught.value).startswith("page.txt, from line")


@given(st.text(max_size=200), st.integers(0, len(PAGE)))
def test_any_text_is_read_or_refused(text: str, at: int) -> None:
    for page in (PAGE[:at] + text + PAGE[at:], PAGE[:at], text):
        with suppress(RegisterError):
            read_page(page)


@needs_seeds
@needs_samples
def test_the_page_commands() -> None:
    (old,), (new,) = SEEDS.glob("001_*.txt"), SEEDS.glob("000_*.txt")
    told = json.loads(run("compare", old, new, "--format", "json").output)
    assert told["new"] == ["DARS-NIC-698171-K4M0B"]
    assert "11 became 17" in run("compare", old, new).output
    told = json.loads(run("page", new, "--against", EDITION_B, "--format", "json").output)
    assert told["files_stated"] == 17
    assert told["against"]["files_listed"] == 55
    assert "states 17 files" in run("page", new, "--against", EDITION_B).output


def test_the_report_command_in_words(tmp_path: Path) -> None:
    made = edition()
    for name in ("a.xlsx", "b.xlsx"):
        (tmp_path / name).write_bytes(workbook(rows_of(made)))
    result = run(
        "report", tmp_path / "a.xlsx", tmp_path / "b.xlsx", "--before-on", "2022-09",
        "--after-on", "2026-10",
    )  # fmt: skip
    assert result.exit_code == 0
    assert "Real changes: 0" in result.output
    assert "a.xlsx (2022-09-01)" in result.output


def test_what_cannot_be_read_is_a_paragraph(tmp_path: Path) -> None:
    file = tmp_path / "register.xlsx"
    file.write_text("Reference Number,Title")
    result = run("report", file, file)
    assert result.exit_code == 2
    assert "not an Excel workbook" in result.output
    page = tmp_path / "page.txt"
    page.write_bytes(b"\xff\xfe\x00")
    result = run("page", page)
    assert result.exit_code == 2
    assert "UTF-8" in result.output
