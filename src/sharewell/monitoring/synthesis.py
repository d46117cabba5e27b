"""Invented monitoring data: nine areas, services, people, and what they did.

Nobody in it exists. Areas and services have invented names, postcodes begin with ZX, which no real
one does. The true person is kept, in Parquet only, in ``truth``. The same arguments give the same
files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from sharewell.monitoring.declared import data_set, years
from sharewell.monitoring.model import Module
from sharewell.monitoring.synthetic_people import (
    Columns,
    Numbers,
    Size,
    clients,
    invent_world,
    service_codes,
)
from sharewell.monitoring.synthetic_visits import activities

__all__ = ["MIX", "Size", "service_codes", "synthesise"]

MIX: Mapping[str, float] = {
    "needle": 0.62,
    "brief_intervention": 0.14,
    "naloxone": 0.05,
    "outreach": 0.04,
    "assessment": 0.03,
    "referral": 0.03,
    "wellbeing": 0.05,
    "steroid": 0.02,
    "alcohol": 0.02,
}
"""The share of each module in the rows of activity."""


def synthesise(
    out: Path,
    size: Size | None = None,
    *,
    seed: int = 2026,
    form: Literal["parquet", "csv"] = "parquet",
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, int]:
    """Write client, one file for each module, and services.csv to the directory ``out``; the rows
    of each module. CSV files have exactly the columns of the template; Parquet has ``truth``, the
    number of the person, as well."""
    size = size or Size()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "services.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("service", "authority"), *service_codes(size).items()])
    world = invent_world(size, np.random.default_rng([seed, 0]))
    declared = data_set(min(max(size.first_year + size.years - 1, years()[0]), years()[-1]))
    written = {"client": _write(out, declared.module("client"), form, clients(world, seed))}
    for number, (module, share) in enumerate(MIX.items(), start=1):
        if progress is not None:
            progress("Inventing records", number / (len(MIX) + 1))
        rows = round(size.activities * share)
        pieces = activities(world, module, rows, seed, number)
        written[module] = _write(out, declared.module(module), form, pieces)
    return written


def _write(
    out: Path,
    module: Module,
    form: Literal["parquet", "csv"],
    pieces: Iterator[tuple[Columns, Numbers]],
) -> int:
    """Write the pieces as they come; how many rows."""
    names = module.names
    fields = [(name, pa.string()) for name in names]
    schema = pa.schema(fields + ([("truth", pa.int32())] if form == "parquet" else []))
    path = out / f"{module.id}.{form}"
    rows = 0
    with (
        pq.ParquetWriter(path, schema, compression="zstd")
        if form == "parquet"
        else pa_csv.CSVWriter(path, schema)
    ) as writer:
        for columns, truth in pieces:
            n = len(truth)
            arrays = [
                pa.array(columns[name].astype(str), pa.string())
                if name in columns
                else pa.array([""] * n, pa.string())
                for name in names
            ]
            if form == "parquet":
                arrays.append(pa.array(truth, pa.int32()))
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            rows += n
    return rows
