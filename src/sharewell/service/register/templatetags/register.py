"""{% load register %}: redlines, bars, counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sharewell.service.register.feeds import sentence
from sharewell.service.register.telling import Told
from sharewell.service.register.views import agreement_address

register = template.Library()
register.filter("agreement_address", agreement_address)
register.filter("sentence", sentence)

_CONTEXT = 160
_TAGS = {"insert": "ins", "delete": "del"}


@register.filter
def redline(runs: Sequence[Any]) -> SafeString:
    """A difference word by word; long stretches that did not change are cut short.

    Runs are the room's, or dictionaries of them.
    """
    plain = [run if isinstance(run, dict) else {"kind": run.kind, "text": run.text} for run in runs]
    pieces = []
    for place, run in enumerate(plain):
        if tag := _TAGS.get(run["kind"]):
            said = "Inserted:" if tag == "ins" else "Deleted:"
            pieces.append(
                format_html(
                    '<{}><span class="govuk-visually-hidden">{} </span>{}</{}>',
                    SafeString(tag), said, run["text"], SafeString(tag),
                )
            )  # fmt: skip
        else:
            pieces.append(format_html("{}", _short(run["text"], place, len(plain))))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _short(text: str, place: int, count: int) -> str:
    if len(text) <= 2 * _CONTEXT:
        return text
    head = text[:_CONTEXT].rpartition(" ")[0] if place else ""
    tail = text[-_CONTEXT:].partition(" ")[2] if place < count - 1 else ""
    return f"{head} … {tail}"


@register.inclusion_tag("register/bars.html")
def bars(caption: str, rows: Sequence[tuple[str, int]], head: Sequence[str]) -> dict[str, Any]:
    """A table with a bar in each row. Rows: label and number."""
    most = max((number for _, number in rows), default=0) or 1
    shares = [(label, number, round(100 * number / most, 1)) for label, number in rows]
    return {"caption": caption, "head": head, "rows": shares}


@register.inclusion_tag("register/counts.html")
def counts(tally: Any, address: str = "") -> dict[str, Any]:
    """The two counts side by side, each with its reason and a link to its rows."""
    return {"tally": tally, "address": address}


@register.inclusion_tag("register/change.html")
def change(each: Told, whose: str = "") -> dict[str, Any]:
    """One change, with its difference; ``whose`` is the organisation whose page it is."""
    return {"told": each, "change": each.change, "whose": whose}


@register.filter
def head(texts: str) -> list[str]:
    """The headings of a table, from one text with commas."""
    return texts.split(",")
