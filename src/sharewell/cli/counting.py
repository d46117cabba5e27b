"""``sharewell count-people`` and ``attributor``: people in files, with no database."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
from pyarrow import csv

from sharewell.cli.context import today
from sharewell.cli.output import EXIT_FOUND, Failure, bullet, format_option, say, tell_json
from sharewell.linkage import (
    Attributor,
    AttributorError,
    ColumnError,
    Columns,
    Linked,
    PeopleCount,
    Policy,
    Reading,
    count_people,
    link,
    parse_attributor,
    parse_whole,
    read_records,
)

_SHOWN = 10


@click.command("count-people")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--first", default="first_initial", show_default=True, help="Its column.")
@click.option("--last", default="last_initial", show_default=True, help="Its column.")
@click.option("--initials", help="Instead of these two: one column of both initials.")
@click.option("--born", default="date_of_birth", show_default=True, help="Its column.")
@click.option("--sex", default="sex", show_default=True, help="Its column.")
@click.option(
    "--postcode", default="postcode", show_default=True, help="Its column; whole or district."
)
@click.option("--no-postcode", is_flag=True, help="The file has no postcodes.")
@click.option("--client", help="The column of a service's own client numbers, if it has one.")
@click.option("--consent", help="The column of consent: rows that say No are left out.")
@click.option("--district-must-agree", is_flag=True, help="Link nobody whose district differs.")
@click.option(
    "--level", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True,
    help="How sure the interval is.",
)  # fmt: skip
@format_option
@click.pass_context
def count_people_command(
    ctx: click.Context,
    file: Path,
    first: str,
    last: str,
    initials: str | None,
    born: str,
    sex: str,
    postcode: str,
    no_postcode: bool,
    client: str | None,
    consent: str | None,
    district_must_agree: bool,
    level: float,
    form: str,
) -> None:
    """How many people are in FILE (CSV): exact, stepwise and corrected, with an interval.

    People are known by their attributor: first and last initial, date of birth and sex, however
    it is typed. The dummy attributor, X X born 05/05/1955, is activity and nobody. Nothing is
    stored or sent. Exits 1 when rows cannot be read; they are told, and left out.
    """
    columns = Columns(
        first, last, initials, born, sex, None if no_postcode else postcode, client, consent
    )
    try:
        reading = read_records(_table(file, columns), columns, on=today())
    except ColumnError as error:
        raise Failure(f"{file}: {error} Options such as --born name columns.") from None
    linked = link(reading.records, policy=Policy(district_must_agree=district_must_agree))
    count = count_people(reading.records, linked, level=level)
    if form == "json":
        tell_json(_as_dict(file, reading, linked, count))
    else:
        _tell(reading, linked, count)
    if reading.problems:
        ctx.exit(EXIT_FOUND)


@click.command("attributor")
@click.argument("parts", nargs=-1, required=True, metavar="INITIALS BORN SEX")
@format_option
def attributor_command(parts: tuple[str, ...], form: str) -> None:
    """Work out an attributor: JS 01/02/1980 M, or John Smith 01/02/1980 M.

    Give two initials, or a first and a last name, then the date of birth and the sex. Nothing is
    stored or sent.
    """
    try:
        found = _attributor(parts)
    except AttributorError as error:
        raise Failure(str(error)) from None
    if form == "json":
        tell_json({
            "attributor": str(found), "first": found.first, "last": found.last,
            "born": str(found.born), "sex": found.sex, "dummy": found.is_dummy,
        })  # fmt: skip
        return
    click.echo(str(found))
    if found.is_dummy:
        say(
            "This is the dummy attributor, for people who object: it counts as activity, never "
            "as a person, and is never linked."
        )


def _attributor(parts: tuple[str, ...]) -> Attributor:
    if len(parts) == 4:
        return parse_attributor(*parts, on=today())
    return parse_whole(" ".join(parts), on=today())


def _table(file: Path, columns: Columns) -> pa.Table:
    """The columns that are needed, as text and nothing else."""
    texts = {name: pa.string() for name in columns.needed}
    try:
        with csv.open_csv(file) as reader:
            missing = set(texts) - set(reader.schema.names)
            if missing:
                return reader.schema.empty_table()
        return csv.read_csv(
            file,
            convert_options=csv.ConvertOptions(
                column_types=texts, include_columns=list(texts), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        reason = str(error).splitlines()[0]
        raise Failure(
            f"{file} cannot be read as CSV in UTF-8 with a heading: {reason}. Save it as such."
        ) from None


def _tell(reading: Reading, linked: Linked, count: PeopleCount) -> None:
    say(count.words)
    for words in (
        f"{count.records:,} records, {count.dummy_records:,} of them with the dummy attributor."
        + (f" {reading.refused:,} more without consent, left out." if reading.refused else ""),
        f"{count.spurious:,.0f} attributors are taken to be recording errors, and "
        f"{count.sharing:,.0f} people to share another's.",
        f"The interval holds the number with a probability of {100 * count.level:g} %, if errors "
        "are of the kinds that the steps know.",
    ):
        bullet(words)
    if count.heaped:
        bullet(f"{count.heaped:,} days of birth are recorded far too often; they may be made up.")
    if count.queue:
        bullet(f"{count.queue:,} pairs are doubtful. The first:")
        click.echo(f"    {linked.explain(0, linked.queue)}")
    say(f"Method. {count.method}")
    if reading.problems:
        click.echo(f"\nRows left out, as they cannot be read: {_rows(reading):,}.", err=True)
        for problem in reading.problems[:_SHOWN]:
            click.echo(f"  - {problem}", err=True)
        if len(reading.problems) > _SHOWN:
            click.echo(f"  - and {len(reading.problems) - _SHOWN:,} more problems.", err=True)


def _rows(reading: Reading) -> int:
    return len({problem.row for problem in reading.problems})


def _as_dict(file: Path, reading: Reading, linked: Linked, count: PeopleCount) -> dict[str, Any]:
    queue = linked.queue
    return {
        "file": str(file),
        **{
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in dataclasses.asdict(count).items()
        },
        "without_consent": reading.refused,
        "rows_left_out": _rows(reading),
        "problems": [dataclasses.asdict(problem) for problem in reading.problems],
        "doubtful": [linked.explain(row, queue) for row in range(min(len(queue), _SHOWN))],
    }
