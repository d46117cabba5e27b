"""What ``sharewell protect`` and ``attack`` found, in words or for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from sharewell.cli.output import bullet, say
from sharewell.disclosure.protect import WITHHELD
from sharewell.disclosure.safeguard import Safeguarded
from sharewell.disclosure.tableattack import Attack, reasons

SHOWN = 20
"""How many findings are told; JSON has all."""


def as_dict(done: Safeguarded, seconds: float, *, dry_run: bool) -> dict[str, Any]:
    """What came of protecting a table, for other programs."""
    result = done.after.as_dict(seconds)
    result["options"] = [asdict(option) for option in done.options]
    result["chosen"] = done.chosen
    if not done.safe:
        result["withdraw"] = [asdict(each) for each in done.to_withdraw()]
    if dry_run:
        result["changed"] = [
            {"cell": cell, "rule": rule, "printed": printed}
            for cell, rule, printed in done.changes()
        ]
    return result


def tell_before(done: Safeguarded) -> None:
    ranges = int((done.widened > 0).sum())
    more = int(done.before.undecided.sum())
    alike = f" ({more:,} more were not settled soon, and are repaired alike.)" if more else ""
    say(
        f"By the rule alone, {done.before.protected:,} cells would be hidden, of which a reader "
        f"finds {done.before.exact:,} exactly and {int(done.before.narrow.sum()):,} to fewer "
        f"than {done.before.width} counts.{alike} Cells withheld for that ({WITHHELD}): "
        f"{int(done.withheld.sum()) - ranges:,}; printed as ranges: {ranges:,}."
    )


def tell_options(done: Safeguarded) -> None:
    """What merging categories would save."""
    if len(done.options) < 2:
        return
    say("Ways to repair it, with how much less each says than the rule alone:")
    for number, option in enumerate(done.options):
        chosen = " (chosen)" if number == done.chosen else ""
        unsafe = "" if option.safe else "; not safe"
        bullet(
            f"{option.merge or 'nothing merged'}: {option.withheld:,} withheld, "
            f"{option.widened:,} as ranges, loss {option.loss:,.1f}{unsafe}{chosen}"
        )


def tell_changes(done: Safeguarded) -> None:
    say("Nothing was written. What repair would change:")
    changes = done.changes()
    for cell, rule, printed in changes[:SHOWN]:
        bullet(f"{', '.join(f'{k} {v}' for k, v in cell.items())}: {rule}, then {printed}")
    if not changes:
        bullet("nothing")
    if len(changes) > SHOWN:
        say(f"And {len(changes) - SHOWN:,} more; --format json gives all.")


def tell_withdraw(done: Safeguarded) -> None:
    say(
        "Nothing was written: these cells are given away by what readers have already, and no cell "
        "of the new table can be withheld that would help."
    )
    withdraw = done.to_withdraw()
    if withdraw:
        say("The smallest set found of cells that would have to be taken back:")
    for each in withdraw[:SHOWN]:
        place = ", ".join(f"{name} {value}" for name, value in each.cell.items())
        bullet(f"{place}: {each.printed} in {' and '.join(each.tables)}")
    if len(withdraw) > SHOWN:
        say(f"And {len(withdraw) - SHOWN:,} more; --format json gives all.")


def tell_attack(found: Attack, seconds: float) -> None:
    narrow = np.flatnonzero(found.narrow)
    say(
        f"{found.cells:,} cells printed, {found.protected:,} of them hidden; "
        f"sums that tie them: {len(found.linked.system.total):,}. ({seconds:.1f} s)"
    )
    if undecided := int(found.undecided.sum()):
        say(
            f"Not settled: of {undecided:,} hidden cells neither a leak nor {found.width} possible "
            "counts were found soon. Without --quick they are settled one by one."
        )
    elif not len(narrow):
        say(f"Safe: every hidden cell keeps at least {found.width} possible counts.")
    if not len(narrow):
        return
    say(
        f"{len(narrow):,} hidden cells keep fewer than {found.width} possible counts, and "
        f"{found.exact:,} of those are known exactly."
    )
    for words in reasons(found, narrow[:SHOWN].tolist()):
        bullet(words)
    if len(narrow) > SHOWN:
        say(f"And {len(narrow) - SHOWN:,} more; --format json gives all.")
