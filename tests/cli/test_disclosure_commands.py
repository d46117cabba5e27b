"""``protect``, ``attack`` and ``prove`` as their users meet them: results, errors, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner, Result

from sharewell.cli import main
from sharewell.disclosure import bundle

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "disclosure"
MARGINS = "police_force,age_band,sex"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def protect(out: Path, *more: str | Path) -> Result:
    return run("protect", EXAMPLES / "counts.csv", "--rule", "hes-2018", "--margins", MARGINS,
               "--out", out, *more)  # fmt: skip


def test_attack_finds_the_worked_leak() -> None:
    result = run("attack", EXAMPLES / "leak.csv", "--format", "json")
    assert result.exit_code == 4
    found = json.loads(result.stdout)
    assert list(found) == [
        "cells", "protected", "exact", "narrow", "min_width", "seconds", "findings",
    ]  # fmt: skip
    assert (found["cells"], found["protected"], found["exact"], found["narrow"]) == (6, 4, 4, 4)
    assert found["min_width"] == 1
    assert {f["cell"]["age_band"] for f in found["findings"]} == {"0-17", "25-34", "35-44", "45+"}
    assert {(f["low"], f["high"]) for f in found["findings"]} == {(1, 1)}
    assert all("at most 12" in f["because"] for f in found["findings"])


def test_attack_in_words() -> None:
    result = run("attack", EXAMPLES / "leak.csv")
    assert result.exit_code == 4
    assert "45+ = 1" in result.stdout


def test_protect_attack_prove(tmp_path: Path) -> None:
    """The whole way: leaks by the rule alone, none after repair, proved without the solver."""
    out, key = tmp_path / "out", pyrage.x25519.Identity.generate()
    result = protect(out, "--proof-to", str(key.to_public()))
    assert result.exit_code == 0, result.output
    assert "known" not in {path.name for path in out.iterdir()}
    assert {path.name for path in (out / "inside").iterdir()} == {"heatmap.html", "proof.npz.age"}
    record = json.loads((out / "record.json").read_text("utf-8"))
    assert record["rule"]["id"] == "hes-2018"
    assert record["attack"]["narrow"] == 0
    assert sum(record["treatments"].values()) == record["attack"]["cells"] == 120
    assert record["treatments"]["range"] == 1

    attacked = run("attack", out, "--format", "json")
    assert attacked.exit_code == 0
    assert json.loads(attacked.stdout)["findings"] == []

    identity = tmp_path / "key.txt"
    identity.write_text(f"# a comment\n{key}\n", "utf-8")
    proved = run("prove", out, "--identity", identity, "--format", "json")
    assert proved.exit_code == 0, proved.output
    assert json.loads(proved.stdout)["holds"] is True
    assert "holds" in run("prove", out, "--identity", identity).stdout
    without = run("prove", out)
    assert without.exit_code == 2
    assert "encrypted" in without.stderr


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert protect(tmp_path / name, "--plain-proof").exit_code == 0
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*")]
    assert len(files) == 5
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_prove_finds_a_changed_table(tmp_path: Path) -> None:
    out = tmp_path / "out"
    protect(out, "--plain-proof")
    assert run("prove", out).exit_code == 0
    table = out / "counts.csv"
    table.write_text(table.read_text("utf-8").replace(",*", ",10", 1), "utf-8")
    result = run("prove", out)
    assert result.exit_code == 1
    assert "counts.csv is not the file" in result.stdout
    assert "allows" in result.stdout


def test_what_is_known_is_attacked_together(tmp_path: Path) -> None:
    """An earlier release stays beside the table, so that the proof can be checked."""
    first, second = tmp_path / "first", tmp_path / "second"
    protect(first)
    result = protect(second, "--known", first, "--plain-proof")
    assert result.exit_code == 0, result.output
    assert (second / "known" / "counts.csv").exists()
    assert run("prove", second).exit_code == 0
    assert run("attack", second, "--known", first).exit_code == 0


def test_what_is_out_already_is_named_and_nothing_written(tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    table.write_text("age_band,count\n0-17,1\n18-24,8\n25-34,1\n35-44,1\n45+,1\n", "utf-8")
    out = tmp_path / "out"
    result = run("protect", table, "--rule", "hes-2018", "--known", EXAMPLES / "leak.csv",
                 "--out", out, "--format", "json")  # fmt: skip
    assert result.exit_code == 4
    assert len(json.loads(result.stdout)["findings"]) == 4
    assert not out.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv"]


def test_what_would_have_to_be_taken_back_is_said(tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    table.write_text("age_band,count\n0-17,1\n18-24,8\n25-34,1\n35-44,1\n45+,1\n", "utf-8")
    arguments = ("protect", table, "--rule", "hes-2018", "--known", EXAMPLES / "leak.csv",
                 "--dry-run")  # fmt: skip
    found = json.loads(run(*arguments, "--format", "json").stdout)
    (withdraw,) = found["withdraw"]
    assert withdraw["tables"] == ["leak.csv"]
    assert withdraw["printed"] == "10"
    words = " ".join(run(*arguments).stdout.split())
    assert "would have to be taken back" in words
    assert "10 in leak.csv" in words


def test_a_dry_run_says_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    arguments = ("protect", EXAMPLES / "counts.csv", "--rule", "hes-2018", "--margins", MARGINS)
    result = run(*arguments, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "15, then 8 to 22" in " ".join(result.stdout.split())
    changed = json.loads(run(*arguments, "--dry-run", "--format", "json").stdout)["changed"]
    assert [(each["rule"], each["printed"]) for each in changed] == [("15", "8 to 22")]
    bare = json.loads(run(*arguments, "--dry-run", "--no-ranges", "--format", "json").stdout)[
        "changed"
    ]
    assert [each["printed"] for each in bare] == ["[c]"]
    for more in ((), ("--dry-run", "--out", tmp_path / "out")):
        both = run(*arguments, *more)
        assert both.exit_code == 2
        assert "--dry-run" in both.stderr
    assert list(tmp_path.iterdir()) == []


def test_merging_categories_is_compared(tmp_path: Path) -> None:
    """Each way with what it withholds and loses; the table that loses least is written."""
    table = tmp_path / "t.csv"
    rows = [("A", 1, 9, 1, 1), ("B", 9, 9, 2, 0)]
    ages = ("0-17", "18-24", "25-34", "35+")
    lines = [f"{a},{age},{n}" for a, *counts in rows for age, n in zip(ages, counts, strict=True)]
    table.write_text("\n".join(["area,age,count", *lines]) + "\n", "utf-8")
    out = tmp_path / "out"
    result = run("protect", table, "--rule", "hes-2018", "--margins", "area,age",
                 "--coarsen", "age=18-24+25-34", "--plain-proof", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "18-24 and 25-34 as 18-34: 0 withheld" in " ".join(result.stdout.split())
    assert "18-34" in (out / "t.csv").read_text("utf-8")
    assert run("prove", out).exit_code == 0
    wrong = run("protect", table, "--rule", "hes-2018", "--coarsen", "month", "--dry-run")
    assert wrong.exit_code == 2
    assert "cannot be coarsened" in " ".join(wrong.stderr.split())


def test_a_plain_csv_and_a_rule_by_parameters(tmp_path: Path) -> None:
    table = tmp_path / "plain.csv"
    table.write_text("area,sex,count\nA,1,3\nA,2,9\nB,1,12\nB,2,0\n", "utf-8")
    out = tmp_path / "out"
    result = run("protect", table, "--high", "4", "--base", "1", "--margins", "area,sex",
                 "--weight", "area=total=10", "--plain-proof", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert run("prove", out).exit_code == 0
    assert "id: star-1-4" in (out / "plain.yaml").read_text("utf-8")


def test_the_rule_before_2018_brings_its_secondary_suppression(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("protect", EXAMPLES / "counts.csv", "--rule", "hes-before-2018", "--margins",
                 MARGINS, "--plain-proof", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    treated = json.loads((out / "record.json").read_text("utf-8"))["treatments"]
    assert treated["withheld"] + treated["range"] > 0
    assert run("attack", out).exit_code == 0
    assert run("prove", out).exit_code == 0


def test_a_killed_protect_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the kill comes while it writes its files or its proof."""
    for name in ("write_table_file", "describe"):
        with monkeypatch.context() as patched:
            patched.setattr(bundle, name, killed)
            with pytest.raises(SystemError, match="killed"):
                protect(tmp_path / "out", "--plain-proof")
        assert list(tmp_path.iterdir()) == []
    assert protect(tmp_path / "out", "--plain-proof").exit_code == 0


def killed(*_: object) -> None:
    raise SystemError("killed")


def test_a_quick_attack_says_the_same_of_small_tables(tmp_path: Path) -> None:
    out = tmp_path / "out"
    protect(out)
    assert run("attack", out, "--quick").exit_code == 0
    quick = run("attack", EXAMPLES / "leak.csv", "--quick", "--format", "json")
    assert quick.exit_code == 4
    found = json.loads(quick.stdout)
    assert (found["exact"], found["narrow"]) == (4, 4)
    assert "undecided" not in found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--rule", "hes-1066"), "No rule is called 'hes-1066'"),
        ((), "Name a rule"),
        (("--rule", "hes-2018", "--high", "4"), "Name a rule"),
        (("--rule", "hes-2018", "--margins", "planet"), "no breakdown 'planet'"),
        (("--rule", "hes-2018", "--national", "planet=x"), "say COLUMN=VALUE"),
        (("--rule", "hes-2018", "--weight", "sex=1=dear"), "say COLUMN=VALUE=NUMBER"),
        (("--rule", "hes-2018", "--proof-to", "age1x"), "no age public key"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_paragraph(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    out = tmp_path / "out"
    result = run("protect", EXAMPLES / "counts.csv", "--out", out, *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_protected_table_is_not_protected_again(tmp_path: Path) -> None:
    result = run("protect", EXAMPLES / "leak.csv", "--rule", "hes-2018", "--out", tmp_path / "o")
    assert result.exit_code == 2
    assert "already" in result.stderr


def test_an_existing_directory_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    assert protect(tmp_path).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_published_files_say_nothing_of_the_table_before(tmp_path: Path) -> None:
    """Neither a withheld count nor what the attack found before repair is outside 'inside'."""
    out = tmp_path / "out"
    protect(out)
    record = (out / "record.json").read_text("utf-8")
    assert "before" not in record
    assert json.loads(record)["attack"]["findings"] == []


def test_help_says_what_exit_4_means() -> None:
    words = " ".join(run("--help").output.split())
    assert "4 hidden cells of a table can be found out" in words
    for command in ("protect", "attack", "prove"):
        assert run(command, "--help").exit_code == 0
