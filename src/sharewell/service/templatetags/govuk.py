"""GOV.UK components as template tags. They are built in: no template needs to load them.

{% error_summary form %}            {% tag "Active" "green" %}
{% breadcrumbs "Agreements" "/agreements/" "NIC-1" %}
{% summary_list rows %}             rows: (key, value) or (key, value, link, link text)
{% table caption head rows %}       head: texts; rows: sequences of cells
{% pagination page_obj %}           {% button "Save" %}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from django import template
from django.core.paginator import Page
from django.template.context import Context

from sharewell.service.forms import error_links

register = template.Library()


@register.inclusion_tag("govuk/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """What is wrong with a form, at the top of the page, each linked to its box."""
    return {"errors": error_links(form)}


@register.filter
def has_errors(form: Any) -> bool:
    """Whether a form was sent and has errors."""
    return bool(error_links(form))


@register.inclusion_tag("govuk/breadcrumbs.html")
def breadcrumbs(*texts_and_addresses: str) -> dict[str, Any]:
    """Text, address, text, address, ..., and the text of this page."""
    pairs = zip_longest(texts_and_addresses[::2], texts_and_addresses[1::2])
    return {"crumbs": [{"text": text, "address": address} for text, address in pairs]}


@register.inclusion_tag("govuk/summary_list.html")
def summary_list(rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Keys and values, each with a link to change it where there is one."""
    names = ("key", "value", "address", "action")
    found = [dict(zip(names, row, strict=False)) for row in rows]
    return {"rows": found, "actions": any("address" in row for row in found)}


@register.inclusion_tag("govuk/table.html")
def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "Nothing yet."
) -> dict[str, Any]:
    """A table that scrolls in its own box where it is wider than the page."""
    return {"caption": caption, "head": head, "rows": list(rows), "empty": empty}


@register.inclusion_tag("govuk/tag.html")
def tag(text: str, colour: str = "") -> dict[str, Any]:
    """A state, in one or two words."""
    return {"text": text, "colour": colour}


@register.inclusion_tag("govuk/button.html")
def button(text: str, address: str = "", kind: str = "") -> dict[str, Any]:
    """A button that sends the form around it, or a link that looks like one.

    ``kind`` is '', 'secondary' or 'warning'."""
    return {"text": text, "address": address, "kind": kind}


@register.inclusion_tag("govuk/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Links to the other pages of a list, keeping the rest of the query."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    rest = query.urlencode()
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "rest": f"{rest}&" if rest else ""}
