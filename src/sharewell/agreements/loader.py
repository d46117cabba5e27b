"""Reading agreement files: YAML in, a checked frozen `Agreement` out, or every problem at once.

YAML is read here rather than by a ready loader so that each value keeps its line and a key given
twice is an error instead of a silent overwrite.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sharewell.agreements.effect import EFFECT, narrow_term, read_effect
from sharewell.agreements.errors import AgreementError, Problem
from sharewell.agreements.model import Agreement
from sharewell.agreements.references import check_references

Path_ = tuple[str | int, ...]
CHOICE = "choice"
DEEPEST = 50  # levels of nesting; an agreement has 6
# The parser in C where the library has it: a hostile file then costs ten times less.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LARGEST_FILE = 2_000_000  # bytes; the longest agreement at hand is under 40 kB


class _Reader:
    """Turns YAML nodes into plain values and remembers the line of each."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.problems: list[Problem] = []
        self._constructor = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path_ = ()) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        try:
            return self._constructor.construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            self._problem(node, f"'{node.value}' cannot be read: {error}.", "Correct the value.")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, "A key must be a plain name.", "Correct the key.")
                continue
            key = str(key_node.value)
            if key in values:
                self._problem(key_node, f"'{key}' is given twice.", "Keep one of them.")
            values[key] = self.value(value_node, (*path, key))
        return values

    def _problem(self, node: yaml.Node, message: str, remedy: str) -> None:
        self.problems.append(
            Problem(message, remedy, file=self.file, line=node.start_mark.line + 1)
        )


def load_agreement(path: Path, choices: Mapping[str, str] | None = None) -> Agreement:
    """The agreement in a file.

    ``choices`` overrides which reading of an open question is used, by the question's id.
    Raises AgreementError with every problem found, each with file, line, clause and remedy.
    """
    return read_agreement(_read_bytes(path), path.name, choices)


def read_agreement(raw: bytes, name: str, choices: Mapping[str, str] | None = None) -> Agreement:
    """The agreement in the bytes of a file called ``name``; otherwise as `load_agreement`."""
    reader = _Reader(name)
    data = reader.value(_compose(raw, name), ())
    if reader.problems:
        raise AgreementError(tuple(reader.problems))
    if not isinstance(data, dict):
        raise AgreementError(
            (Problem("This is not an agreement.", "Start with 'reference: ...'.", file=name),)
        )
    problems: list[Problem] = []

    def report(where: Path_, message: str, remedy: str) -> None:
        problems.append(
            Problem(message, remedy, name, _line(reader.lines, where), _clause(data, where))
        )

    for where, message, remedy in _resolve_choices(data, choices or {}):
        report(where, message, remedy)
    if problems:
        raise AgreementError(tuple(problems))
    try:
        agreement = Agreement.model_validate(data)
    except ValidationError as error:
        for wrong in error.errors():
            report(tuple(wrong["loc"]), *_explain(wrong))
        raise AgreementError(tuple(problems)) from None
    for where, message, remedy in check_references(agreement):
        report(where, message, remedy)
    if problems:
        raise AgreementError(tuple(problems))
    return agreement


def read_tree(raw: bytes, name: str) -> dict[str, Any]:
    """The plain values of an agreement file, which need not be complete; choices stay unread.

    Raises AgreementError for what is no YAML mapping, is too large, or uses an alias.
    """
    reader = _Reader(name)
    data = reader.value(_compose(raw, name), ())
    if reader.problems:
        raise AgreementError(tuple(reader.problems))
    if not isinstance(data, dict):
        raise _error(name, "This is not an agreement.", "Start with 'reference: ...'.")
    return data


def load_agreements(*directories: Path) -> tuple[Agreement, ...]:
    """Every agreement (``*.yaml``) of the directories, by reference and version.

    A file ``<name>.effect.json`` beside them narrows the term of an agreement, in whichever of
    the directories it is (see `agreements.effect`). A directory that is not there is empty.
    Raises AgreementError with the problems of every file.
    """
    found: list[Agreement] = []
    problems: list[Problem] = []
    for path in (path for directory in directories for path in sorted(directory.glob("*.yaml"))):
        try:
            found.append(_remembered(_read_bytes(path), path.name))
        except AgreementError as error:
            problems += error.problems
    if problems:
        raise AgreementError(tuple(problems))
    names = [agreement.name for agreement in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AgreementError(
            (
                Problem(
                    f"More than one file holds {', '.join(twice)}.",
                    "Keep one file for each version.",
                    file=", ".join(directory.name for directory in directories),
                ),
            )
        )
    effects = {
        path.name.removesuffix(EFFECT): read_effect(_read_bytes(path), path.name)
        for directory in directories
        for path in directory.glob(f"*{EFFECT}")
    }
    effective = [narrow_term(a, effects[a.name]) if a.name in effects else a for a in found]
    return tuple(sorted(effective, key=lambda agreement: (agreement.reference, agreement.number)))


@lru_cache(maxsize=128)
def _remembered(raw: bytes, name: str) -> Agreement:
    """The same bytes are always the same agreement, and reading takes a tenth of a second."""
    return read_agreement(raw, name)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an agreement file, for editors."""
    schema = Agreement.model_json_schema()
    choice = {
        "type": "object",
        "description": "A reading of one of the agreement's choices.",
        "properties": {CHOICE: {"type": "string"}},
        "required": [CHOICE],
        "additionalProperties": False,
    }
    for name, definition in schema["$defs"].items():
        if name not in ("Choice", "Document"):
            for key, value in definition["properties"].items():
                if key not in ("id", "words", "source"):
                    definition["properties"][key] = _admit_choice(value)
    schema["$defs"]["ChosenReading"] = choice
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Sharewell agreement"
    return schema


def _admit_choice(plain: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that may be a choice, and if it is a list, so may its items."""
    if "items" in plain:
        plain = {**plain, "items": _admit_choice(plain["items"])}
    return {"anyOf": [plain, {"$ref": "#/$defs/ChosenReading"}]}


def json_schema_text() -> str:
    """The JSON Schema as it is published: stable and readable."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _error(file: str, message: str, remedy: str, line: int | None = None) -> AgreementError:
    return AgreementError((Problem(message, remedy, file=file, line=line),))


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _error(
            path.name, f"It cannot be read ({error.strerror}).", "Check the path."
        ) from None


def _text(raw: bytes, name: str) -> str:
    if len(raw) > LARGEST_FILE:
        raise _error(
            name, "It is too large to be an agreement.", "Check that it is the right file."
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _error(name, "It is not UTF-8 text.", "Save it as UTF-8.", line) from None


def _compose(raw: bytes, name: str) -> yaml.Node:
    text = _text(raw, name)
    try:
        _check_shape(name, text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        message = f"It is not well formed: {error.problem}."
        line = _mark_line(error.problem_mark)
        raise _error(name, message, "Correct the indentation or quote the text.", line) from None
    except yaml.YAMLError as error:
        raise _error(name, f"It is not YAML: {error}.", "Save it as YAML text.") from None
    if node is None:
        raise _error(name, "It is empty.", "Start with 'reference: ...'.")
    return node


def _check_shape(name: str, text: str) -> None:
    """Refuses aliases, which can make a short file endless, and nesting without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        line = _mark_line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise _error(name, "It uses a YAML alias (*name).", "Write the value out.", line)
        if depth > DEEPEST:
            raise _error(name, "It is nested too deeply.", "Check the brackets.", line)


def _mark_line(mark: Any) -> int | None:
    return mark.line + 1 if mark else None


def _resolve_choices(
    data: dict[str, Any], overrides: Mapping[str, str]
) -> Iterator[tuple[Path_, str, str]]:
    """Replaces ``{choice: name}`` by the chosen reading, in place; yields what is wrong."""
    declared = data.get("choices")
    declared = declared if isinstance(declared, dict) else {}
    readings: dict[str, Any] = {}
    for name in sorted(overrides.keys() - declared.keys()):
        yield ("choices",), f"It has no choice called '{name}'.", _one_of(declared)
    for name, choice in declared.items():
        if not isinstance(choice, dict) or not isinstance(choice.get("readings"), dict):
            continue  # the model says what is missing
        choice["chosen"] = overrides.get(name, choice.get("chosen"))
        if str(choice["chosen"]) not in choice["readings"]:
            yield (
                ("choices", name, "chosen"),
                f"'{choice['chosen']}' is not one of its readings.",
                _one_of(choice["readings"]),
            )
        else:
            readings[name] = choice["readings"][str(choice["chosen"])]
    used: set[str] = set()
    for where, name in list(_uses(data)):
        used.add(name)
        if name in readings:
            _set(data, where, readings[name])
        elif name not in declared:
            yield where, f"There is no choice called '{name}'.", _one_of(declared)
    for name in sorted(declared.keys() - used):
        yield ("choices", name), "No clause uses this choice.", "Use it, or remove it."


def _uses(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, dict):
        if set(value) == {CHOICE}:
            yield path, str(value[CHOICE])
            return
        for key, item in value.items():
            if path or key != "choices":
                yield from _uses(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _uses(item, (*path, index))


def _set(data: Any, path: Path_, value: Any) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def _one_of(names: Mapping[str, Any]) -> str:
    return f"Use one of: {', '.join(sorted(map(str, names))) or 'none is declared'}."


def _line(lines: Mapping[Path_, int], where: Path_) -> int | None:
    """The line of a value, or of the nearest thing around it (a missing key has no line)."""
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where)


def _clause(data: Any, where: Path_) -> str:
    """The id of the innermost clause around a value."""
    found = ""
    for step in where:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            found = data["id"]
    return found


def _explain(wrong: Any) -> tuple[str, str]:
    """A pydantic error as a message and a remedy."""
    field = str(wrong["loc"][-1]) if wrong["loc"] else "the file"
    match wrong["type"]:
        case "missing":
            return f"'{field}' is missing.", f"Add '{field}'."
        case "extra_forbidden":
            return f"'{field}' is not a field of this clause.", "Remove it or correct its spelling."
        case "literal_error":
            return (
                f"'{field}' cannot be '{wrong['input']}'.",
                f"Use one of: {wrong['ctx']['expected']}.",
            )
        case "string_type" if isinstance(wrong["input"], int | float | date):
            return (
                f"'{field}' must be text, and YAML reads it as something else.",
                'Put it in quotes as it stands, so that 0.10 stays "0.10" and no stays "no".',
            )
        case "string_pattern_mismatch":
            return (
                f"'{wrong['input']}' does not have the form of a {field}.",
                f"It must match {wrong['ctx']['pattern']}.",
            )
    return f"'{field}': {wrong['msg']}.", "Correct the value."
