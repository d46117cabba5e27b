"""Checking files: each table read once in pieces, then the records against one another.

A piece of a table is read as the fields of its module, and every check of values and rows runs
over it at once. Only the fields that cross-record checks need are kept, in a table per module that
may spill to a temporary directory, which is deleted at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sharewell.monitoring.errors import FileFaultError
from sharewell.monitoring.mapping import OWN, SupplierMapping
from sharewell.monitoring.model import Check, DataSet, Module
from sharewell.monitoring.opening import Fitted, fit, open_tables
from sharewell.monitoring.probes import Probe, probes, words
from sharewell.monitoring.report import Count, Finding, Report, TableSummary, in_order
from sharewell.monitoring.tables import ROWS, Batch, Table, ahead
from sharewell.monitoring.typed import add_codes, literal, typed_rows, value_type

Progress = Callable[[str, float], None]
"""Hears what is being done and the fraction of it that is done."""

MEMORY = "400MB"
"""What the engine may use before it spills to disk."""

_FIRST = 5
_FINDINGS_AT_A_TIME = 10_000
_KEPT = ("person", "dummy", "day", "digest")
_KEPT_TYPES = {"person": "VARCHAR", "dummy": "BOOLEAN", "day": "DATE", "digest": "UBIGINT"}


@dataclass(frozen=True, eq=False)
class RowFindings:
    """What is wrong with the rows of a table. ``rows`` (k,) are those at fault, in order, and
    ``kind`` (k,) says which of ``kinds`` each is of; the first kind is nothing."""

    rows: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    kinds: tuple[tuple[Finding, ...], ...]

    def of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The kind of each row, at fault or not."""
        if not len(self.rows):
            return np.zeros(len(rows), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.kind[at], 0)


@dataclass
class Checked:
    """Files that were checked. ``report`` is the summary; the rest is read on demand while the
    check is open."""

    declared: DataSet
    report: Report
    tables: tuple[Fitted, ...]
    _work: _Work
    _probes: dict[int, tuple[Check, str]]

    @property
    def _con(self) -> duckdb.DuckDBPyConnection:
        return self._work.con

    def add(self, check: Check, src: int, name: str, rows: Sequence[int]) -> None:
        """Adds what somebody else found in rows of table number ``src``, at the field ``name``:
        who keeps records already finds more than the files say. Read ``report`` anew."""
        number = self._work.number(check, name)
        if number not in self._probes:
            self._probes[number] = (check, name)
            self._con.execute("INSERT INTO probes VALUES (?, ?)", [number, check.is_error])
        self._con.register("added", pa.table({"row": pa.array(rows, pa.int64())}))
        self._con.execute(
            f"INSERT INTO findings SELECT {src}, row, {number} FROM added EXCEPT "
            f"SELECT src, row, probe FROM findings WHERE probe = {number}"
        )
        self._con.unregister("added")
        _find_faulty(self._con)
        self.report = _report(self._work, self._probes)

    @property
    def of_whole(self) -> Sequence[Finding]:
        """The findings of whole files and tables."""
        return self._work.whole

    def findings(self, most: int | None = None) -> Iterator[Finding]:
        """Every finding: of whole files and tables, then by table, row and code; of each kind the
        first ``most``."""
        yield from self._work.whole
        some_of = (
            ""
            if most is None
            else f"QUALIFY row_number() OVER (PARTITION BY src, probe ORDER BY row) <= {most} "
        )
        found = self._con.cursor().execute(
            f"SELECT src, row, probe FROM findings {some_of}ORDER BY src, row, probe"
        )
        while some := found.fetchmany(_FINDINGS_AT_A_TIME):
            for src, row, probe in some:
                check, name = self._probes[probe]
                fitted = self.tables[src]
                yield Finding(check, fitted.table.name, row, fitted.heading(name), name)

    def findings_by_row(self, src: int) -> RowFindings:
        """The findings of table number ``src`` by row. Rows in which the same is wrong share
        theirs, which do not say the row."""
        cursor = self._con.cursor()
        found = cursor.sql(
            "SELECT row, string_agg(CAST(probe AS VARCHAR), ',' ORDER BY probe) AS probes "
            f"FROM findings WHERE src = {src} GROUP BY row ORDER BY row"
        ).to_arrow_table()
        cursor.close()
        fitted = self.tables[src]
        probes = found["probes"].combine_chunks().dictionary_encode()
        kinds: list[tuple[Finding, ...]] = [()]
        for key in probes.dictionary.to_pylist():
            checks = [self._probes[int(number)] for number in key.split(",")]
            kinds.append(
                tuple(
                    Finding(check, fitted.table.name, None, fitted.heading(name), name)
                    for check, name in checks
                )
            )
        return RowFindings(
            rows=found["row"].to_numpy(), kind=probes.indices.to_numpy() + 1, kinds=tuple(kinds)
        )

    def write_findings(self, path: Path) -> int:
        """Writes the findings of rows as CSV, by table and row, without headings: table, row,
        column, field, code, level, what is wrong, what to do, and nothing; how many."""
        told = [
            (src, number, fitted.table.name, fitted.heading(name), name, check.code, check.level,
             check.wrong, check.do)
            for src, fitted in enumerate(self.tables)
            for number, (check, name) in self._probes.items()
        ]  # fmt: skip
        names = ("src", "probe", "table", "column", "field", "code", "level", "wrong", "do")
        columns = zip(*told, strict=True) if told else [()] * len(names)
        texts = dict(zip(names, map(list, columns), strict=True))
        cursor = self._con.cursor()
        cursor.register("told", pa.table(texts))
        ((count,),) = cursor.execute(
            """COPY (SELECT "table", row, "column", field, code, level, wrong, "do", '' """
            "FROM findings JOIN told USING (src, probe) ORDER BY src, row, probe) "
            f"TO {literal(str(path))} (FORMAT csv, HEADER false)"
        ).fetchall()
        return int(count)

    def sound_rows(self, src: int) -> Iterator[pa.Table]:
        """The rows of table number ``src`` that have no error, read anew and in order, in pieces.

        Columns: ``row``; the fields of the module (text, int32, double, date32, time64); ``age``
        in years, ``dummy`` and ``person`` (see `typed`).
        """
        fitted = self.tables[src]
        cursor = self._con.cursor()
        # A cursor is a connection of its own: temporary tables are not shared, these are not.
        names = ", ".join(("row", *fitted.module.names, "age", "dummy", "person"))
        for batch in ahead(fitted.table.read()):
            cursor.register("piece", _piece(batch))
            yield cursor.sql(
                f"SELECT {names} FROM "
                f"({typed_rows(fitted.module, fitted.places, fitted.columns, 'piece')}) "
                f"WHERE row NOT IN (SELECT row FROM faulty WHERE src = {src} AND is_error) "
                "ORDER BY row"
            ).to_arrow_table()
        cursor.close()


@dataclass
class _Work:
    """What a check gathers on its way."""

    con: duckdb.DuckDBPyConnection
    declared: DataSet
    mapping: SupplierMapping
    as_of: date
    progress: Progress
    tables: list[Fitted] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    whole: list[Finding] = field(default_factory=list)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def tell(
        self, code: str, table: str, detail: str, column: str = "", row: int | None = None
    ) -> None:
        """Notes a finding of a whole file or table."""
        self.whole.append(Finding(self.declared.check(code), table, row, column, "", detail))

    def number(self, check: Check, name: str) -> int:
        """The number of a check on a field, in the order of first use."""
        return self.numbers.setdefault((check.code, name), len(self.numbers))


@contextmanager
def checking(
    paths: Sequence[Path],
    declared: DataSet,
    *,
    mapping: SupplierMapping = OWN,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> Iterator[Checked]:
    """Check the files at ``paths`` together, as files of the data set ``declared``.

    What is wrong is found, not raised. Days after ``as_of`` (today) are in the future. The files
    are read and not changed; nothing is sent anywhere.
    """
    with tempfile.TemporaryDirectory(prefix="sharewell-") as spill:
        con = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY,
                "temp_directory": spill,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            work = _Work(
                con,
                declared,
                mapping,
                as_of or datetime.now(UTC).date(),
                progress or (lambda _what, _done: None),
            )
            yield _checked(work, paths)
        finally:
            con.close()


def _checked(work: _Work, paths: Sequence[Path]) -> Checked:
    add_codes(work.con)
    work.con.execute(
        "CREATE TABLE findings (src SMALLINT, row BIGINT, probe SMALLINT);"
        "CREATE TABLE probes (probe SMALLINT, is_error BOOLEAN)"
    )
    for module in work.declared.modules:
        _make_key_table(work.con, module)
    for path in paths:
        first = len(work.tables)
        for fitted in _fitted(work, path):
            _read(work, fitted)
        if len(work.tables) > first and not any(work.rows[first:]):
            work.tell("MON003", path.name, "no row follows the headings")
    _compare_records(work)
    found = {
        number: (work.declared.check(code), name)
        for (code, name), number in work.numbers.items()
    }  # fmt: skip
    if found:
        work.con.executemany(
            "INSERT INTO probes VALUES (?, ?)",
            [(number, check.is_error) for number, (check, _) in found.items()],
        )
    _find_faulty(work.con)
    return Checked(work.declared, _report(work, found), tuple(work.tables), work, found)


def _find_faulty(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE OR REPLACE TABLE faulty AS SELECT src, row, bool_or(is_error) AS is_error "
        "FROM findings JOIN probes USING (probe) GROUP BY src, row"
    )


def _fitted(work: _Work, path: Path) -> Iterator[Fitted]:
    """The tables of the file that can be read as a module; the others are findings."""
    try:
        tables = open_tables(path, work.declared)
    except FileFaultError as fault:
        work.tell(fault.code, path.name, fault.detail, row=fault.row)
        return
    pairs = [(table, fit(table, work.declared, work.mapping)) for table in tables]
    none = all(fitted is None for _, fitted in pairs)
    for table, fitted in pairs:
        if fitted is None:
            _tell_unknown(work, table, none)
            continue
        for code, detail in table.notes:
            work.tell(code, table.name, detail)
        for code, heading, detail in fitted.notes:
            work.tell(code, table.name, detail, heading)
        if not any(work.declared.check(code).is_error for code, _, _ in fitted.notes):
            yield fitted


def _tell_unknown(work: _Work, table: Table, none: bool) -> None:
    shown = ", ".join(table.headings[:8])
    work.tell("MON008" if none else "MON019", table.name, f"it has: {shown}")


def _make_key_table(con: duckdb.DuckDBPyConnection, module: Module) -> None:
    fields = [f"{f.name} {value_type(f)}" for f in module.fields if f.key]
    kept = [f"{name} {_KEPT_TYPES[name]}" for name in _KEPT]
    absent = [
        f"{name} {kind}"
        for name, kind in (("client_id", "VARCHAR"),)
        if name not in module.names
    ]  # fmt: skip
    con.execute(
        f"CREATE TABLE {module.id} (src SMALLINT, row BIGINT, {', '.join(fields + absent + kept)})"
    )


def _read(work: _Work, fitted: Fitted) -> None:
    """Read a table piece by piece: its findings, and the key fields of its rows."""
    src = len(work.tables)
    work.tables.append(fitted)
    work.rows.append(0)
    module = fitted.module
    found = probes(work.declared, module, fitted.present, work.as_of)
    typed = typed_rows(module, fitted.places, fitted.columns, "piece")
    sums = words(found)
    keys = [f.name for f in module.fields if f.key]
    kept = ", ".join((*keys, *_KEPT))
    flaws = ", ".join(f"{sql} AS w{word}" for word, sql in enumerate(sums))
    try:
        for batch in ahead(fitted.table.read()):
            work.con.register("piece", _piece(batch))
            work.con.execute(
                f"CREATE OR REPLACE TEMP TABLE seen AS SELECT row, {kept}, {flaws} FROM ({typed})"
            )
            work.con.execute(
                f"INSERT INTO {module.id} (src, row, {kept}) SELECT {src}, row, {kept} FROM seen"
            )
            _keep_flaws(work, src, found, len(sums))
            _keep_odd(work, src, batch)
            work.rows[src] += len(batch.numbers) + sum(c != "MON016" for _, c in batch.odd)
            work.progress(f"Reading {fitted.table.name}", batch.done)
    except FileFaultError as fault:
        work.tell(fault.code, fitted.table.name, fault.detail, row=fault.row)
    finally:
        work.con.execute("DROP TABLE IF EXISTS seen")


def _piece(batch: Batch) -> pa.Table:
    """The batch as an Arrow table: ``row``, and one text column for each heading,
    without blanks at the ends of its values."""
    texts = {f"c{n}": pc.utf8_trim_whitespace(column) for n, column in enumerate(batch.columns)}
    table = pa.table({"row": batch.numbers, **texts})
    # In several batches, because a batch is what one thread takes.
    return pa.Table.from_batches(table.to_batches(ROWS // 4), table.schema)


def _keep_flaws(work: _Work, src: int, found: Sequence[Probe], count: int) -> None:
    """Turn the bits of the rows at fault into findings."""
    sums = ", ".join(f"bit_or(w{word})" for word in range(count))
    (seen,) = work.con.execute(f"SELECT {sums} FROM seen").fetchall()
    if seen[0] is None:  # no row
        return
    present = [probe for probe in found if seen[probe.word] & probe.bit]
    for probe in present:
        number = work.number(probe.check, probe.field)
        work.con.execute(
            f"INSERT INTO findings SELECT {src}, row, {number} FROM seen "
            f"WHERE w{probe.word} & {probe.bit} <> 0"
        )


def _keep_odd(work: _Work, src: int, batch: Batch) -> None:
    if batch.odd:
        rows = [(src, row, work.number(work.declared.check(code), "")) for row, code in batch.odd]
        work.con.executemany("INSERT INTO findings VALUES (?, ?, ?)", rows)


def _compare_records(work: _Work) -> None:
    """Run the checks of records against one another, over the key fields."""
    present = {fitted.module.id for fitted in work.tables}
    _make_views(work)
    checks = [check for check in work.declared.checks if check.find]
    for done, check in enumerate(checks):
        work.progress("Comparing records", done / len(checks))
        if not present or not set(check.needs) <= present:
            continue
        for module in sorted(present) if "{module}" in check.find else [""]:
            _find(work, check, check.find.replace("{module}", module))
    work.progress("Comparing records", 1.0)


def _find(work: _Work, check: Check, sql: str) -> None:
    """Insert what the query finds. The finding stands at the check's first field that the table
    has, its day for 'date'."""
    work.con.execute(
        f"CREATE OR REPLACE TEMP TABLE faults AS SELECT DISTINCT src, row FROM ({sql})"
    )
    for (src,) in work.con.execute("SELECT DISTINCT src FROM faults ORDER BY src").fetchall():
        fitted = work.tables[src]
        names = [fitted.module.day if name == "date" else name for name in check.fields]
        name = next((name for name in names if name in fitted.present), names[0])
        number = work.number(check, name)
        work.con.execute(
            f"INSERT INTO findings SELECT src, row, {number} FROM faults WHERE src = {src}"
        )


def _make_views(work: _Work) -> None:
    shared = "src, row, record_id, service, client_id, person, dummy, day, birth_date"
    for name, wanted in (
        ("people", [m for m in work.declared.modules if m.about_people]),
        ("activity", [m for m in work.declared.modules if m.day == "date"]),
    ):
        parts = [f"SELECT {literal(m.id)} AS module, {shared} FROM {m.id}" for m in wanted]
        work.con.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(parts)}")


def _report(work: _Work, found: dict[int, tuple[Check, str]]) -> Report:
    counts = [
        Count(f.check, f.table, f.column, f.field, 1, () if f.row is None else (f.row,), f.detail)
        for f in work.whole
    ]
    rows = work.con.execute(
        f"SELECT src, probe, count(*), list_sort(min(row, {_FIRST})) FROM findings "
        "GROUP BY src, probe"
    ).fetchall()
    for src, number, count, first in rows:
        check, name = found[number]
        fitted = work.tables[src]
        counts.append(
            Count(check, fitted.table.name, fitted.heading(name), name, count, tuple(first))
        )
    faulty = {
        (src, is_error): count
        for src, is_error, count in work.con.execute(
            "SELECT src, is_error, count(*) FROM faulty GROUP BY src, is_error"
        ).fetchall()
    }
    return Report(
        year=work.declared.label,
        as_of=work.as_of,
        supplier=work.mapping.supplier,
        tables=tuple(
            TableSummary(
                fitted.table.name,
                fitted.table.path,
                fitted.table.sheet,
                fitted.module.id,
                work.rows[src],
                faulty.get((src, True), 0),
                faulty.get((src, False), 0),
            )
            for src, fitted in enumerate(work.tables)
        ),
        counts=in_order(counts),
    )
