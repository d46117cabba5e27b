"""Table specifications in, counted tables out."""

from sharewell.tabulation.combine import Combined, combine
from sharewell.tabulation.select import select
from sharewell.tabulation.spec import CountedTable, TableSpec
from sharewell.tabulation.tabulate import explain, tabulate

__all__ = ["Combined", "CountedTable", "TableSpec", "combine", "explain", "select", "tabulate"]
