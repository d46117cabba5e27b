"""The code lists of the monitoring data set: what each code says and what it counts under.

They stand in ``data/monitoring_codes.yaml``; the data set's fields, forms and checks, which use
them, are declared in `sharewell.monitoring`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml


@cache
def declared() -> Mapping[str, Any]:
    """Every list by id as it is written, all values as text."""
    # Every value stays text: a code such as NO or ON is what it looks like.
    text = resources.files("sharewell.catalogue").joinpath("data", "monitoring_codes.yaml")
    lists = yaml.load(text.read_text("utf-8"), yaml.CBaseLoader)  # noqa: S506 - makes only text
    return MappingProxyType(lists)


@cache
def labels(name: str) -> Mapping[str, str]:
    """Code to label of one list, in its order and of every year. KeyError where there is none."""
    return MappingProxyType({each["code"]: each["label"] for each in declared()[name]["codes"]})


@cache
def groups(name: str) -> Mapping[str, tuple[str, ...]]:
    """The codes of each group of one list, in its order; a code without a group is in none."""
    found: dict[str, list[str]] = {}
    for each in declared()[name]["codes"]:
        if group := each.get("group", ""):
            found.setdefault(group, []).append(each["code"])
    return MappingProxyType({group: tuple(codes) for group, codes in found.items()})
