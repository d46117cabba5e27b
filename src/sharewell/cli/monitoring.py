"""``sharewell check-file`` and ``template``: files of monitoring data, with no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from sharewell.cli.context import DateType, today
from sharewell.cli.output import (
    EXIT_FOUND,
    Failure,
    bullet,
    fold,
    format_option,
    heading,
    say,
    tell_json,
)
from sharewell.monitoring import (
    Checked,
    Count,
    MonitoringError,
    Report,
    checking,
    data_set,
    read_mapping,
    read_year,
    write_findings,
    write_marked,
    write_template,
)
from sharewell.monitoring.mapping import OWN
from sharewell.terminal import progress_bar

_SHOWN = 40

data_set_option = click.option(
    "--data-set",
    "year",
    metavar="YEAR",
    help="The year of the data set, 2026 or 2026-27. Default: the latest.",
)


@click.command("check-file")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@data_set_option
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A YAML file that says how your headings, codes and dates become those of the data set.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A directory for the findings as CSV, and for the files with the findings marked.",
)
@click.option(
    "--on",
    "as_of",
    type=DateType(),
    default=today,
    help="The day after which days are in the future. Default: today.",
)
@format_option
@click.pass_context
def check_file(
    ctx: click.Context,
    files: tuple[Path, ...],
    year: str | None,
    mapping_file: Path | None,
    out: Path | None,
    as_of: date,
    form: str,
) -> None:
    """Say what is wrong with FILEs of monitoring data (CSV or .xlsx), before they are sent.

    Several files are checked together, so that clients, activity and services are compared. The
    files are not changed and nothing is sent. Exits 1 when there are errors; warnings alone do
    not count.
    """
    with in_a_paragraph():
        declared = data_set(None if year is None else read_year(year))
        mapping = OWN if mapping_file is None else read_mapping(mapping_file, declared)
        with (
            progress_bar() as progress,
            checking(files, declared, mapping=mapping, as_of=as_of, progress=progress) as checked,
        ):
            report, written = checked.report, () if out is None else _write(checked, files, out)
    if form == "json":
        tell_json({**report.plain(), "written": [str(path) for path in written]})
    else:
        _tell(report, written)
    if not report.ok:
        ctx.exit(EXIT_FOUND)


@click.command()
@click.argument("module")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .xlsx."
)
@data_set_option
def template(module: str, out: Path, year: str | None) -> None:
    """Write an empty file for MODULE of the monitoring data set; for 'all', a workbook of all.

    A workbook explains each field, and lets codes be chosen from a list.
    """
    with in_a_paragraph():
        declared = data_set(None if year is None else read_year(year))
        modules = declared.modules if module == "all" else (declared.module(module),)
        write_template(declared, modules, out)
    say(f"{out}: {', '.join(each.title for each in modules)}, data set {declared.label}.")


@contextmanager
def in_a_paragraph() -> Iterator[None]:
    """What a user can mend becomes a paragraph."""
    try:
        yield
    except MonitoringError as error:
        raise Failure(str(error)) from None


def _write(checked: Checked, files: Sequence[Path], out: Path) -> Sequence[Path]:
    out.mkdir(parents=True, exist_ok=True)
    findings = out / f"{files[0].stem}.findings.csv"
    write_findings(checked, findings)
    return [findings, *write_marked(checked, out)]


def _tell(report: Report, written: Sequence[Path]) -> None:
    """The summary first, then what to do, errors before warnings."""
    verdict = "in order" if report.ok else "not in order"
    say(
        f"{_some(report.errors, 'error')} and {_some(report.warnings, 'warning')}: {verdict} as "
        f"data set {report.year}, on {report.as_of}."
    )
    for table in report.tables:
        bullet(
            f"{table.name} ({table.module}): {_some(table.rows, 'row')}, {table.sound:,} would be "
            f"taken; {table.with_errors:,} with errors, {table.with_warnings:,} with warnings only."
        )
    for title, is_error in (("Errors", True), ("Warnings", False)):
        counts = [count for count in report.counts if count.check.is_error is is_error]
        if counts:
            heading(title)
        for count in counts[:_SHOWN]:
            _tell_count(count)
        if len(counts) > _SHOWN:
            say(f"And {len(counts) - _SHOWN:,} more kinds: --out or --format json has all.")
    if written:
        heading("Written")
        for path in written:
            bullet(str(path))


def _tell_count(count: Count) -> None:
    place = ", ".join(part for part in (count.table, count.column or count.field) if part)
    rows = ""
    if count.first:
        shown = ", ".join(f"{row:,}" for row in count.first)
        more = (
            f" and {count.rows - len(count.first):,} more" if count.rows > len(count.first) else ""
        )
        rows = f" Row{'s' if count.rows > 1 else ''} {shown}{more}."
    detail = f" ({count.detail})" if count.detail else ""
    click.echo(
        fold(f"{count.check.code} {place}: {count.check.wrong}{detail}.{rows}", "  ", "    ")
    )
    click.echo(fold(count.check.do, "    ", "    "))


def _some(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
