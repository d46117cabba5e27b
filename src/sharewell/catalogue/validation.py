"""Validating a file of episodes: one scan in bounded memory, every finding counted.

Each row gets a number whose bits say which rules hold for it. Few different numbers occur, so
counting and the first rows of every rule come from grouping by it.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb

from sharewell.catalogue import datasets
from sharewell.catalogue.fields import Dataset
from sharewell.catalogue.reading import (
    Progress,
    Source,
    column_of,
    connection,
    run,
    source,
    typed_rows,
)
from sharewell.catalogue.report import Finding, Report
from sharewell.catalogue.row_rules import ROW_RULES
from sharewell.catalogue.rules import FILE_RULES, Extract, Rule
from sharewell.catalogue.sniffing import FileFaultError, Layout, sniff

_RULES = {rule.code: rule for rule in (*FILE_RULES, *ROW_RULES)}
_BIT = {rule.code: 1 << position for position, rule in enumerate(ROW_RULES)}
ERROR_BITS = sum(_BIT[rule.code] for rule in ROW_RULES if rule.severity == "error")
_FIRST = 5

_SIGNATURES: tuple[tuple[str, frozenset[str]], ...] = (
    ("HES Accident and Emergency", frozenset({"AEATTENDDISP", "ARRIVALDATE", "AEDEPTTYPE"})),
    ("Emergency Care Data Set", frozenset({"ARRIVAL_DATE", "CHIEF_COMPLAINT", "ACUITY"})),
    ("HES Outpatients", frozenset({"APPTDATE", "ATTENDED", "ATTENDKEY"})),
    ("HES Adult Critical Care", frozenset({"CCSTARTDATE", "CCDISDATE", "CCADMITYPE"})),
    ("deaths registrations", frozenset({"CAUSE_OF_DEATH", "DATE_OF_DEATH", "REG_DATE"})),
)


def validate(
    path: Path | str, dataset: str = "hes_apc", *, progress: Progress | None = None
) -> Report:
    """Everything that is wrong with the file at ``path`` as a file of ``dataset``.

    Reads CSV (comma or pipe), gzip of either, or Parquet. What is wrong with the file is found,
    not raised; KeyError only for a dataset that is not known. ``progress`` hears the fraction
    done.
    """
    definition = datasets.dataset(dataset)
    with tempfile.TemporaryDirectory(prefix="sharewell-") as spill, connection(Path(spill)) as con:
        return examine(con, Path(path), definition, progress)[0]


def examine(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    dataset: Dataset,
    progress: Progress | None = None,
) -> tuple[Report, Source | None]:
    """The report on ``path``, and how it was read where its rows were read.

    Then ``con`` has the table ``scan``: ``row`` (from 0) and ``flaws``, the bits of `ROW_RULES`
    that hold for it.
    """
    layout: Layout | None = None
    findings: list[Finding] = []
    try:
        layout = sniff(path)
        findings += _column_findings(layout, dataset)
        if any(finding.severity == "error" for finding in findings):
            return _report(path, dataset, layout, findings), None
        opened = source(con, layout)
        extract = _extract(con, opened, dataset)
        findings += _absent_columns(extract)
        if any(finding.severity == "error" for finding in findings):
            return _report(path, dataset, layout, findings, extract=extract), None
        rows = _scan(con, opened, extract, progress)
    except FileFaultError as fault:
        findings.append(_file_finding(fault.code, fault.detail, fault.rows, fault.count))
        return _report(path, dataset, layout, findings), None
    findings += _row_findings(con, opened, extract)
    return _report(path, dataset, layout, findings, rows, extract), opened


def _report(
    path: Path,
    dataset: Dataset,
    layout: Layout | None,
    findings: Iterable[Finding],
    rows: int = 0,
    extract: Extract | None = None,
) -> Report:
    return Report(
        path=path,
        dataset=dataset.id,
        format="" if layout is None else layout.format,
        rows=rows,
        columns=() if layout is None else layout.columns,
        fyear=None if extract is None else extract.fyear,
        partyear=None if extract is None else extract.partyear,
        findings=tuple(sorted(findings, key=lambda finding: finding.code)),
    )


def _file_finding(
    code: str,
    detail: str,
    rows: tuple[int, ...] = (),
    count: int = 1,
    fields: tuple[str, ...] = (),
) -> Finding:
    rule = _RULES[code]
    meaning = rule.meaning[0].upper() + rule.meaning[1:]
    return Finding(code, rule.severity, fields, count, rows, f"{meaning}: {detail}", rule.remedy)


def _listed(names: Iterable[str], most: int = 12) -> str:
    shown = list(names)
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def _column_findings(layout: Layout, dataset: Dataset) -> list[Finding]:
    """What the names of the columns and the end of the file say, before any row is read."""
    names = [name.upper() for name in layout.columns]
    findings: list[Finding] = []
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        findings.append(
            _file_finding("HES010", _listed(twice), (1,), len(twice), fields=tuple(twice))
        )
    for title, signature in _SIGNATURES:
        if len(signature.intersection(names)) >= 2 and "EPISTART" not in names:
            findings.append(_file_finding("HES011", f"its columns are those of {title}", (1,)))
    unknown = [name for name in layout.columns if not dataset.knows(name.upper())]
    if unknown and not findings:
        findings.append(
            _file_finding("HES012", _listed(unknown), (1,), len(unknown), tuple(unknown))
        )
    if not layout.ends_with_newline:
        findings.append(_file_finding("HES013", "every value of it may still be right"))
    return findings


def _absent_columns(extract: Extract) -> list[Finding]:
    dataset, columns = extract.dataset, extract.columns
    absent = [
        field
        for field in dataset.fields
        if field.exists_in(extract.year) and column_of(field, columns) is None
    ]
    # The joined diagnoses can be built from the columns of single diagnoses.
    if "DIAG_4_02" in columns:
        absent = [field for field in absent if field.name != "DIAG_4_CONCAT"]
    findings = []
    for code, required in (("HES009", True), ("HES015", False)):
        names = tuple(field.name for field in absent if field.required is required)
        if names:
            findings.append(_file_finding(code, ", ".join(names), (1,), len(names), names))
    return findings


def _extract(con: duckdb.DuckDBPyConnection, opened: Source, dataset: Dataset) -> Extract:
    """The FYEAR and PARTYEAR that most of the first rows have."""
    sql = (
        f"SELECT FYEAR, PARTYEAR FROM (SELECT FYEAR, PARTYEAR, YEARS_SOUND FROM "
        f"({typed_rows(opened, dataset)}) LIMIT 10000) WHERE YEARS_SOUND "
        "GROUP BY ALL ORDER BY count(*) DESC, FYEAR, PARTYEAR LIMIT 1"
    )
    try:
        found = con.execute(sql).fetchone()
    except duckdb.Error as error:
        raise _damage(error) from None
    fyear, partyear = found or (None, None)
    return Extract(dataset, fyear, partyear, opened.columns)


def _damage(error: duckdb.Error) -> FileFaultError:
    """The fault of the file behind ``error``; an error of our own SQL is raised as it is."""
    ours = isinstance(error, duckdb.ProgrammingError)
    if ours and not isinstance(error, duckdb.InvalidInputException):
        raise error
    first = str(error).splitlines()[0]
    if "GZIP" in first.upper():
        return FileFaultError("HES006", "the gzip file ends before its end mark, or is damaged")
    return FileFaultError("HES006", first)


def _applied(extract: Extract) -> list[tuple[Rule, str]]:
    """The rules that have something to say on this file, with their predicates.

    A rule on a column that the file lacks is silent: the column itself is reported.
    """
    applied = []
    for rule in ROW_RULES:
        read = [f for f in rule.fields if f in extract.dataset.by_name]
        fields = [extract.dataset.field(name) for name in read]
        lacks = any(
            column_of(field, extract.columns) is None and field.name != "DIAG_4_CONCAT"
            for field in fields
        )
        predicate = None if lacks else rule.sql(extract)
        if predicate is not None:
            applied.append((rule, predicate))
    return applied


def _scan(
    con: duckdb.DuckDBPyConnection, opened: Source, extract: Extract, progress: Progress | None
) -> int:
    """Make the table ``scan`` of the file's rows; how many there are.

    Raises FileFaultError where the file turns out to be damaged, wrongly encoded or ragged.
    """
    bits = " + ".join(
        f"CASE WHEN {predicate} THEN {_BIT[rule.code]}::BIGINT ELSE 0 END"
        for rule, predicate in _applied(extract)
    )
    sql = (
        "CREATE TEMP TABLE scan AS "
        f"SELECT ROW_NUMBER AS row, KEY AS key, {bits or '0::BIGINT'} AS flaws "
        f"FROM ({typed_rows(opened, extract.dataset, (extract.fyear, extract.partyear))})"
    )
    if opened.layout.kind == "csv":
        con.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    try:
        run(con, sql, progress, (0.0, 0.9))
    except duckdb.Error as error:
        raise _damage(error) from None
    if opened.layout.kind == "csv":
        _raise_rejected(con)
    (rows,) = con.execute("SELECT count(*) FROM scan").fetchone() or (0,)
    if rows == 0:
        raise FileFaultError("HES003", "0 rows")
    repeated = (
        f"UPDATE scan SET flaws = flaws + {_BIT['HES104']} WHERE row IN (SELECT unnest("
        "list_sort(list(row))[2:]) FROM scan WHERE key IN (SELECT key FROM scan "
        "WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1) GROUP BY key)"
    )
    run(con, repeated, progress, (0.9, 1.0))
    return int(rows)


def _raise_rejected(con: duckdb.DuckDBPyConnection) -> None:
    """Raise FileFaultError for the gravest kind of line that DuckDB could not read."""
    kinds = (
        ("HES005", "error_type = 'INVALID ENCODING'", "perhaps it is Latin-1"),
        ("HES008", "error_type = 'UNQUOTED VALUE'", "the value goes on to the end of the file"),
        ("HES007", "error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS')", ""),
        ("HES006", "true", ""),
    )
    for code, condition, words in kinds:
        found = con.execute(
            "SELECT count(DISTINCT line), list_sort(list(DISTINCT line))[:5], "
            f"arg_min(error_message, line) FROM reject_errors WHERE {condition}"
        ).fetchone()
        if found and found[0]:
            count, lines, message = found
            if widths := re.search(r"Columns: (\d+) Found: (\d+)", message):
                words = f"line {lines[0]} has {widths[2]} for {widths[1]} columns"
            raise FileFaultError(code, words or message, tuple(lines), int(count))


def _row_findings(
    con: duckdb.DuckDBPyConnection, opened: Source, extract: Extract
) -> list[Finding]:
    groups = con.execute(
        f"SELECT flaws, count(*), min(row + 1, {_FIRST}) FROM scan WHERE flaws <> 0 GROUP BY flaws"
    ).fetchall()
    findings = []
    for rule in ROW_RULES:
        hit = [(count, rows) for flaws, count, rows in groups if flaws & _BIT[rule.code]]
        if not hit:
            continue
        first = sorted(row for _, rows in hit for row in rows)[:_FIRST]
        meaning = rule.meaning.format(year=extract.label)
        message = meaning[0].upper() + meaning[1:]
        if rule.code == "HES014":
            message += ": " + _extracts(con, opened, extract)
        count = sum(count for count, _ in hit)
        findings.append(
            Finding(
                rule.code, rule.severity, rule.fields, count, tuple(first), message, rule.remedy
            )
        )
    return findings


def _extracts(con: duckdb.DuckDBPyConnection, opened: Source, extract: Extract) -> str:
    pairs = con.execute(
        f"SELECT DISTINCT FYEAR, PARTYEAR FROM ({typed_rows(opened, extract.dataset)}) "
        "WHERE YEARS_SOUND ORDER BY ALL LIMIT 8"
    ).fetchall()
    return ", ".join(f"FYEAR {fyear} PARTYEAR {partyear}" for fyear, partyear in pairs)
