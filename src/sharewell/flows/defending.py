"""Before tables leave: attack them together with everything released, repair, and keep the proof.

What comes of it goes three ways. With the release go the repaired tables and a record in JSON.
Inside stay a page for reviewers, the published form of the tables (which the next release is
attacked with) and the proof, encrypted, for it holds the truth. The ledger keeps the numbers.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sharewell.catalogue.breakdowns import TOTAL, financial_year_label
from sharewell.disclosure import PublishedTable, Rule
from sharewell.disclosure.coordinates import Shown
from sharewell.disclosure.defend import Defended, defend
from sharewell.disclosure.derivation import trace
from sharewell.disclosure.dropping import Drop, to_drop
from sharewell.disclosure.explain import because
from sharewell.disclosure.frame import frame_of
from sharewell.disclosure.proof import CellNames, Proof, digest, seal, write_proof
from sharewell.disclosure.relations import ContradictoryTablesError, Linked
from sharewell.disclosure.system import Bools, Ints, propagate
from sharewell.flows.errors import FlowError
from sharewell.flows.home import Home
from sharewell.flows.known import (
    Known,
    editions_of,
    kinds_of,
    known_releases,
    new_shown,
    write_published,
)
from sharewell.flows.notes import LABELS
from sharewell.flows.releases import Progress
from sharewell.ledger import Entry
from sharewell.publication import (
    Exposure,
    Grid,
    Identity,
    Repaired,
    ReviewNotes,
    generate_identity,
    write_review,
)
from sharewell.publication.labels import crossing_title, labeller
from sharewell.tabulation import CountedTable

WIDTH = 3
"""How many counts a reader must at least think possible of a protected cell."""

PROOF = "inside/proof.npz.age"
REVIEW = "inside/review.html"
KEY = "proofs.key"
MOST_LISTED = 25


@dataclass(frozen=True, eq=False)
class Defence:
    """New tables that are safe beside everything ``known``; ``done`` says how it was found."""

    done: Defended
    new: tuple[Shown, ...]
    known: Known
    rule: Rule
    width: int = WIDTH

    @property
    def tables(self) -> tuple[PublishedTable, ...]:
        """The tables as they may be printed."""
        return self.done.tables


def defend_tables(
    home: Home,
    counted: Sequence[CountedTable],
    protected: Sequence[PublishedTable],
    sources: Sequence[Entry],
    rule: Rule,
    progress: Progress,
    also: Sequence[Shown] = (),
) -> Defence:
    """Attacks and repairs tables that a rule has protected, beside everything released and what
    is taken to be out ``also``.

    Raises FlowError when released tables cannot all be true, and when some cell stays known
    whatever is withheld, unless earlier releases alone give it away.
    """
    editions = editions_of(home, sources)
    new = [
        new_shown(table, counts, editions) for table, counts in zip(protected, counted, strict=True)
    ]
    known = known_releases(home, new)
    frame = frame_of(new[0].source)
    if any(frame_of(shown.source) is not frame for shown in new):
        raise FlowError(
            "Nothing left: these tables count records of different kinds, which are not tied to "
            "each other. Release them one kind at a time."
        )
    try:
        done = defend(
            new,
            (*known.tables, *also),
            frame,
            width=WIDTH,
            small=rule.high,
            progress=progress,
        )
    except ContradictoryTablesError as error:
        raise FlowError(
            f"Nothing left: what is out and what is to go out cannot both be true. {error}"
        ) from error
    unmended = np.setdiff1d(done.left, done.already)
    if len(unmended):
        names = "; ".join(done.linked.name(int(cell)) for cell in unmended[:10])
        more = f"; and {len(unmended) - 10:,} more" if len(unmended) > 10 else ""
        progress("Looking for what to leave out", 0.0)
        raise FlowError(
            f"Nothing left: a reader would know {len(unmended):,} small numbers whatever else is "
            f"withheld beside what is out: {names}{more}. {_leave_out(to_drop(done))}"
        )
    return Defence(done, tuple(new), known, rule)


def _leave_out(drops: Sequence[Drop]) -> str:
    """The remedy where tables cannot be made safe by withholding single cells."""
    if not drops:
        return "Leave out the tables or crossings that print them."
    whole = dict.fromkeys(f"the table '{each.title}'" for each in drops if each.whole)
    parts = [
        f"'{crossing_title(each.crossing)}' of '{each.title}' ({each.rows:,} figures)"
        for each in drops
        if not each.whole
    ]
    return f"The smallest set found to leave out: {'; '.join([*whole, *parts])}."


# What goes with the release


def record(defence: Defence, proof: bytes) -> dict[str, Any]:
    """The disclosure record of a release, for anybody. It says nothing of the tables before
    repair, and holds no count."""
    done = defence.done
    return {
        "rule": {
            name: getattr(defence.rule, name)
            for name in ("id", "title", "low", "high", "base", "source")
        },
        "width": done.width,
        "tables": [
            {
                "id": table.id,
                "title": table.title,
                "rules": list(table.rules),
                "cells": table.cells.num_rows,
                "treatments": treatments(table),
                "withheld_by_repair": int(rows.sum()),
            }
            for table, rows in zip(done.tables, done.withheld, strict=True)
        ],
        "attack": {
            "linked_cells": len(done.linked),
            "protected_cells": int(done.linked.system.protected.sum()),
            "attacked_cells": int(done.looked.sum()),
            "exact": 0,
            "narrow": 0,
            "min_width": done.min_width,
            "known_from_earlier_releases_alone": len(done.already),
        },
        "compared_with": sorted({shown.title for shown in defence.known.tables}),
        "not_compared_with": list(defence.known.silent),
        "proof": {"sha256": digest(proof), "witnesses": len(done.witnesses)},
        "software": {name: version(name) for name in ("sharewell", "highspy", "numpy")},
    }


def treatments(table: PublishedTable) -> dict[str, int]:
    """How many cells were treated how."""
    return dict(sorted(Counter(table.cells["treatment"].to_pylist()).items()))


# What stays inside


def proof_of(done: Defended) -> Proof:
    """The witnesses, and which of them tell each protected cell apart."""
    cells = np.flatnonzero(done.looked)
    shown = done.witnesses[:, cells]
    return Proof(
        names=names_of(done.linked),
        cells=cells,
        at_low=shown.argmin(axis=0),
        at_high=shown.argmax(axis=0),
        tables=done.witnesses,
        width=done.width,
    )


def names_of(linked: Linked) -> CellNames:
    """Where each count stands; the last dimension numbers rests, which have no place."""
    named, rests = linked.named, len(linked) - linked.named
    base = np.zeros(len(linked), dtype=np.int64)
    base[:named] = np.arange(named)
    for rest in range(rests):
        base[named + rest] = base[linked.rest_of[rest]]
    number = np.concatenate([np.zeros(named, dtype=np.int64), np.arange(1, rests + 1)])
    axes = linked.space.axes
    return CellNames(
        dimensions=(*(axis.id for axis in axes), "rest"),
        categories=(
            *(tuple(str(value) for value in axis.values) for axis in axes),
            tuple(map(str, range(rests + 1))),
        ),
        codes=np.column_stack([linked.space.codes[base], number]),
    )


def write_inside(home: Home, directory: Path, defence: Defence, proof: bytes, title: str) -> None:
    """Writes the published form, the sealed proof and the reviewers' page below ``directory``."""
    write_published(directory, defence.tables)
    (directory / PROOF).write_bytes(seal(proof, [proof_key(home).recipient]))
    write_review(directory / REVIEW, review_notes(defence, title, digest(proof)))


def make_proof(defence: Defence) -> bytes:
    """The proof's bytes: the same for the same tables."""
    return write_proof(proof_of(defence.done))


def proof_key(home: Home) -> Identity:
    """The key pair that proofs are sealed to: made at the first release, for the owner's eyes."""
    path = home.path / KEY
    if not path.exists():
        made = generate_identity()
        part = path.with_name(f".{KEY}-{os.getpid()}")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
            file.write(f"{made.recipient}\n{made.secret}\n")
        try:
            os.link(part, path)  # whoever comes second takes the first one's
        except FileExistsError:
            pass
        finally:
            part.unlink()
    recipient, secret = path.read_text("ascii").split()
    return Identity(recipient, secret)


def review_notes(defence: Defence, title: str, proof: str) -> ReviewNotes:
    """What a reviewer should know. It says what a reader would have found: for those inside."""
    done = defence.done
    linked = done.before
    narrowed = propagate(linked.system)
    traced = trace(linked.system) if len(done.exposed) else None
    width = narrowed.high - narrowed.low
    order = done.exposed[np.argsort(width[done.exposed], kind="stable")]
    exposures = [
        Exposure(
            linked.name(int(cell)),
            as_printed_words(linked, int(cell)),
            because(linked, narrowed, int(cell), traced=traced)
            if width[cell] < done.width - 1
            else "Several tables together narrow it; the attack found no two that differ enough.",
        )
        for cell in order[:MOST_LISTED]
    ]
    exact = int((width[done.exposed] == 0).sum())
    return ReviewNotes(
        title=title,
        width=done.width,
        linked=len(done.linked),
        protected=int(done.looked.sum()),
        exposed=len(done.exposed),
        exact=exact,
        exposures=tuple(exposures),
        tables=tuple(
            Repaired(
                table.title,
                table.cells.num_rows,
                treatments(table),
                _names(linked, where[rows]),
            )
            for table, rows, where in zip(done.tables, done.withheld, linked.where, strict=False)
        ),
        grids=tuple(_grids(done)),
        compared=tuple(sorted({shown.title for shown in defence.known.tables})),
        silent=defence.known.silent,
        already=tuple(done.linked.name(int(cell)) for cell in done.already[:MOST_LISTED]),
        already_count=len(done.already),
        witnesses=len(done.witnesses),
        proof=proof,
    )


def as_printed_words(linked: Linked, cell: int) -> str:
    """What readers would have seen of a count: '*' or 'nothing'."""
    return ", ".join(dict.fromkeys(text for _, text in linked.printed_as(cell))) or "nothing"


def _names(linked: Linked, cells: Ints) -> tuple[str, ...]:
    return tuple(linked.name(cell) for cell in dict.fromkeys(cells.tolist()))


def _grids(done: Defended) -> Iterator[Grid]:
    """Each new table by area and year, where it has both."""
    label = labeller(LABELS)
    exposed = np.zeros(len(done.before), dtype=bool)
    exposed[done.exposed] = True
    for table, rows, where in zip(done.tables, done.withheld, done.before.where, strict=False):
        area = next((n for n, kind in kinds_of(table.cells).items() if kind == "geography"), None)
        if area is None or "financial_year" not in table.cells.column_names:
            continue
        areas, years = (table.cells[name].to_pylist() for name in (area, "financial_year"))
        rank = {code: number for number, code in enumerate(_split(areas))}
        when = {year: number for number, year in enumerate(sorted(_split(years)))}
        at = [
            (rank[a], when[y]) if a in rank and y in when else None
            for a, y in zip(areas, years, strict=True)
        ]
        yield Grid(
            title=table.title,
            rows=tuple(label(area, code) for code in rank),
            columns=tuple(financial_year_label(int(year)) for year in when),
            present=frozenset(place for place in at if place),
            exposed=_tally(at, exposed[where]),
            withheld=_tally(at, rows),
        )


def _split(values: Sequence[str | None]) -> dict[str, None]:
    """The categories that a column has beside its total, in order."""
    return dict.fromkeys(value for value in values if value not in (None, TOTAL))


def _tally(at: Sequence[tuple[int, int] | None], marked: Bools) -> dict[tuple[int, int], int]:
    return dict(Counter(place for place, is_ in zip(at, marked, strict=True) if is_ and place))


def ledger_facts(defence: Defence, proof: bytes) -> Mapping[str, Any]:
    """What the ledger keeps of the defence: also what was found before repair."""
    done = defence.done
    return {
        "width": done.width,
        "small": defence.rule.high,
        "linked_cells": len(done.linked),
        "attacked_cells": int(done.looked.sum()),
        "exposed_before_repair": len(done.exposed),
        "known_from_earlier_releases_alone": len(done.already),
        "min_width": done.min_width,
        "compared_with": list(defence.known.entries),
        "not_compared_with": list(defence.known.silent),
        "proof": digest(proof),
    }
