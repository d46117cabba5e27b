"""Write table files in the one form that the checker reads: every hierarchy spelled out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import yaml

from sharewell.disclosure.tablefile import TableFile
from sharewell.disclosure.tablereading import RULE_KEYS


def table_file_texts(table: TableFile) -> tuple[str, str]:
    """The CSV and the YAML of a table, as text. The YAML spells every hierarchy out.

    The same table gives the same texts, and reading them gives the table again.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [*(column.name for column in table.columns), table.count]
    writer.writerow(names)
    writer.writerows(zip(*(table.cells[name].to_pylist() for name in names), strict=True))
    description: dict[str, Any] = {"title": table.title, "count": table.count}
    rule = table.rule
    description["rule"] = (
        {key: str(getattr(rule, key)) for key in RULE_KEYS} if rule is not None else "none"
    )
    if isinstance(table.national, bool):
        description["national"] = "true" if table.national else "false"
    else:
        description["national"] = {name: list(v) for name, v in table.national.items()}
    description["fixed"] = dict(table.fixed)
    description["breakdowns"] = {
        column.name: {
            "dimension": column.dimension,
            **({} if column.within is None else {"within": column.within}),
            **({} if column.total is None else {"total": column.total}),
            **({} if column.adds else {"adds": "no"}),
            "parts": {whole: list(parts) for whole, parts in column.parts.items()},
        }
        for column in table.columns
    }
    return out.getvalue(), yaml.safe_dump(
        description, sort_keys=False, allow_unicode=True, width=96
    )


def write_table_file(table: TableFile, path: Path) -> tuple[Path, Path]:
    """Writes the CSV at ``path`` and the YAML beside it; returns both."""
    beside = path.with_suffix(".yaml")
    for target, text in zip((path, beside), table_file_texts(table), strict=True):
        target.write_text(text, "utf-8", newline="")
    return path, beside
