"""The published JSON Schema is the loader's own, and agrees with the loader about files."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
import yaml
from agreement_examples import DRUGS, NAMES, ROOT, example_path

from made_documents import check_document
from sharewell.agreements import json_schema, json_schema_text

PUBLISHED = ROOT / "docs" / "reference" / "agreement.schema.json"
SCHEMA = json_schema()
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {
    "$defs", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "description",
    "enum", "format", "items", "minItems", "minLength", "minProperties", "pattern", "properties",
    "required", "title", "type",
}  # fmt: skip


def flaws(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """Where a value breaks a schema: as much of JSON Schema as ours uses, and no more."""
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    if "$ref" in schema:
        return flaws(value, SCHEMA["$defs"][schema["$ref"].split("/")[-1]], where)
    if "anyOf" in schema:
        tries = [flaws(value, option, where) for option in schema["anyOf"]]
        return min(tries, key=len)
    found = []
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return [f"{where}: not of type {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: not one of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: not {schema['const']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: does not match {schema['pattern']}")
    if schema.get("format") == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        found.append(f"{where}: not a date")
    leasts = [schema[key] for key in ("minItems", "minLength", "minProperties") if key in schema]
    if any(len(value) < least for least in leasts):
        found.append(f"{where}: too short")
    if isinstance(value, dict):
        found += _object_flaws(value, schema, where)
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += flaws(item, schema.get("items", {}), f"{where}/{index}")
    return found


def _object_flaws(value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{where}: {key} is missing" for key in schema.get("required", []) if key not in value]
    for key, item in value.items():
        if key in properties:
            found += flaws(item, properties[key], f"{where}/{key}")
        elif more is False:
            found.append(f"{where}: {key} is not known")
        elif isinstance(more, dict):
            found += flaws(item, more, f"{where}/{key}")
    return found


def as_json(name: str) -> Any:
    """An example as an editor sees it: dates are text."""
    data = yaml.safe_load(example_path(name).read_text("utf-8"))
    return json.loads(json.dumps(data, default=date.isoformat))


def test_published_schema_is_current() -> None:
    check_document(PUBLISHED, json_schema_text())
    assert json.loads(PUBLISHED.read_text("utf-8")) == SCHEMA


@pytest.mark.parametrize("name", NAMES)
def test_examples_satisfy_the_schema(name: str) -> None:
    assert flaws(as_json(name), SCHEMA) == []


@pytest.mark.parametrize(
    ("path", "value", "flaw"),
    [
        (("version",), 0.3, "/version: not of type string"),
        (("reference",), "NIC-1", "/reference: does not match"),
        (("flows", 0, "act"), "send", "/flows/0/act: not one of"),
        (("flows", 0, "colour"), "red", "/flows/0: colour is not known"),
        (("flows", 0, "since"), "soon", "/flows/0/since: not a date"),
        (("flows", 0, "since"), {"choice": "x", "y": 1}, "/flows/0/since"),
        (("scope", "words"), {"choice": "x"}, "/scope/words: not of type string"),
        (("tables", 0, "measures"), [], "/tables/0/measures: too short"),
        (("documents",), [], "/documents: too short"),
        (("choices", "data-from", "because"), {"choice": "x"}, "/choices/data-from/because"),
    ],
)
def test_schema_refuses_what_the_loader_refuses(
    path: tuple[str | int, ...], value: Any, flaw: str
) -> None:
    data = deepcopy(as_json(DRUGS))
    part = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert any(found.startswith(flaw) for found in flaws(data, SCHEMA))


def test_a_value_or_an_item_may_be_a_choice() -> None:
    data = as_json(DRUGS)
    data["flows"][0]["since"] = {"choice": "data-from"}
    data["cohorts"][0]["code_lists"] = [{"choice": "codes"}]
    assert flaws(data, SCHEMA) == []
