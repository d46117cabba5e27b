"""The commands for data that come in: validate, import, synthesise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal

import click

from sharewell.catalogue.datasets import DATASETS
from sharewell.catalogue.validation import validate as validate_file
from sharewell.cli.context import DateType, settings
from sharewell.cli.output import (
    EXIT_FOUND,
    Failure,
    bullet,
    format_option,
    say,
    tell_json,
)
from sharewell.flows.importing import Imported, import_file
from sharewell.synthesis import synthesise
from sharewell.terminal import progress_bar

dataset_argument = click.argument(
    "dataset", type=click.Choice([name.replace("_", "-") for name in DATASETS])
)


@click.command()
@dataset_argument
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@click.pass_context
def validate(ctx: click.Context, dataset: str, file: Path, form: str) -> None:
    """Say what is wrong with FILE (CSV with commas or pipes, gzip of it, or Parquet).

    Reports by column and row, with a code and a remedy for each finding. Changes nothing. Exits 1
    when there are errors; warnings alone do not count.
    """
    with progress_bar() as progress:
        report = validate_file(
            file, dataset, progress=lambda done: progress(f"Validating {file.name}", done)
        )
    click.echo(report.to_json() if form == "json" else report.to_text(), nl=form == "json")
    if not report.ok:
        ctx.exit(EXIT_FOUND)


@click.command("import")
@dataset_argument
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@format_option
@click.pass_context
def import_command(ctx: click.Context, dataset: str, files: tuple[Path, ...], form: str) -> None:
    """Bring FILES into the vault, each whole or not at all.

    Rows with errors are dropped and counted. A newer extract supersedes the older one of its
    year. The same file a second time changes nothing.
    """
    with settings(ctx).acting() as (home, person), progress_bar() as progress:
        done = [(file, import_file(home, person, file, dataset, progress)) for file in files]
    if form == "json":
        tell_json([_plain(file, imported) for file, imported in done])
        return
    for file, imported in done:
        bullet(describe_import(file, imported))


def describe_import(file: Path, imported: Imported) -> str:
    """An import in a sentence or two."""
    if imported.already_there:
        return f"{file.name} is in the vault already (ledger entry {imported.entry.seq})."
    dropped = sum(imported.rows_dropped.values())
    words = f"{file.name}: {imported.rows_kept:,} rows kept, {dropped:,} dropped for errors."
    if imported.superseded:
        words += f" It supersedes the extract of entry {imported.superseded}."
    if not imported.in_use:
        words += " A later extract of that year is in use, so this one is kept but not used."
    return words


def _plain(file: Path, imported: Imported) -> dict[str, object]:
    return {
        "file": str(file),
        "entry": imported.entry.seq,
        "rows_kept": imported.rows_kept,
        "rows_dropped": dict(imported.rows_dropped),
        "supersedes": imported.superseded,
        "in_use": imported.in_use,
        "already_there": imported.already_there,
    }


@contextmanager
def mistakes_told() -> Iterator[None]:
    """What an option asks for and cannot be had is told as such."""
    try:
        yield
    except ValueError as error:
        raise Failure(str(error)) from None


@click.command("synthesise")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--dataset",
    type=click.Choice([name.replace("_", "-") for name in DATASETS]),
    default="hes-apc",
    show_default=True,
)
@click.option("--first-year", type=int, default=2009, show_default=True, help="2009 is 2009-10.")
@click.option(
    "--last", type=DateType(), default="2026-09-30", show_default=True, help="The last day of data."
)
@click.option(
    "--background",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="The share of all other episodes; 1.0 gives a full national year of about 19 million.",
)
@click.option(
    "--dirt",
    type=click.FloatRange(0, 1),
    default=0.0005,
    show_default=True,
    help="The share of faulty rows.",
)
@click.option("--seed", type=int, default=612092, show_default=True)
@click.option(
    "--file-format", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True
)
def synthesise_command(
    out: Path,
    dataset: Literal["hes-apc", "pedw"],
    first_year: int,
    last: date,
    background: float,
    dirt: float,
    seed: int,
    file_format: Literal["parquet", "csv"],
) -> None:
    """Invent hospital episodes at the published national totals, and write them to OUT.

    The same seed gives the same files. Nobody in them exists, and their names say so.
    """
    with progress_bar() as progress, mistakes_told():
        files = synthesise(
            out,
            dataset="hes_apc" if dataset == "hes-apc" else "pedw",
            first_year=first_year,
            last=last,
            background=background,
            dirt=dirt,
            seed=seed,
            format=file_format,
            progress=lambda what, done, total: progress(what, done / max(total, 1)),
        )
    say(f"{sum(file.rows for file in files):,} invented episodes in {len(files)} files in {out}.")
