"""Check a proof, trusting neither solver nor Sharewell: NumPy, a CSV reader and a YAML reader.

Everything is read afresh from what was published: what each printed cell allows, and which cells
are the sum of which. The proof only brings whole tables of counts. Each must fit every printed
cell and every sum, and for each protected cell two of them must lie far enough apart.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

FAR = 2**40
Key = tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What was checked, and what is wrong; a proof holds when ``problems`` is empty."""

    cells: int
    protected: int
    witnesses: int
    problems: tuple[str, ...]


@dataclass
class Cell:
    """What was published of a cell, and where: ``small`` is the greatest count to be hidden."""

    low: int
    high: int
    starred: bool
    small: int
    where: str


def check_proof(paths: Iterable[Path], proof: bytes, width: int = 3) -> Checked:
    """Whether ``proof`` shows that the tables at ``paths`` (CSV, YAML beside) are safe."""
    try:
        return _check(paths, proof, width)
    except Exception as error:  # noqa: BLE001 - whatever cannot be read is no proof
        problem = f"The tables or the proof cannot be read: {type(error).__name__}, {error}."
        return Checked(0, 0, 0, (problem,))


def _check(paths: Iterable[Path], proof: bytes, width: int) -> Checked:
    about = {path: described(path) for path in sorted(paths)}
    with np.load(io.BytesIO(proof), allow_pickle=False) as file:
        names: list[str] = file["dimensions"].tolist()
        values = [file[f"categories_{n}"][codes] for n, codes in enumerate(file["codes"])]
        first = file["first"].astype(np.int64)
        tables = np.vstack([first[None, :], first + file["others"].astype(np.int64)])
        pairs = zip(file["cells"].tolist(), file["at_low"], file["at_high"], strict=True)
        witness = {cell: (int(low), int(high)) for cell, low, high in pairs}
    keys: list[Key] = list(zip(*(v.tolist() for v in values), strict=True)) if names else [()]
    index = {key: number for number, key in enumerate(keys)}
    problems: list[str] = []
    if len(index) < len(keys) or len(keys) != len(first):
        problems.append("The proof names a cell twice, or leaves one without a name.")
    if (tables < 0).any():
        problems.append("A witness has a negative count.")
    cells: dict[Key, Cell] = {}
    for path, description in about.items():
        read_cells(path, description, names, cells, problems)
    for key, cell in cells.items():
        if key not in index:
            problems.append(f"{cell.where} is not in the proof.")
            continue
        column = tables[:, index[key]]
        if (column < cell.low).any() or (column > cell.high).any():
            problems.append(
                f"{cell.where} allows {cell.low} to {cell.high}, but a witness has "
                f"{column[(column < cell.low) | (column > cell.high)][0]}."
            )
    for at, name in enumerate(names):
        for total, parts in sums(about.values(), name):
            check_sum(keys, index, tables, (at, total, parts), problems)
    protected = {k: c for k, c in cells.items() if c.starred or c.high >= FAR}
    for key, cell in protected.items():
        if index.get(key) not in witness:
            problems.append(f"{cell.where} is protected, but the proof has no witnesses for it.")
            continue
        low, high = (int(tables[at, index[key]]) for at in witness[index[key]])
        if high - low < width - 1 and (cell.starred or (low <= cell.small and high >= 1)):
            problems.append(f"{cell.where}: the witnesses have {low} and {high}, too near.")
    return Checked(len(cells), len(protected), len(tables), tuple(problems))


def described(path: Path) -> Any:
    """The YAML beside a table; every value stays text."""
    text = path.with_suffix(".yaml").read_text("utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - safer than safe_load


def read_cells(
    path: Path, about: Any, names: list[str], cells: dict[Key, Cell], problems: list[str]
) -> None:
    """Adds what one table prints: a cell that several tables print must satisfy all of them."""
    columns, rule, fixed = about["breakdowns"], about["rule"], about.get("fixed", {})
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            place = dict(fixed)
            for column, what in columns.items():
                dimension = what.get("dimension", column)
                if dimension not in place or row[column] != what.get("total"):
                    place[dimension] = row[column]
            where = f"{path.name}, row {number} ({', '.join(row[column] for column in columns)})"
            if set(place) != set(names):
                problems.append(f"{where} stands in {sorted(place)}, the proof in {sorted(names)}.")
                return
            open_ = exempt(about.get("national"), row)
            low, high = allowed(row[about["count"]], rule, open_)
            small = int(rule["high"]) if rule != "none" else 0
            cell = cells.setdefault(
                tuple(place[name] for name in names), Cell(0, FAR, False, 0, where)
            )
            cell.low, cell.high = max(cell.low, low), min(cell.high, high)
            cell.starred |= row[about["count"]] == "*"
            cell.small = max(cell.small, small)


def exempt(national: Any, row: dict[str, str]) -> bool:
    """Whether the description exempts a cell from the rule as a national figure."""
    if isinstance(national, dict):
        return bool(national) and all(row[name] in values for name, values in national.items())
    return bool(national == "true")


def allowed(printed: str, rule: Any, open_: bool) -> tuple[int, int]:
    """The least and greatest count that a printed cell allows under its rule."""
    if printed == "[c]":
        return 0, FAR
    if printed == "*":
        return int(rule["low"]), int(rule["high"])
    if " to " in printed:
        first, last = printed.split(" to ")
        return int(first), int(last)
    count = int(printed)
    if rule == "none" or open_:
        return count, count
    low, high, base = int(rule["low"]), int(rule["high"]), int(rule["base"])
    if base == 1 or (count == 0 and low == 1 and high >= 1):
        return count, count
    least = count - base // 2
    return max(high + 1 if low <= high else 0, least), least + base - 1


def sums(about: Iterable[Any], name: str) -> set[tuple[str, Key]]:
    """What is the sum of what in one dimension, by all the descriptions together."""
    found = set()
    for description in about:
        for column, what in description["breakdowns"].items():
            if what.get("dimension", column) == name:
                for total, parts in what.get("parts", {}).items():
                    added = [(total, parts)]
                    if what.get("adds") == "no":
                        every = f"{total}, as often as counted"
                        added = [(every, parts), (every, [total, f"{total}, counted again"])]
                        added += [(total, [part, f"{total} without {part}"]) for part in parts]
                    found |= {(whole, tuple(sorted(each))) for whole, each in added}
    return found


def check_sum(
    keys: list[Key],
    index: dict[Key, int],
    tables: Any,
    line: tuple[int, str, Key],
    problems: list[str],
) -> None:
    """Wherever a part stands, its total and the other parts must stand too, and add up."""
    at, total, parts = line
    inside = set(parts)
    rest = dict.fromkeys((key[:at], key[at + 1 :]) for key in keys if key[at] in inside)
    totals, members = [], []
    for before, after in rest:
        family = [index.get((*before, value, *after)) for value in (total, *parts)]
        if None in family:
            problems.append(f"The proof lacks '{total}' or a part of it at {(*before, *after)}.")
            return
        totals.append(family[0])
        members.append(family[1:])
    if totals:
        wrong = np.argwhere(tables[:, members].sum(axis=2) != tables[:, totals])
        for number, line_number in wrong[:1]:
            where = keys[totals[line_number] or 0]
            problems.append(f"Witness {number}: {', '.join(where)} is not the sum of its parts.")
