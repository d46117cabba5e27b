"""Where tables are computed: DuckDB in process, Spark where one machine is not enough."""

from sharewell.engine.base import Engine, Progress
from sharewell.engine.duck import DuckDBEngine
from sharewell.engine.spark import SparkEngine, SparkMissingError

__all__ = ["DuckDBEngine", "Engine", "Progress", "SparkEngine", "SparkMissingError"]
