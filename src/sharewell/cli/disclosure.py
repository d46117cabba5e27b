"""``sharewell protect``, ``attack`` and ``prove``: tables in files, with no database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from sharewell.cli.context import settings
from sharewell.cli.disclosure_words import (
    SHOWN,
    as_dict,
    tell_attack,
    tell_before,
    tell_changes,
    tell_options,
    tell_withdraw,
)
from sharewell.cli.output import (
    EXIT_FOUND,
    EXIT_LEAKS,
    Failure,
    bullet,
    format_option,
    say,
    tell_json,
)
from sharewell.disclosure import tableattack
from sharewell.disclosure.bundle import (
    INSIDE,
    RECORD,
    check_protected,
    table_paths,
    write_protected,
)
from sharewell.disclosure.coarsening import Coarsen
from sharewell.disclosure.component import Care
from sharewell.disclosure.heatmap import page
from sharewell.disclosure.margins import add_margins
from sharewell.disclosure.proof import ProofError
from sharewell.disclosure.rules import RULES, Rule, rule_by_parameters
from sharewell.disclosure.safeguard import protect_file
from sharewell.disclosure.tablefile import TableFile, TableFileError
from sharewell.disclosure.tablereading import read_plain_csv, read_table_file
from sharewell.flows.proving import check_release
from sharewell.terminal import progress_bar

width_option = click.option(
    "--width",
    type=click.IntRange(2),
    default=3,
    show_default=True,
    help="How many counts must remain possible for a hidden cell.",
)
known_option = click.option(
    "--known",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A table, or a directory of tables, that readers have already; may be repeated.",
)


@click.command()
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--rule", "rule_id", metavar="NAME", help=f"The rule: {', '.join(RULES)}.")
@click.option("--high", type=click.IntRange(0), help="Instead of --rule: star 1 to this.")
@click.option("--base", type=click.IntRange(1), help="Instead of --rule: round to multiples.")
@click.option("--margins", default="", metavar="A,B", help="Columns whose totals to add.")
@click.option(
    "--national",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Where figures are national, and exempt if the rule says so; may be repeated.",
)
@known_option
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="COLUMN=VALUE=NUMBER",
    help="How dear it is to withhold these cells (others: 1); may be repeated.",
)
@click.option(
    "--coarsen",
    multiple=True,
    metavar="COLUMN[=A+B]",
    help="What may be merged if that loses less: these categories, or without any each and the "
    "next, or the parts of each total in a hierarchy; may be repeated.",
)
@click.option("--no-ranges", is_flag=True, help="Withhold altogether what could be a range.")
@width_option
@click.option(
    "--proof-to",
    multiple=True,
    metavar="AGE-KEY",
    help="Who may open the proof: an age public key; may be repeated.",
)
@click.option("--plain-proof", is_flag=True, help="Keep the proof unencrypted. It holds the truth.")
@click.option("--out", type=click.Path(path_type=Path), help="A new directory.")
@click.option("--dry-run", is_flag=True, help="Say what would be withheld, and write nothing.")
@format_option
@click.pass_context
def protect(
    ctx: click.Context,
    table: Path,
    rule_id: str | None,
    high: int | None,
    base: int | None,
    margins: str,
    national: tuple[str, ...],
    known: tuple[Path, ...],
    weights: tuple[str, ...],
    coarsen: tuple[str, ...],
    no_ranges: bool,
    width: int,
    proof_to: tuple[str, ...],
    plain_proof: bool,
    out: Path | None,
    dry_run: bool,
    form: str,
) -> None:
    """Protect the counts in TABLE (CSV), attack the result, repair it, and prove it safe.

    A YAML of the same name beside TABLE says what is a total and what it is the sum of; without
    one, every column but 'count' is a breakdown. Writes the table as it may be published, a
    record, and in the directory 'inside' what must not leave: the proof, and a picture of the
    table before and after. Exits 4, and writes nothing, when what readers have already gives
    cells away, and says what would have to be withdrawn.
    """
    started = time.monotonic()
    if (out is None) != dry_run:
        raise Failure("Give --out, a new directory, or --dry-run to write nothing.")
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Failure(f"{out} is there already. Give a new directory, so that nothing is mixed.")
    with in_a_paragraph():
        rule = _rule(rule_id, high, base)
        counted = _counted(table, margins, national, rule)
        before = [read_table_file(path) for path in table_paths(known)]
        with progress_bar() as progress:
            done = protect_file(
                counted,
                rule,
                known=before,
                width=width,
                weights=_weights(weights),
                widen=not no_ranges,
                coarsen=_coarsen(coarsen),
                progress=progress,
            )
        seconds = time.monotonic() - started
        record = None
        if done.safe and out is not None:
            record = write_protected(
                done, before, out, page(done), proof_to=proof_to, plain_proof=plain_proof
            )
    if form == "json":
        tell_json(as_dict(done, seconds, dry_run=dry_run))
    else:
        tell_before(done)
        tell_options(done)
        tell_attack(done.after, seconds)
        if dry_run:
            tell_changes(done)
        if not done.safe:
            tell_withdraw(done)
    if not done.safe:
        ctx.exit(EXIT_LEAKS)
    if record is not None and out is not None and form == "text":
        say(f"Publish {', '.join(record['files'])} and {RECORD} from {out}.")
        if not (proof_to or plain_proof):
            say("The proof was not kept: give --proof-to, or --plain-proof.")
        say(f"Its SHA-256 is {record['proof']['sha256']}. Keep {out / INSIDE} inside.")


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="TABLES"
)
@known_option
@width_option
@click.option(
    "--quick",
    is_flag=True,
    help="Leave cells of large tables undecided where neither a leak nor enough counts is found "
    "soon. Safe is only what was shown to be.",
)
@format_option
@click.pass_context
def attack(
    ctx: click.Context,
    paths: tuple[Path, ...],
    known: tuple[Path, ...],
    width: int,
    quick: bool,
    form: str,
) -> None:
    """What a reader can learn of the hidden cells of TABLES: files, or directories of them.

    All tables are attacked together, with those that are known already: cells that mean the same
    are one, and totals are the sums of their parts. Exits 0 when every hidden cell keeps enough
    possible counts, and 4 when there are leaks.
    """
    started = time.monotonic()
    with in_a_paragraph():
        files = [read_table_file(path) for path in table_paths([*paths, *known])]
        with progress_bar() as progress:
            care: Care = "quick" if quick else "full"
            found = tableattack.attack(files, width=width, care=care, progress=progress)
    seconds = time.monotonic() - started
    if form == "json":
        tell_json(found.as_dict(seconds))
    else:
        tell_attack(found, seconds)
    if found.open_.any():
        ctx.exit(EXIT_LEAKS)


@click.command()
@click.argument(
    "directory", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False
)
@click.option("--release", help="Instead of a directory: the id of a release of this home.")
@click.option(
    "--identity",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file with the age secret key that opens the proof.",
)
@format_option
@click.pass_context
def prove(
    ctx: click.Context,
    directory: Path | None,
    release: str | None,
    identity: Path | None,
    form: str,
) -> None:
    """Check the proof in DIRECTORY, or of a release, against what was published, without a solver.

    Every witness must fit every printed cell and every sum, and each hidden cell needs two that
    are far enough apart. Exits 0 when the proof holds, and 1 otherwise.
    """
    if (directory is None) == (release is None):
        raise Failure("Give a directory that 'sharewell protect' wrote, or --release.")
    with in_a_paragraph():
        if directory is not None:
            checked = check_protected(directory, _secret(identity))
        else:
            with settings(ctx).acting() as (home, person):
                checked = check_release(home, person, str(release))
    problems = checked.problems
    if form == "json":
        tell_json(
            {
                "holds": not problems,
                "cells": checked.cells,
                "protected": checked.protected,
                "witnesses": checked.witnesses,
                "problems": list(problems),
            }
        )
    elif problems:
        say(f"The proof does NOT hold: {len(problems):,} problems.")
        for problem in problems[:SHOWN]:
            bullet(problem)
    else:
        say(
            f"The proof holds: {checked.witnesses:,} whole tables fit all {checked.cells:,} "
            f"published cells and every sum, and each of {checked.protected:,} hidden cells "
            "differs enough between two of them."
        )
    if problems:
        ctx.exit(EXIT_FOUND)


@contextmanager
def in_a_paragraph() -> Iterator[None]:
    """What a user can mend becomes a paragraph."""
    try:
        yield
    except (TableFileError, ProofError) as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}.") from None


def _rule(name: str | None, high: int | None, base: int | None) -> Rule:
    if (name is None) == (high is None and base is None):
        raise Failure("Name a rule with --rule, or give --high and --base instead.")
    if name is None:
        try:
            return rule_by_parameters(high=high or 0, base=base or 1, national_exempt=True)
        except ValueError as error:
            raise Failure(str(error)) from None
    if name not in RULES:
        raise Failure(f"No rule is called '{name}'. Known: {', '.join(RULES)}.")
    return RULES[name]


def _counted(path: Path, margins: str, national: Sequence[str], rule: Rule) -> TableFile:
    """The table of true counts with the margins asked for."""
    table = read_table_file(path) if path.with_suffix(".yaml").exists() else read_plain_csv(path)
    if table.rule is not None:
        raise TableFileError(
            f"{path.name} is protected by rule '{table.rule.id}' already, says its YAML. Give the "
            "true counts, with 'rule: none'."
        )
    table = add_margins(table, [name for name in margins.split(",") if name])
    places: dict[str, tuple[str, ...]] = {}
    for each in national:
        column, _, value = each.partition("=")
        if column not in table.cells.column_names or not value:
            raise Failure(f"--national {each}: say COLUMN=VALUE with a column of {path.name}.")
        places[column] = (*places.get(column, ()), value)
    if not rule.national_exempt:
        return replace(table, national=False)
    return replace(table, national=places) if places else table


def _weights(given: Sequence[str]) -> dict[tuple[str, str], float]:
    weights = {}
    for each in given:
        place, _, number = each.rpartition("=")
        column, _, value = place.partition("=")
        try:
            weights[column, value] = float(number)
        except ValueError:
            raise Failure(f"--weight {each}: say COLUMN=VALUE=NUMBER.") from None
    return weights


def _coarsen(given: Sequence[str]) -> Coarsen:
    found: dict[str, list[list[str]]] = {}
    for each in given:
        column, _, values = each.partition("=")
        groups = found.setdefault(column, [])
        if values:
            groups.append(values.split("+"))
    return found


def _secret(identity: Path | None) -> str | None:
    """The secret key in an identity file, whose other lines are comments."""
    if identity is None:
        return None
    lines = identity.read_text("utf-8").splitlines()
    return next((line for line in lines if line.strip() and not line.startswith("#")), "")
