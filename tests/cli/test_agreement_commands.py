"""The life of an agreement on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from sharewell.cli.main import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DRUGS = "DARS-NIC-698171-K4M0B"
PEOPLE = {
    "max": ("Home Office", "agreement manager"),
    "hope": ("Home Office", "signatory"),
    "nell": ("NHS England", "signatory"),
}


@pytest.fixture
def run(home: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("DATABASE_URL", database)
    home.mkdir(exist_ok=True)
    people = {
        name: {"name": name.title(), "organisation": house, "role": role}
        for name, (house, role) in PEOPLE.items()
    }
    (home / "people.yaml").write_text(yaml.safe_dump({"people": people}), "utf-8")

    def call(person: str, *arguments: str, code: int = 0) -> str:
        given = ["--home", str(home), "--as", person, "agreements", *arguments]
        outcome = CliRunner().invoke(main, given)
        assert outcome.exit_code == code, outcome.output
        return " ".join(outcome.output.split())

    return call


def test_drafted_signed_by_two_and_ended(run: object, tmp_path: Path) -> None:
    assert callable(run)
    raw = (EXAMPLES / "agreements" / f"{DRUGS}-v0.3.yaml").read_text("utf-8")
    raw = raw.replace('version: "0.3"', 'version: "1.0"')
    raw = re.sub(
        "first: 2024-03-28\n  last: 2027-03-27", "first: 2027-01-01\n  last: 2029-01-01", raw
    )
    file = tmp_path / "mine.yaml"
    file.write_text(raw, "utf-8")
    name, day = f"{DRUGS}-v1.0", ("--on", "2026-11-24")
    assert "Say which benefits" in run("max", "draft", str(file), *day, code=2)
    run("max", "draft", str(file), "--yielded", "Two briefings.", *day)
    assert "may not sign" in run("max", "sign", name, *day, code=3)
    assert f"{name} is issued." in run("max", "issue", name, *day)
    assert "signed by some" in run("hope", "sign", name, *day)
    assert "to sign: NHS England" in run("max", "drafts")
    assert "signed by all" in run("nell", "sign", name, *day)
    assert f"({name})" in run("max", "show", "--agreement", DRUGS, "--on", "2028-01-01")
    ended = run("max", "end", DRUGS, "--until", "2027-06-30", "--reason", "Done.", *day)
    assert "Duties that begin: certificate-of-destruction." in ended
    refused = ("decide", "--agreement", DRUGS, "--flow", "supply", "--on", "2028-01-01")
    assert "2027-06-30" in run("max", *refused, code=3)
    assert "no draft called" in run("hope", "sign", "X-v1.0", *day, code=2).lower()
