"""DuckDB, in process: the engine for one machine."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
from sqlglot import exp

from sharewell.engine.base import Progress

_POLL_SECONDS = 0.1


class DuckDBEngine:
    """Answers queries in this process. Use it as a context manager, or close it.

    ``memory_limit`` is DuckDB's own limit for its buffers ('1GB'); what does not fit is spilled
    to a private directory in ``temp_directory`` (the system's by default), which goes when the
    engine closes. ``threads`` defaults to the machine's cores.
    """

    dialect = "duckdb"

    def __init__(
        self,
        *,
        memory_limit: str = "1GB",
        threads: int | None = None,
        temp_directory: Path | None = None,
    ) -> None:
        # Episodes may be spilled here: never to the working directory, and never left behind.
        self._spill = tempfile.TemporaryDirectory(prefix="sharewell-", dir=temp_directory)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": self._spill.name,
            "preserve_insertion_order": False,
        }
        if threads is not None:
            config["threads"] = threads
        try:
            self._connection = duckdb.connect(config=config)
            # Progress is known only while the bar is on; printing it is not ours to do here.
            self._connection.execute("SET enable_progress_bar = true")
            self._connection.execute("SET enable_progress_bar_print = false")
        except duckdb.Error:
            self._spill.cleanup()
            raise

    def register_parquet(self, name: str, paths: Sequence[Path]) -> None:
        """Let ``name`` stand for the rows of ``paths``. FileNotFoundError names a missing file."""
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise FileNotFoundError(f"No such Parquet file: {missing[0]}. Import the data first.")
        self.drop(name)
        # A view cannot hold parameters, so the list is written as a literal.
        files = ", ".join(exp.Literal.string(str(path)).sql("duckdb") for path in paths)
        self._connection.execute(
            f'CREATE TEMP VIEW "{name}" AS SELECT * FROM read_parquet([{files}], '
            "hive_partitioning = false)"
        )

    def register_table(self, name: str, table: pa.Table) -> None:
        """Let ``name`` stand for a small Arrow table: copied, so that joins know its size."""
        self.drop(name)
        self._connection.register("incoming_arrow", table)
        try:
            self._connection.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM incoming_arrow')
        finally:
            self._connection.unregister("incoming_arrow")

    def keep(self, name: str, query: exp.Query, progress: Progress | None = None) -> None:
        """Run ``query`` once and keep its rows under ``name``; ``progress`` is polled meanwhile."""
        self.drop(name)
        with self._reporting(progress):
            self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {query.sql("duckdb")}')

    def run(self, query: exp.Query) -> pa.Table:
        """The rows that ``query`` gives, as an Arrow table."""
        return self._connection.sql(query.sql("duckdb")).to_arrow_table()

    def drop(self, name: str) -> None:
        """Forget the relation called ``name``, if there is one."""
        found = self._connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
        ).fetchone()
        if found is not None:
            kind = "VIEW" if found[0] == "VIEW" else "TABLE"
            self._connection.execute(f'DROP {kind} "{name}"')

    def close(self) -> None:
        """Close the connection and remove whatever was spilled."""
        self._connection.close()
        self._spill.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _reporting(self, progress: Progress | None) -> Iterator[None]:
        """Report the running query's progress from a thread of its own, at most to 1.0."""
        if progress is None:
            yield
            return
        done = threading.Event()

        def report() -> None:
            best = 0.0
            while not done.wait(_POLL_SECONDS):
                share = self._connection.query_progress() / 100  # negative: not known yet
                if share > best:
                    best = min(share, 1.0)
                    progress(best)

        watcher = threading.Thread(target=report, name="sharewell-progress", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
        progress(1.0)
