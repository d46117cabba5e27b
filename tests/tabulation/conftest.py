"""A few thousand made-up episodes, as rows and as files."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tabulation_episodes import made_up

from sharewell.engine import DuckDBEngine, Engine, SparkEngine


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


def java_works() -> bool:
    java = shutil.which("java")
    if java is None:
        return False
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and any(f'"{n}' in said.stderr for n in (17, 21))


@pytest.fixture(scope="session")
def cluster() -> Iterator[SparkEngine]:
    """Two workers of one core each, with processes of their own."""
    pytest.importorskip("pyspark")
    if not java_works():
        pytest.skip("Spark needs Java 17 or 21, and none is on the PATH")
    import pyspark

    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    # Each of the three processes runs for a minute: to compile well takes longer than it saves.
    java = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    options = {
        "spark.driver.extraJavaOptions": java,
        "spark.executor.extraJavaOptions": java,
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "768m",
        "spark.sql.shuffle.partitions": "2",
        "spark.log.level": "ERROR",
    }
    with SparkEngine(master="local-cluster[2,1,1024]", options=options) as engine:
        yield engine
    gc.collect()


@pytest.fixture(scope="session", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        yield request.getfixturevalue("cluster")
        return
    with DuckDBEngine(threads=2) as duck:
        yield duck
