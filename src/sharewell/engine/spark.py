"""Spark: the engine where the data need a cluster, or already live on one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from sqlglot import exp

from sharewell.engine.base import Progress


class SparkMissingError(RuntimeError):
    """PySpark or Java is not there; the message says what to install."""


class SparkEngine:
    """Answers queries on Spark. Use it as a context manager, or close it.

    ``session`` is a SparkSession of your own, which stays open when the engine closes. Without
    it the engine starts one on ``master`` ('local[*]', 'local-cluster[2,1,1024]', 'yarn',
    'spark://host:7077') with ``options`` as Spark settings, and stops it at the end. Raises
    SparkMissingError where PySpark or Java is missing.
    """

    dialect = "spark"

    def __init__(
        self,
        session: Any = None,
        *,
        master: str = "local[*]",
        options: dict[str, str] | None = None,
    ) -> None:
        self._owns_session = session is None
        self._session = session if session is not None else start_session(master, options or {})
        self._kept: dict[str, Any] = {}

    def register_parquet(self, name: str, paths: Sequence[Path]) -> None:
        """Let ``name`` stand for the rows of ``paths``, which every worker must be able to read."""
        frame = self._session.read.parquet(*(str(path) for path in paths))
        frame.createOrReplaceTempView(name)

    def register_table(self, name: str, table: pa.Table) -> None:
        """Let ``name`` stand for a small Arrow table; joins send it to every worker."""
        self._session.createDataFrame(table).createOrReplaceTempView(name)

    def keep(self, name: str, query: exp.Query, progress: Progress | None = None) -> None:
        """Run ``query`` once and keep its rows in the workers' memory, or on their disks."""
        self.drop(name)
        frame = self._session.sql(query.sql("spark")).persist()
        frame.count()  # Spark is lazy: this is the one scan
        frame.createOrReplaceTempView(name)
        self._kept[name] = frame
        if progress is not None:
            progress(1.0)

    def run(self, query: exp.Query) -> pa.Table:
        """The rows that ``query`` gives, as an Arrow table."""
        return self._session.sql(query.sql("spark")).toArrow()

    def drop(self, name: str) -> None:
        """Forget the relation called ``name``, if there is one."""
        frame = self._kept.pop(name, None)
        if frame is not None:
            frame.unpersist()
        self._session.catalog.dropTempView(name)

    def close(self) -> None:
        """Forget what was kept; stop the session if this engine started it."""
        for name in tuple(self._kept):
            self.drop(name)
        if self._owns_session:
            self._session.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start_session(master: str, options: dict[str, str]) -> Any:
    """A SparkSession on ``master``; SparkMissingError says what to install."""
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SparkMissingError(
            "PySpark is not installed. Run: pip install 'sharewell[spark]'"
        ) from error
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # The kept cohort is small: a task for each of Spark's usual 200 partitions is mere waste.
        "spark.sql.shuffle.partitions": "8",
    } | options
    builder = SparkSession.builder.master(master).appName("sharewell")
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError) as error:
        raise SparkMissingError(
            f"Spark did not start ({error}). It needs Java 17 or 21: install one, such as "
            "Debian's openjdk-17-jre-headless, and set JAVA_HOME or PATH so that it is found."
        ) from error
