"""Writing agreement files: plain values as YAML that reads back the same, and one value anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from sharewell.agreements.errors import AgreementError, Problem

Path_ = tuple[str, ...]


class _Dumper(yaml.SafeDumper):
    """Writes every value out where it stands: a file with an alias would be refused."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        """Always."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Lists stand further in than their key, as in the examples."""
        super().increase_indent(flow, indentless=False)


_BREAKS = re.compile("[\x85\u2028\u2029]")  # the library takes these for ends of lines


def _written(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.search(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _written)
_Dumper.add_representer(tuple, lambda dumper, value: dumper.represent_list(value))


def write_tree(tree: Mapping[str, Any]) -> bytes:
    """An agreement's plain values (see `loader.read_tree`) as a YAML file, in the order given."""
    text: str = yaml.dump(dict(tree), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96)
    return text.encode("utf-8")


def with_values(raw: bytes, name: str, values: Mapping[Path_, str | date]) -> bytes:
    """The file with other values in some places, everything else (comments too) as it stands.

    ``values`` maps paths such as ``("term", "last")``. Raises AgreementError where a path is
    not in the file.
    """
    text = raw.decode("utf-8-sig")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    places = []
    for path, value in values.items():
        node = root
        for key in path:
            node = _child(node, key)
        if node is None:
            problem = Problem(f"It has no '{'.'.join(path)}'.", "Add it.", file=name)
            raise AgreementError((problem,))
        places.append((node.start_mark.index, node.end_mark.index, _scalar(value)))
    for start, end, written in sorted(places, reverse=True):
        kept = text[start:end]
        blank = kept[len(kept.rstrip()) :]  # a block of words takes the line's end with it
        text = text[:start] + written + blank + text[end:]
    return text.encode("utf-8")


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None


def _scalar(value: str | date) -> str:
    """In one line: quoted text, or a day."""
    if isinstance(value, date):
        return value.isoformat()
    written: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10**9)
    return written.removesuffix("\n")
