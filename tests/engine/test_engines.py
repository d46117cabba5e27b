"""The engines' own promises: nothing left behind, and errors that say what to do."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import parse_one

from sharewell.engine import DuckDBEngine, SparkEngine, SparkMissingError


def test_relations_are_registered_kept_replaced_and_dropped(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2, 3]}), tmp_path / "a.parquet")
    with DuckDBEngine(threads=1) as engine:
        engine.register_parquet("rows", [tmp_path / "a.parquet", tmp_path / "a.parquet"])
        engine.keep("kept", parse_one("SELECT x FROM rows WHERE x > 1"))
        count = parse_one("SELECT count(*) AS n FROM kept")
        assert engine.run(count).to_pydict() == {"n": [4]}
        engine.register_table("kept", pa.table({"x": [9]}))
        assert engine.run(count).to_pydict() == {"n": [1]}
        engine.register_table("rows", pa.table({"x": [9]}))  # a table in place of files
        engine.register_parquet("rows", [tmp_path / "a.parquet"])  # and files in place of a table
        engine.drop("kept")
        engine.drop("kept")  # what is not there needs no dropping


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with DuckDBEngine() as engine, pytest.raises(FileNotFoundError, match=r"gone\.parquet"):
        engine.register_parquet("rows", [tmp_path / "gone.parquet"])


def test_work_larger_than_memory_is_spilled_away_from_here_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shares: list[float] = []
    with DuckDBEngine(memory_limit="60MB", threads=1) as engine:
        spill = Path(engine._spill.name)
        assert spill.is_dir()
        big = "SELECT range AS x, md5(CAST(range AS VARCHAR)) AS t FROM range(1500000)"
        engine.keep("kept", parse_one(big, read="duckdb"), shares.append)
        assert any(spill.iterdir())
        assert engine.run(parse_one("SELECT count(*) AS n FROM kept")).to_pydict() == {
            "n": [1_500_000]
        }
    assert not spill.exists()
    assert list(tmp_path.iterdir()) == []
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_spark_without_pyspark_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(SparkMissingError, match=r"pip install 'sharewell\[spark\]'"):
        SparkEngine()


def test_spark_without_java_says_what_to_install(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\nexit 1\n")
    java.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    environment.pop("JAVA_HOME", None)
    # In a process of its own: a Spark that another test left running would be used again.
    asked = "from sharewell.engine import SparkEngine; SparkEngine(master='local[1]')"
    answer = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "SparkMissingError" in answer.stderr
    assert "Java 17 or 21" in answer.stderr


def test_the_engines_load_without_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        assert not name.startswith("pyspark"), "PySpark is loaded only where it is used"
        return real(name, *rest)

    for name in [n for n in sys.modules if n.startswith("sharewell.engine")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse)
    real("sharewell.engine")
