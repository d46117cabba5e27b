"""The reference page of the YAML form, made from the model field by field."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from agreement_examples import ROOT
from pydantic.fields import FieldInfo

from made_documents import check_document
from sharewell.agreements.model import Agreement, Clause, Part, Slug

SLUG = get_args(Slug)[1].pattern
PAGE = ROOT / "docs" / "reference" / "agreements.md"
HEAD = """# The form of an agreement

An agreement is one YAML file, UTF-8, one file for each version, named by reference and version:
`DARS-NIC-612092-Q0Y6F-v1.3.yaml`. This page is made from the model by the tests. For editors there
is a JSON Schema, [agreement.schema.json](agreement.schema.json); the examples are in
`examples/agreements`. How to write one:
[Write an agreement](../how-to/write-an-agreement.md).

What holds everywhere:

- Every clause has an `id` (unique in the file), `words` (the document's own, verbatim) and a
  `source` (a document's id, ` / `, the part). A `note` says what a reader should know of how it is
  executed.
- Where a document leaves something open, the value is `{ choice: name }` and the question stands
  under `choices` with its readings, the one chosen, and why. The command line and `load_agreement`
  can choose another.
- An unknown key, a key given twice, a YAML alias and a name that nothing declares are errors. Each
  is said with file, line, clause and remedy.
- A version is text: `version: "0.10"`, in quotes, because 0.10 is not 0.1.
- A name is of lower-case letters, digits, `-` and `_`.
- Dates are days, `2024-03-28`, and every period includes its first and its last day.

"""


def test_page_is_current() -> None:
    check_document(PAGE, HEAD + "\n".join(_page()))


def test_every_part_is_on_the_page_and_says_what_it_is() -> None:
    parts = list(_parts(Agreement))
    assert {Clause, Agreement} <= set(parts)
    assert len(parts) > 25
    for part in parts:
        assert part.__doc__
        assert part.__doc__.rstrip().endswith(".")


def _page() -> Iterator[str]:
    for part in _parts(Agreement):
        yield f"## {part.__name__}\n"
        yield " ".join((part.__doc__ or "").split()) + "\n"
        fields = part.model_fields
        if part is not Clause and issubclass(part, Clause):
            yield "A clause: `id`, `words`, `source` and `note` as [above](#clause), and\n"
            fields = {name: f for name, f in fields.items() if name not in Clause.model_fields}
        if fields:
            yield "| Field | Value | Must be given | |"
            yield "|---|---|---|---|"
            for name, field in fields.items():
                must = "yes" if field.is_required() else "no"
                yield f"| `{name}` | {_value(field)} | {must} | {field.description or ''} |"
            yield ""


def _parts(part: type[Part]) -> Iterator[type[Part]]:
    """The parts of an agreement in the order in which a reader meets them, each once."""
    queue, seen = [part, Clause], []
    while queue:
        part = queue.pop(0)
        if part not in seen:
            seen.append(part)
            yield part
            for field in part.model_fields.values():
                queue += _within(field.annotation)


def _within(annotation: Any) -> list[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for inner in get_args(annotation) for part in _within(inner)]


def _value(field: FieldInfo) -> str:
    patterns = {getattr(each, "pattern", None) for each in field.metadata}
    return "name" if SLUG in patterns else _name(field.annotation)


def _name(annotation: Any, *, plural: bool = False) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(_name(each) for each in inner if each is not type(None))
    if origin is tuple:
        return f"{'lists' if plural else 'list'} of {_name(inner[0], plural=True)}"
    if origin is dict:
        return f"by name, {_name(inner[1])}"
    if annotation == Slug:
        return "names" if plural else "name"
    if hasattr(annotation, "__metadata__"):
        return _name(inner[0], plural=plural)
    return {str: "text", bool: "`true` or `false`", date: "date", object: "any value"}[annotation]
