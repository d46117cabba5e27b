"""A page of a site that reformats the register, read back into the register's records.

The site prints, for an organisation, how many files left, and for each agreement a line for each
fact, the datasets, and the longer texts. Its labels do not always mean what they say: "Access
method" is the register's frequency, "Data-controller type" the controller's name, "Purposes" the
commercial flag with the type of organisation, and "Opt outs honoured" the type of data, whether
opt-outs were applied, and the duty of confidentiality. It gives no versions and lists no files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from sharewell.register import cells
from sharewell.register.errors import Problem, RegisterError
from sharewell.register.model import DatasetRow, Edition, RegisterAgreement
from sharewell.register.names import split_names

SECTIONS: Mapping[str, str] = {
    "Objectives": "objective",
    "Expected Benefits": "benefits",
    "Yielded Benefits": "yielded_benefits",
    "Outputs": "outputs",
    "Processing": "processing",
}
"""The headings of the longer texts, and the fields that they give."""

LINES = (
    "Type of data",
    "Opt outs honoured",
    "Legal basis",
    "Purposes",
    "Sensitive",
    "When",
    "Access method",
    "Data-controller type",
    "Sublicensing allowed",
)
"""The labels of the lines, in their order."""

_DATASETS = "Datasets"
_NOT_DISCLOSED = "information not disclosed for TRE projects"
_ORGANISATION = re.compile(r"(.+?) projects")
_COUNT = re.compile(r"([\d,]+) data files? in total (?:were|was) disseminated unsafely.*")
_PROJECT = re.compile(r"(.+?)\s+[—–-]\s+(DARS-NIC-\d+-[A-Za-z0-9]+)(?:-v[\d.]+)?")
_ITEM = re.compile(r"\s*\d+\.\s+(.+)")
_DAY = r"(\d{4}-\d{2}-\d{2})"
_TERM = re.compile(rf"(?:DSA runs\s+)?{_DAY}\s*[—–-]\s*{_DAY}")
_RELEASES = re.compile(r"(\d{4})\.(\d{2})\s*[—–-]\s*(\d{4})\.(\d{2})")
_OPT_OUTS = re.compile(r"(?P<items>[^()]*)(?:\((?P<duty>.*)\))?[\s.]*")


@dataclass(frozen=True)
class Project:
    """One agreement on a page.

    ``lines`` are the facts as printed, by label. ``first_release`` and ``last_release`` are the
    first days of the months between which files left. ``unheaded`` are texts whose headings the
    copy has lost: see `restore_headings`.
    """

    agreement: RegisterAgreement
    datasets: tuple[DatasetRow, ...]
    lines: Mapping[str, str]
    opt_outs: str | None
    first_release: date | None
    last_release: date | None
    unheaded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """What a page says: of whom, how many files left by its own count, and each agreement."""

    name: str
    digest: str
    organisation: str
    files_stated: int | None
    projects: tuple[Project, ...]

    def edition(self) -> Edition:
        """The page as an edition of the register."""
        return Edition(
            name=self.name,
            source="page",
            digest=self.digest,
            published=self.as_of,
            agreements=tuple(project.agreement for project in self.projects),
            datasets=tuple(row for project in self.projects for row in project.datasets),
            files=(),
        )

    @property
    def as_of(self) -> date | None:
        """The first day of the newest month of release that the page gives."""
        months = [each.last_release for each in self.projects if each.last_release]
        return max(months) if months else None

    def project(self, reference: str) -> Project | None:
        """The agreement with this reference, if the page has it."""
        return next((p for p in self.projects if p.agreement.reference == reference), None)


def read_page(text: str, *, name: str = "page.txt") -> Page:
    """The page in a text. RegisterError names the line that cannot be understood."""
    lines = text.lstrip("\ufeff").splitlines()
    starts = [i for i, line in enumerate(lines) if _PROJECT.fullmatch(line.strip())]
    head = [line.strip() for line in lines[: starts[0] if starts else len(lines)]]
    organisation = next((m[1] for line in head if (m := _ORGANISATION.fullmatch(line))), None)
    if organisation is None:
        raise _wrong(
            name, 1, "No line names the organisation.", "It reads like 'Home Office projects'."
        )
    if not starts:
        raise _wrong(
            name,
            len(lines),
            "The page has no agreement.",
            "Its heading reads like 'Title — DARS-NIC-698171-K4M0B'.",
        )
    stated = next((m[1] for line in head if (m := _COUNT.fullmatch(line))), None)
    bounds = zip(starts, [*starts[1:], len(lines)], strict=True)
    return Page(
        name=name,
        digest=sha256(text.encode("utf-8")).hexdigest(),
        organisation=organisation,
        files_stated=int(stated.replace(",", "")) if stated else None,
        projects=tuple(
            _project(lines[start:end], start + 1, organisation, name) for start, end in bounds
        ),
    )


def _project(lines: Sequence[str], number: int, organisation: str, file: str) -> Project:
    """One agreement from its lines; ``number`` is the first line's."""
    heading = _PROJECT.fullmatch(lines[0].strip())
    assert heading  # noqa: S101 - the caller found it by this pattern
    facts, at = _facts(lines)
    datasets, at = _numbered(lines, at)
    sections, unheaded = _sections(lines[at:])
    start, end = _term(facts.get("When", ""), file, number)
    first, last = _months(facts.get("When", ""), file, number)
    types, opt_outs, duty = _opt_outs(facts.get("Opt outs honoured", ""))
    commercial, kind = _purposes(facts.get("Purposes"))
    named = facts.get("Type of data")
    controllers = facts.get("Data-controller type", "")
    reference = heading[2]
    agreement = RegisterAgreement(
        reference=reference,
        version="",
        title=heading[1],
        organisation=organisation,
        organisation_type=kind,
        controllers=split_names(controllers, [organisation, controllers]),
        controllers_written=controllers,
        controller_arrangement=None,
        start=start,
        end=end,
        sublicensing=facts.get("Sublicensing allowed"),
        commercial=commercial,
        objective=sections.get("objective"),
        processing=sections.get("processing"),
        outputs=sections.get("outputs"),
        benefits=sections.get("benefits"),
        yielded_benefits=sections.get("yielded_benefits"),
    )
    return Project(
        agreement=agreement,
        datasets=tuple(
            DatasetRow(
                agreement=agreement.name,
                dataset=dataset,
                type_of_data=named if named != _NOT_DISCLOSED else types,
                sensitivity=facts.get("Sensitive"),
                frequency=facts.get("Access method"),
                legal_basis=facts.get("Legal basis"),
                confidentiality=duty,
            )
            for dataset in datasets
        ),
        lines=facts,
        opt_outs=opt_outs,
        first_release=first,
        last_release=last,
        unheaded=unheaded,
    )


def restore_headings(project: Project, like: RegisterAgreement) -> Project:
    """The project with its lost headings given back, where ``like`` holds the same text.

    A text goes under the heading whose text in ``like`` shares most of its words, if it shares
    more than half of them; others stay without.
    """
    found: dict[str, Any] = {}
    left = []
    for text in project.unheaded:
        likeness = {
            field: _likeness(text, getattr(like, field) or "")
            for field in SECTIONS.values()
            if getattr(project.agreement, field) is None and field not in found
        }
        best = max(likeness, key=lambda field: likeness[field], default=None)
        if best and likeness[best] > 0.5:
            found[best] = text
        else:
            left.append(text)
    agreement = replace(project.agreement, **found)
    return replace(project, agreement=agreement, unheaded=tuple(left))


def _likeness(one: str, other: str) -> float:
    """The share of distinct words that two texts have in common (Jaccard's index)."""
    words, others = set(one.casefold().split()), set(other.casefold().split())
    return len(words & others) / max(1, len(words | others))


def _facts(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The labelled lines, and where they end."""
    facts: dict[str, str] = {}
    at = 1
    for index, line in enumerate(lines[1:], start=1):
        label, colon, value = line.strip().partition(":")
        if not label:
            continue
        if not colon or label not in LINES or label in facts:
            break
        facts[label] = value.strip()
        at = index + 1
    return facts, at


def _numbered(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The numbered list of datasets, with its heading or without, and where it ends."""
    found: list[str] = []
    for index, line in enumerate(lines[at:], start=at):
        item = _ITEM.fullmatch(line.rstrip())
        if item and line.startswith(" "):
            found.append(item[1].strip())
        elif line.strip() not in ("", f"{_DATASETS}:"):
            return found, index
    return found, len(lines)


def _sections(lines: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts by field, and those without a heading, which two empty lines divide."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    used: set[str] = set()
    for line in lines:
        heading = line.strip().removesuffix(":")
        if line.strip().endswith(":") and heading in SECTIONS and heading not in used:
            used.add(heading)
            parts.append((SECTIONS[heading], []))
        else:
            parts[-1][1].append(line.rstrip())
    texts = {field: "\n".join(body).strip() for field, body in parts}
    unheaded = texts.pop("")
    return texts, tuple(t.strip() for t in re.split(r"\n{3,}", unheaded) if t.strip())


def _term(words: str, file: str, number: int) -> tuple[date | None, date | None]:
    found = _TERM.search(words)
    if not found:
        if words and not _RELEASES.search(words):
            raise _wrong(file, number, f"'When' reads '{words}'.", _WHEN_REMEDY)
        return None, None
    return _day(found[1], words, file, number), _day(found[2], words, file, number)


def _months(words: str, file: str, number: int) -> tuple[date | None, date | None]:
    found = _RELEASES.search(words)
    if not found:
        return None, None
    first, last = (f"{found[i]}-{found[i + 1]}-01" for i in (1, 3))
    return _day(first, words, file, number), _day(last, words, file, number)


_WHEN_REMEDY = "It reads like 'DSA runs 2024-03-28 — 2027-03-27 2024.05 — 2024.06.'"


def _day(text: str, words: str, file: str, number: int) -> date:
    try:
        found = cells.day(text)
    except cells.CellError:
        found = None
    if found is None:
        raise _wrong(file, number, f"'When' reads '{words}', with no day {text}.", _WHEN_REMEDY)
    return found


def _opt_outs(words: str) -> tuple[str | None, str | None, str | None]:
    """Type of data, opt-outs applied, and duty of confidentiality, from the line that joins
    them: "Anonymised - ICO Code Compliant, No (Does not include the flow of ...)"."""
    found = _OPT_OUTS.fullmatch(words)
    if not found:
        return words or None, None, None
    items = [item.strip() for item in found["items"].split(",") if item.strip()]
    flags = [item for item in items if item.casefold() in ("yes", "no")]
    types = [item for item in items if item not in flags]
    return ", ".join(types) or None, ", ".join(flags) or None, found["duty"]


def _purposes(words: str | None) -> tuple[str | None, str | None]:
    """The commercial flag, and the type of organisation in brackets."""
    if words is None:
        return None, None
    flag, _, kind = words.partition("(")
    return flag.strip() or None, kind.strip().removesuffix(")") or None


def _wrong(file: str, line: int, message: str, remedy: str) -> RegisterError:
    return RegisterError([Problem(message, remedy, f"{file}, from line {line}")])
