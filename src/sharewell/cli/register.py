"""``sharewell register``: public registers in files, with no database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from sharewell.cli.context import DateType
from sharewell.cli.output import Failure, bullet, format_option, heading, say, tell_json
from sharewell.register import (
    Page,
    RegisterError,
    Run,
    compare_pages,
    confirm,
    known_aliases,
    read_aliases,
    read_page,
    read_workbook,
)
from sharewell.register.names import Aliases
from sharewell.register.report import (
    confirmation_report,
    editions_report,
    page_report,
    pages_report,
)

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
aliases_option = click.option(
    "--aliases",
    "aliases_file",
    type=_file,
    help="More names that mean the same: a CSV with the columns kind, name, also.",
)
_KINDS = (
    ("real", "Real changes"),
    ("alias", "Another name for the same"),
    ("cosmetic", "Only looks different"),
)
_SHOWN = 40
_AROUND = 40


@click.group()
def register() -> None:
    """Read public data uses registers, and tell what changed between editions."""


@register.command()
@click.argument("before", type=_file)
@click.argument("after", type=_file)
@click.option("--before-on", type=DateType(), help="The day of BEFORE, if its name has none.")
@click.option("--after-on", type=DateType(), help="The day of AFTER, if its name has none.")
@aliases_option
@format_option
def report(
    before: Path,
    after: Path,
    before_on: date | None,
    after_on: date | None,
    aliases_file: Path | None,
    form: str,
) -> None:
    """Two editions of the official workbook: files by organisation, flags, and what changed.

    BEFORE and AFTER are .xlsx files with the sheets Agreements, Datasets and DataReleases.
    """
    with in_a_paragraph():
        told = editions_report(
            read_workbook(before, published=before_on),
            read_workbook(after, published=after_on),
            _aliases(aliases_file),
        )
    if form == "json":
        tell_json(told)
        return
    for side, edition in told["editions"].items():
        day = edition["as_of"] or "a day that is not known"
        given = "" if edition["day_given"] else ", the end of its newest file's month"
        say(
            f"{side.capitalize()}: {edition['name']} ({day}{given}), "
            f"{edition['agreements']:,} agreements in {edition['versions']:,} versions, "
            f"{edition['dataset_rows']:,} dataset rows, {edition['file_rows']:,} file rows."
        )
        for remark in edition["remarks"]:
            bullet(remark)
    _tell_organisations(told["organisations"])
    _tell_flags(told)
    _tell_changes(told["changes"])


@register.command()
@click.argument("file", type=_file)
@click.option(
    "--against",
    type=_file,
    help="The official workbook, to compare the page with.",
)
@aliases_option
@format_option
def page(file: Path, against: Path | None, aliases_file: Path | None, form: str) -> None:
    """The records in FILE: the text of a page that reformats the register."""
    with in_a_paragraph():
        read = _page(file)
        told = page_report(read)
        if against:
            found = confirm(read, read_workbook(against), _aliases(aliases_file))
            told["against"] = confirmation_report(found)
    if form == "json":
        tell_json(told)
        return
    stated = told["files_stated"]
    say(f"{told['organisation']}: {_number(stated)} files left, by the page's own count.")
    for agreement in told["agreements"]:
        heading(f"{agreement['title']} ({agreement['reference']})")
        say(f"Runs {agreement['start']} to {agreement['end']}.")
        if agreement["first_release"]:
            say(f"Files left from {agreement['first_release']} to {agreement['last_release']}.")
        for row in agreement["datasets"]:
            bullet(f"{row['dataset']}; {row['type_of_data']}; {row['legal_basis']}")
        if lost := len(agreement["unheaded"]):
            say(f"{lost} texts have lost their headings.")
    if against:
        _tell_confirmation(told["against"])


@register.command()
@click.argument("before", type=_file)
@click.argument("after", type=_file)
@aliases_option
@format_option
def compare(before: Path, after: Path, aliases_file: Path | None, form: str) -> None:
    """What changed between two snapshots of a page that reformats the register."""
    with in_a_paragraph():
        old, new = _page(before), _page(after)
        told = pages_report(old, new, compare_pages(old, new, _aliases(aliases_file)))
    if form == "json":
        tell_json(told)
        return
    for reference, field in told["headings_restored"]:
        say(f"One snapshot had lost the heading of {field} in {reference}; the other gave it back.")
    for change in told["lines"]:
        say(f"{_place(change)}: {change['before']} became {change['after']}.")
    _tell_changes(told)


@contextmanager
def in_a_paragraph() -> Iterator[None]:
    """What a user can mend becomes a paragraph."""
    try:
        yield
    except RegisterError as error:
        raise Failure(str(error)) from None


def _page(path: Path) -> Page:
    try:
        return read_page(path.read_text("utf-8-sig"), name=path.name)
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8 text. Save the page as text in UTF-8.") from None


def _aliases(path: Path | None) -> Aliases:
    return known_aliases() | read_aliases(path) if path else known_aliases()


def _tell_organisations(organisations: Sequence[dict[str, Any]]) -> None:
    heading("Files that left, and uses in a safe setting, by organisation")
    width = max((len(each["organisation"]) for each in organisations), default=0)
    click.echo(f"{'':{width}}  {'before':>9}  {'after':>9}  {'safe, before':>12}  {'after':>9}")
    for each in organisations:
        old, new = each["before"], each["after"]
        click.echo(
            f"{each['organisation']:{width}}  {_cell(old, 'file_rows'):>9}  "
            f"{_cell(new, 'file_rows'):>9}  {_cell(old, 'safe_setting_uses'):>12}  "
            f"{_cell(new, 'safe_setting_uses'):>9}"
        )
    say(
        "'-': no agreement in that edition. 'not known': the register lists no row for it, which "
        "does not say that there was none."
    )


def _tell_flags(told: dict[str, Any]) -> None:
    for side in ("before", "after"):
        heading(f"Flags, {side}")
        for each in told["overlapping_versions"][side]:
            bullet(
                f"{each['earlier']} and {each['later']} overlap by {each['days']} days "
                f"({each['first']} to {each['last']})."
            )
        for each in told["mixed_opt_out_months"][side]:
            bullet(
                f"{each['month']}: {each['dataset']} left under {each['reference']} "
                f"({each['organisation']}) in {len(each['with_opt_outs'])} files with opt-outs "
                f"and {len(each['without'])} without."
            )
        for flag, words in (
            ("sublicensing", "permits sub-licensing"),
            ("commercial", "commercial"),
        ):
            for name in told[flag][side]:
                bullet(f"{name}: {words}.")


def _tell_changes(changes: dict[str, Any]) -> None:
    heading("What changed")
    for key, words in (
        ("new", "New agreements"),
        ("new_versions", "New versions of agreements that were there"),
        ("gone", "No longer listed"),
        ("ended", "Ended in between"),
    ):
        names = changes[key]
        rest = f", and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        say(f"{words}: {len(names):,}{': ' if names else '.'}{', '.join(names[:_SHOWN])}{rest}")
    say(f"Files added: {changes['files_added']:,}; gone: {len(changes['files_gone']):,}.")
    for sign, key in (("added", "datasets_added"), ("gone", "datasets_gone")):
        for row in changes[key]:
            bullet(f"Dataset {sign}: {row['dataset']} ({row['agreement']}).")
    for kind, words in _KINDS:
        _tell_fields(f"{words}: {len(changes[kind]):,}", changes[kind])


def _tell_fields(title: str, fields: Sequence[dict[str, Any]]) -> None:
    heading(title)
    for change in fields[:_SHOWN]:
        bullet(f"{_place(change)}: {_redline(change['runs'])}")
    if len(fields) > _SHOWN:
        say(f"And {len(fields) - _SHOWN:,} more: --format json has all.")


def _tell_confirmation(told: dict[str, Any]) -> None:
    heading("Against the workbook")
    for reference, name in told["versions"].items():
        say(f"{reference} is {name} there.")
    for reference in told["unknown"]:
        say(f"{reference} is not there.")
    say(
        f"The page states {_number(told['files_stated'])} files; to its newest month the workbook "
        f"lists {_number(told['files_listed'])}."
    )
    for kind, words in _KINDS:
        some = [change for change in told["differences"] if change["kind"] == kind]
        if some:
            _tell_fields(f"{words}: {len(some):,}", some)


def _place(change: dict[str, Any]) -> str:
    return ", ".join(part for part in (change["agreement"], change["row"], change["field"]) if part)


def _redline(runs: Sequence[dict[str, Any]]) -> str:
    """Runs on a line: what went in [-...-], what came in {+...+}, what stayed cut short."""
    if len(runs) > _SHOWN and all(run["cosmetic"] or run["kind"] == "equal" for run in runs):
        return "white space, case or typography in many places"
    words = []
    for given in runs:
        run = Run(**given)
        text = re.sub(r"\s+", " ", run.text)
        if run.kind == "equal":
            long = len(text) > 2 * _AROUND
            words.append(f"{text[:_AROUND]} ... {text[-_AROUND:]}" if long else text)
        else:
            words.append(f"[-{text}-]" if run.kind == "delete" else f"{{+{text}+}}")
    return "".join(words)


def _cell(side: dict[str, Any] | None, key: str) -> str:
    return "-" if side is None else _number(side[key])


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"
