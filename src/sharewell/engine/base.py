"""What tabulation asks of an engine, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

Progress = Callable[[float], None]
"""Called with the share of the work that is done, from 0.0 to 1.0, never going back."""


class Engine(Protocol):
    """A place that holds named relations and answers queries over them.

    Expressions are sqlglot trees; the engine writes them in its own ``dialect``. A name that is
    registered or kept a second time replaces the first.
    """

    @property
    def dialect(self) -> str:
        """sqlglot's name for the engine's SQL: 'duckdb' or 'spark'."""

    def register_parquet(self, name: str, paths: Sequence[Path]) -> None:
        """Let ``name`` stand for the rows of all ``paths``, unread until a query asks."""

    def register_table(self, name: str, table: pa.Table) -> None:
        """Let ``name`` stand for a small Arrow table, such as a lookup."""

    def keep(self, name: str, query: exp.Query, progress: Progress | None = None) -> None:
        """Run ``query`` once and keep its rows under ``name`` until dropped."""

    def run(self, query: exp.Query) -> pa.Table:
        """The rows that ``query`` gives."""

    def drop(self, name: str) -> None:
        """Forget what `keep` or one of the register methods holds under ``name``, if anything."""

    def close(self) -> None:
        """Forget everything and give all resources back."""
