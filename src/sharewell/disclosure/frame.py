"""What a category is made of: the sums that tie the cells of tables, as a reader knows them.

A frame says which columns show the same dimension (region, police force and local authority are
all areas) and which values are the sum of which others. The catalogue's frame is made from its
breakdowns and areas; a table from elsewhere declares its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sharewell.catalogue import areas
from sharewell.catalogue.breakdowns import ETHNIC_GROUPS, SEXES, TOTAL, UNKNOWN, categories
from sharewell.catalogue.counting import Breakdown
from sharewell.catalogue.episode_counts import EPISODE_MEASURES
from sharewell.catalogue.forms import EPISODES, Form, forms_of

ENGLAND, WALES, ENGLAND_AND_WALES = "E92000001", "W92000004", "K04000001"
AGE_COLUMNS = ("age_band", "age_under_25", "age_drug_bands")


@dataclass(frozen=True)
class Sum:
    """``whole`` is the sum of ``parts``; where not ``complete``, the whole may hold more."""

    whole: str
    parts: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True)
class Dimension:
    """A way to split people that one or more columns show.

    ``columns`` hold its values; 'total' and a column that a crossing does not use are the same
    value. ``sums`` tie the values; ``labels`` name them. ``closed``: a value that ``sums`` do not
    name is an error. ``apart``: the columns show different things and no crossing has two of them;
    a value then names its column as well (see `apart_value`).
    """

    id: str
    columns: tuple[str, ...]
    sums: tuple[Sum, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    closed: bool = True
    apart: bool = False

    @property
    def values(self) -> frozenset[str]:
        """Every value that a sum names, and the total."""
        named = itertools.chain.from_iterable((s.whole, *s.parts) for s in self.sums)
        return frozenset(named) | {TOTAL}

    def inside(self, part: str, whole: str) -> bool:
        """Whether ``part`` is one of the values that make up ``whole``."""
        return whole == TOTAL or any(s.whole == whole and part in s.parts for s in self.sums)


def apart_value(column: str, value: str) -> str:
    """How a dimension whose columns are apart names a value: 'item: FOIL'."""
    return f"{column}: {value}"


@dataclass(frozen=True)
class Frame:
    """What ties the cells of several tables.

    ``dimensions`` besides time, measure and what is counted. ``time`` are the columns that hold a
    month ('YYYY-MM') and a financial year ('YYYY'), where the frame knows time. ``clinical`` maps
    a column that shows ICD-10 codes to the position that it shows. ``within`` are pairs of
    measures of which the first never exceeds the second; ``distinct`` are the measures that do
    not add. ``datasets``: the dimension 'area' is of one dataset, or of two that a table combines.
    ``national`` are the areas whose figures a rule may leave open.
    ``growing`` are editions from the earliest to the latest of which none holds less than those
    before it: name them only where the data's owner says that extracts never lose a record.
    ``overlapping`` gives for a measure the coordinates along which it does not add, for one person
    may be in several parts; ``latest`` are dimensions of which somebody may have another value in
    another span of days, so that along time nothing is known of their parts. ``things`` are the
    measures that count neither people nor what happened to them. ``followed``: a reader may know of
    everybody but a few whether their records came in or went between two editions (see `moved`).
    """

    dimensions: tuple[Dimension, ...]
    time: tuple[str, ...] = ()
    clinical: Mapping[str, str] = field(default_factory=dict)
    within: tuple[tuple[str, str], ...] = ()
    distinct: frozenset[str] = frozenset()
    datasets: bool = False
    national: frozenset[str] = frozenset({TOTAL})
    growing: tuple[str, ...] = ()
    overlapping: Mapping[str, frozenset[str]] = field(default_factory=dict)
    latest: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    followed: bool = False


@cache
def catalogue_frame() -> Frame:
    """The frame of the catalogue's breakdowns. Area values are those of one dataset; `joined_sums`
    ties two."""
    return Frame(
        dimensions=(
            Dimension("area", areas.LEVELS, _area_sums(), _area_labels()),
            Dimension("age", AGE_COLUMNS, _age_sums(AGE_COLUMNS), {UNKNOWN: "age not known"}),
            Dimension(
                "sex",
                ("sex",),
                (Sum(TOTAL, tuple(SEXES)),),
                {"1": "men", "2": "women", UNKNOWN: "sex not known"},
            ),
            Dimension(
                "ethnicity",
                ("ethnicity",),
                (Sum(TOTAL, tuple(ETHNIC_GROUPS)),),
                {**ETHNIC_GROUPS, UNKNOWN: "ethnic group not known"},
            ),
        ),
        time=("financial_year", "month"),
        clinical={"cause": "cause", "diagnosis": "primary"},
        within=tuple((m.id, whole) for m in EPISODE_MEASURES.values() for whole in m.within),
        distinct=frozenset(name for name, m in EPISODE_MEASURES.items() if not m.adds),
        datasets=True,
        national=frozenset({TOTAL, ENGLAND, ENGLAND_AND_WALES}),
    )


@cache
def frame_of(dataset: str) -> Frame:
    """The frame of a dataset's tables: of 'hes_apc', or of two that a table combines."""
    forms = forms_of(dataset.partition("+")[0])
    return catalogue_frame() if forms[0] is EPISODES else _frame_of_forms(forms)


def _frame_of_forms(forms: tuple[Form, ...]) -> Frame:
    """The frame of people and what was done, each dimension from what its breakdowns declare.

    Somebody may be seen in several months, areas of services and kinds of activity, so a measure
    of people does not add along these; and may have moved or grown older meanwhile.
    """
    by_dimension: dict[str, list[Breakdown]] = {}
    for form in forms:
        for each in form.breakdowns.values():
            if each.kind != "time":
                by_dimension.setdefault(each.dimension or each.id, []).append(each)
    measures = {name: m for form in forms for name, m in form.measures.items()}
    recorded = {b.dimension or b.id for f in forms if f.day for b in f.breakdowns.values()}
    several = frozenset({"time", *(recorded & by_dimension.keys())})
    made = {name for form in forms if form.made for name in form.measures}
    return Frame(
        dimensions=tuple(_dimension(name, mine) for name, mine in by_dimension.items()),
        time=("financial_year", "month"),
        within=tuple((m.id, whole) for m in measures.values() for whole in m.within),
        distinct=frozenset(n for n, m in measures.items() if not m.adds and n not in made),
        overlapping=dict.fromkeys(made, several),
        latest=frozenset(by_dimension) - recorded,
        things=frozenset(name for name, m in measures.items() if m.things),
        followed=True,
    )


def _dimension(name: str, breakdowns: Sequence[Breakdown]) -> Dimension:
    apart = any(each.apart for each in breakdowns)
    labels: dict[str, str] = {TOTAL: "all areas"} if name == "area" else {}
    sums: list[Sum] = []
    for each in breakdowns:
        listed = each.labels() if each.labels is not None else {}
        named = {apart_value(each.id, v) if apart else v: words for v, words in listed.items()}
        sums.append(Sum(TOTAL, tuple(named)))
        sums += [Sum(w, parts) for w, parts in each.groups.items() if parts != (w,)]
        unknown = f"{each.title[0].lower()}{each.title[1:]} {listed.get(UNKNOWN, '').lower()}"
        labels |= {v: unknown if v.endswith(UNKNOWN) else words for v, words in named.items()}
    columns = tuple(each.id for each in breakdowns)
    if name == "age":
        sums = list(_age_sums(columns))
    return Dimension(name, columns, tuple(sums), labels, apart=apart)


def declared_frame(
    columns: Mapping[str, Sequence[str]],
    hierarchies: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> Frame:
    """The frame of a table that declares its own totals and hierarchies.

    ``columns`` gives the categories that make up each column's total (none: the column has no
    total that is their sum). ``hierarchies`` gives, for a column, the categories that are the sum
    of other categories of that column: ``{"area": {"North": ["A", "B"]}}``. A total is the sum of
    the categories that are in no other; it is enough to list all of them. Raises ValueError for
    a hierarchy of a column or with a child that is not there, for a child with two parents, and
    for a category that is its own ancestor.
    """
    hierarchies = hierarchies or {}
    for name in hierarchies:
        if name not in columns:
            raise ValueError(
                f"Hierarchy '{name}': no column is called so. "
                f"The columns are {', '.join(columns) or 'none'}."
            )
    dimensions = []
    for name, listed in columns.items():
        parents = hierarchies.get(name, {})
        sums = [Sum(whole, tuple(parts)) for whole, parts in parents.items()]
        _check_hierarchy(name, tuple(listed), parents)
        children = {part for parts in parents.values() for part in parts}
        top = tuple(value for value in listed if value not in children)
        if top:
            sums.append(Sum(TOTAL, top))
            leaves = tuple(value for value in listed if value not in parents)
            if leaves != top:
                sums.append(Sum(TOTAL, leaves))
        dimensions.append(
            Dimension(name, (name,), tuple(sums), (labels or {}).get(name, {}), bool(listed))
        )
    return Frame(tuple(dimensions))


def _check_hierarchy(
    name: str, listed: tuple[str, ...], parents: Mapping[str, Sequence[str]]
) -> None:
    parent_of: dict[str, str] = {}
    for whole, parts in parents.items():
        for value in (whole, *parts):
            if value not in listed:
                raise ValueError(
                    f"Hierarchy '{name}': '{whole}' = {' + '.join(parts)}, but no cell has the "
                    f"category '{value}'. Add its cells, or take it out of the hierarchy."
                )
        for part in parts:
            if part in parent_of:
                raise ValueError(
                    f"Hierarchy '{name}': '{part}' is a part of '{parent_of[part]}' and of "
                    f"'{whole}'. Give it one parent, or make two columns."
                )
            parent_of[part] = whole
    for value in parent_of:
        seen, above = {value}, parent_of.get(value)
        while above is not None:
            if above in seen:
                raise ValueError(
                    f"Hierarchy '{name}': '{value}' is a part of itself, through '{above}'. "
                    "Correct the hierarchy."
                )
            seen.add(above)
            above = parent_of.get(above)


# Areas


def _codes(level: str) -> tuple[str, ...]:
    return tuple(categories(level) or ())


def nation(code: str) -> str:
    """'E', 'W' or another letter: the nation of an area of any level or of a pseudo code."""
    if code in areas.PSEUDO_CODES or code == UNKNOWN:
        return str(areas.nation_of(code))
    return code[0]


def _of_nation(level: str, letter: str) -> tuple[str, ...]:
    return tuple(code for code in _codes(level) if nation(code) == letter)


def _area_sums() -> tuple[Sum, ...]:
    """Everywhere from each level; the nations; regions and forces from what lies in them."""
    sums = [Sum(TOTAL, _codes(level)) for level in areas.LEVELS]
    elsewhere = tuple(c for c in _codes("region") if nation(c) not in ("E", "W"))
    sums.append(Sum(TOTAL, (ENGLAND, WALES, *elsewhere)))
    sums += [Sum(ENGLAND, _of_nation(level, "E")) for level in areas.LEVELS]
    sums += [Sum(WALES, _of_nation(level, "W")) for level in areas.LEVELS[1:]]
    forces: dict[str, list[str]] = {}
    regions_of_forces: dict[str, set[str]] = {}
    regions: dict[str, list[str]] = {}
    for code in areas.valid_in(areas.TODAY):
        force, region = areas.police_force_of(code), areas.region_of(code)
        forces.setdefault(force, []).append(code)
        if region != WALES:
            regions.setdefault(region, []).append(code)
            regions_of_forces.setdefault(region, set()).add(force)
    sums += [Sum(force, tuple(sorted(codes))) for force, codes in sorted(forces.items())]
    sums += [Sum(region, tuple(sorted(codes))) for region, codes in sorted(regions.items())]
    sums += [Sum(region, tuple(sorted(c))) for region, c in sorted(regions_of_forces.items())]
    return tuple(sums)


def joined_sums() -> tuple[tuple[str, tuple[tuple[int, str], ...]], ...]:
    """England and Wales of a combined table: the whole, and its parts as (dataset, area), where
    dataset 0 has England's residents and 1 those of Wales."""
    levels = [((0, ENGLAND), (1, WALES))]
    for level in areas.LEVELS:
        english = [(0, code) for code in _of_nation(level, "E")]
        levels.append((*english, *((1, code) for code in _of_nation(level, "W"))))  # type: ignore[arg-type]
    return tuple((ENGLAND_AND_WALES, parts) for parts in levels)


def _area_labels() -> dict[str, str]:
    names = {code: name for level in areas.LEVELS for code, name in areas.labels(level).items()}
    return {
        **names,
        UNKNOWN: "area not known",
        TOTAL: "all areas",
        ENGLAND: "England",
        WALES: "Wales",
        ENGLAND_AND_WALES: "England and Wales",
    }


# Ages: every band is an interval of years, so two systems of bands meet in their overlaps


def _years(label: str) -> tuple[int, int]:
    low, _, high = label.removesuffix("+").partition("-")
    return int(low), int(high) if high else 10**6


def _label(low: int, high: int) -> str:
    return f"{low}+" if high >= 10**6 else f"{low}-{high}"


def _age_sums(columns: Sequence[str]) -> tuple[Sum, ...]:
    """All ages from each system; each band of one system from its overlaps with another's."""
    systems = [tuple(categories(column) or ()) for column in columns]
    bands = [[_years(label) for label in system if label != UNKNOWN] for system in systems]
    sums = [Sum(TOTAL, system) for system in systems]
    for mine, other in itertools.permutations(bands, 2):
        for low, high in mine:
            overlaps = [(max(low, a), min(high, b)) for a, b in other]
            pieces = tuple(_label(a, b) for a, b in overlaps if a <= b)
            if len(pieces) > 1:
                sums.append(Sum(_label(low, high), pieces))
    return tuple(dict.fromkeys(sums))
