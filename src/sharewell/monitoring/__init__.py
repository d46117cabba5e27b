"""The monitoring data set as data, and the checks of files of it: no database, nothing sent.

The small interface that pages, jobs and the command line build on:

- `data_set(year)` is the declared data set: modules, fields, code lists, checks, what changed.
  Forms, templates, the validator and the reference pages are all made from it.
- `checking(paths, data_set, mapping=..., as_of=..., progress=...)` checks files together and gives
  a `Checked`: its ``report`` (a summary in frozen dataclasses), ``findings()`` by row and column,
  and ``sound_rows(number)``, the rows of a table without errors, as Arrow tables in pieces.
- `read_mapping` reads a supplier's headings, codes and forms of dates; `mapping_of` takes the same
  from plain values.
- `write_template` writes an empty CSV or XLSX; `write_findings` and `write_marked` write what was
  found as a CSV, and the original with it marked.

Errors that a person can mend are `MonitoringError`.
"""

from sharewell.monitoring.declared import data_set, read_year, years
from sharewell.monitoring.errors import MonitoringError
from sharewell.monitoring.mapping import SupplierMapping, mapping_of, read_mapping
from sharewell.monitoring.marking import write_findings, write_marked
from sharewell.monitoring.model import Check, Code, CodeList, DataSet, Field, Module
from sharewell.monitoring.report import Count, Finding, Report, TableSummary
from sharewell.monitoring.template import write_template
from sharewell.monitoring.validating import Checked, Progress, checking

__all__ = [
    "Check",
    "Checked",
    "Code",
    "CodeList",
    "Count",
    "DataSet",
    "Field",
    "Finding",
    "Module",
    "MonitoringError",
    "Progress",
    "Report",
    "SupplierMapping",
    "TableSummary",
    "checking",
    "data_set",
    "mapping_of",
    "read_mapping",
    "read_year",
    "write_findings",
    "write_marked",
    "write_template",
    "years",
]
