"""A few thousand made-up episodes, as rows and as files."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tabulation_episodes import made_up


@pytest.fixture(scope="session")
def episodes() -> list[dict[str, object]]:
    return made_up(6000, seed=7).to_pylist()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The episodes as Parquet, in two files."""
    directory = tmp_path_factory.mktemp("vault")
    table = made_up(6000, seed=7)
    paths = [directory / "it's one.parquet", directory / "two.parquet"]  # a quote in a name
    pq.write_table(table.slice(0, 2500), paths[0])
    pq.write_table(table.slice(2500), paths[1])
    return paths
