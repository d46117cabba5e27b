"""{% load own %}: a table with its picture, and a line of a trend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import template
from django.utils.safestring import SafeString

from sharewell.service.monitoring.own import charts
from sharewell.service.monitoring.own.figures import Table

register = template.Library()


@register.inclusion_tag("monitoring/own/_figure.html")
def figure(table: Table, picture: str = "bars", *columns: int) -> dict[str, Any]:
    """A table and, before it, a picture of each of the ``columns`` (of the one that it says).

    ``picture`` is 'columns' for months, 'bars' for kinds.
    """
    draw = charts.columns if picture == "columns" else charts.bars
    wanted = columns or (table.drawn,)
    found = [(table.head[1 + n], draw(replace(table, drawn=n))) for n in wanted]
    most = charts.MOST_BARS if picture == "bars" and len(table.body) > charts.MOST_BARS else 0
    return {"table": table, "pictures": found, "most": most}


@register.simple_tag
def spark(title: str, name: str, values: Any) -> SafeString:
    """A trend of shares, month by month."""
    return charts.spark(title, name, values)


@register.filter
def own_number(number: int) -> str:
    """12,345."""
    return f"{number:,}"


@register.filter
def own_share(share: float | None) -> str:
    """'12.5%'; a dash where there is nothing to be a share of."""
    return "–" if share is None else f"{share:.1%}"


@register.filter
def own_at(values: dict[Any, Any], key: Any) -> Any:
    """The value at a key."""
    return values.get(key, key)
