"""Table specifications in, counted tables out."""

from sharewell.tabulation.spec import CountedTable, TableSpec
from sharewell.tabulation.tabulate import tabulate

__all__ = ["CountedTable", "TableSpec", "tabulate"]
