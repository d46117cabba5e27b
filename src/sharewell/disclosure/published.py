"""A published table: what is printed, and for every cell what a reader knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Treatment = Literal["exact", "zero", "rounded", "starred", "withheld"]
"""How a cell was treated. ``exact``: printed as it is; ``zero``: a true 0 printed as 0;
``rounded``: to the nearest multiple of the rule's base; ``starred``: a small number, printed
``*``; ``withheld``: nothing is said, printed ``[c]``."""


@dataclass(frozen=True)
class PublishedTable:
    """A table that a rule has protected. It holds no true count.

    ``cells`` has the breakdown columns, ``crossing`` and ``measure`` of the counted table, and
    instead of ``count``: ``printed`` (string), ``treatment`` (a `Treatment`), ``low`` and
    ``high`` (int64; the least and greatest count that the printed cell allows; ``high`` is null
    where there is no upper bound). ``rules`` names what was applied, in order.
    """

    id: str
    title: str
    rules: tuple[str, ...]
    cells: pa.Table
