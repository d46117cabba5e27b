"""The guided form: a few steps of questions, whose answers make the file of an agreement.

What was answered is kept as it was sent, in the session, and read again by each step: nothing is
an agreement before the file that it makes is read like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict

from sharewell.agreements.writing import write_tree
from sharewell.catalogue.datasets import DATASETS
from sharewell.service.agreements import guide_forms

MOST_ROWS = 30
MORE = "more"
SOURCE = "agreement"


@dataclass(frozen=True)
class Part:
    """One form of a step; ``rows`` says what one of several is called, '' for a single form.
    ``fewest`` rows must be filled; ``needs`` names the choices that its fields are given."""

    key: str
    form: type[forms.Form]
    rows: str = ""
    fewest: int = 0
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One page of the form."""

    title: str
    parts: tuple[Part, ...]


_PARTIES = ("parties",)
STEPS: tuple[Step, ...] = (
    Step("What it is", (Part("about", guide_forms.AboutForm),)),
    Step("Parties", (Part("organisations", guide_forms.PartyForm, "Party", 2),)),
    Step(
        "Purposes and law",
        (
            Part("purposes", guide_forms.PurposeForm, "Purpose", 1),
            Part("law", guide_forms.LawForm),
        ),
    ),
    Step("Data", (Part("datasets", guide_forms.DatasetForm, "Dataset", 1),)),
    Step(
        "Tables",
        (
            Part("cohort", guide_forms.CohortForm),
            Part("tables", guide_forms.TableForm, "Table", needs=("datasets",)),
        ),
    ),
    Step(
        "Who gets what",
        (
            Part(
                "flows",
                guide_forms.FlowForm,
                "Flow",
                needs=("parties", "tables", "purposes"),
            ),
        ),
    ),
    Step(
        "Keeping and showing",
        (
            Part("place", guide_forms.PlaceForm),
            Part("access", guide_forms.AccessForm, "Access", 1, _PARTIES),
            Part("storage", guide_forms.StorageForm, "Storage", needs=_PARTIES),
        ),
    ),
    Step(
        "Limits and duties",
        (
            Part("prohibitions", guide_forms.ProhibitionForm, "Prohibition"),
            Part("duties", guide_forms.DutyForm, "Duty", needs=_PARTIES),
        ),
    ),
)

Kept = dict[str, dict[str, list[str]]]
"""What was sent, by the number of the step and the name of the field."""


class Guide:
    """The form with the answers given so far."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def forms(
        self, number: int, sent: QueryDict | None = None
    ) -> list[forms.Form | BaseFormSet[Any]]:
        """The forms of a step (from 0), with what was ``sent`` now or is kept."""
        data = sent if sent is not None else self._sent(number)
        return [self._form(part, data) for part in STEPS[number].parts]

    def keep(self, number: int, sent: QueryDict) -> None:
        """Keeps what was sent, with a row more where that was asked for."""
        values = {
            name: [value.replace("\r\n", "\n") for value in sent.getlist(name)]
            for name in sent
            if name != "csrfmiddlewaretoken"
        }
        for wanted in values.pop(MORE, []):
            total = f"{wanted}-TOTAL_FORMS"
            rows = values.get(total, [""])[0]
            if rows.isdigit():
                values[total] = [str(min(int(rows) + 1, MOST_ROWS))]
        self.kept[str(number)] = values

    def unfinished(self) -> int | None:
        """The first step that is not answered well; None when all are."""
        for number in range(len(STEPS)):
            if str(number) not in self.kept or not all(f.is_valid() for f in self.forms(number)):
                return number
        return None

    def answers(self) -> dict[str, Any]:
        """What was answered: for each part a mapping, or a list of them. All steps are valid."""
        found: dict[str, Any] = {}
        for number, step in enumerate(STEPS):
            for part, form in zip(step.parts, self.forms(number), strict=True):
                found[part.key] = _cleaned(form)
        return found

    def _sent(self, number: int) -> QueryDict | None:
        kept = self.kept.get(str(number))
        if kept is None:
            return None
        data = QueryDict(mutable=True)
        for name, values in kept.items():
            data.setlist(name, values)
        return data

    def _form(self, part: Part, data: QueryDict | None) -> forms.Form | BaseFormSet[Any]:
        given = {name: self._choices(name) for name in part.needs}
        if not part.rows:
            return part.form(data, prefix=part.key, **given)
        kind = formset_factory(
            part.form,
            extra=0 if part.fewest else 1,
            min_num=part.fewest,
            max_num=MOST_ROWS,
            absolute_max=MOST_ROWS,
            validate_min=True,
        )
        rows: BaseFormSet[Any] = kind(data, prefix=part.key, form_kwargs=given)
        return rows

    def _choices(self, name: str) -> guide_forms.Choices:
        """What earlier steps named: parties by short name, tables and purposes by their id."""
        key, number = {
            "parties": ("organisations", 1),
            "purposes": ("purposes", 2),
            "datasets": ("datasets", 3),
            "tables": ("tables", 4),
        }[name]
        place = [part.key for part in STEPS[number].parts].index(key)
        form = self.forms(number)[place]
        rows = _cleaned(form) if form.is_valid() else []
        if name == "parties":
            return [(row["short"], row["name"]) for row in rows]
        if name == "datasets":
            return [(row["dataset"], DATASETS[row["dataset"]].title) for row in rows]
        return [
            (each["id"], each["title"]) for each in _with_ids(rows, key.removesuffix("s"), "title")
        ]


def as_file(answers: Mapping[str, Any]) -> bytes:
    """The file that the answers make."""
    return write_tree(as_tree(answers))


def as_tree(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of the agreement, in the order of the model."""
    about, law, place = answers["about"], answers["law"], answers["place"]
    tables = _with_ids(answers["tables"], "table", "title")
    tree = {
        "reference": about["reference"],
        "version": about["version"],
        "title": about["title"],
        "documents": [{"id": SOURCE, "title": about["document"], "published": about["published"]}],
        "scope": _clause("scope", about["scope_words"], "Scope"),
        "organisations": [
            _clause(row["id"], row["words"], "Parties")
            | _said(row, "name", "short", "role", "engaged_by")
            | {"may_see_data": row["sees"]}
            for row in _with_ids(answers["organisations"], "party", "short")
        ],
        "term": _clause("term", about["term_words"], "Term") | _said(about, "first", "last"),
        "legal_bases": list(_bases(law)),
        "opt_outs": _clause("opt-outs", law["opt_outs_words"], "Law")
        | {"applied": law["opt_outs"]},
        "sensitivity": _clause("sensitivity", law["sensitive_words"], "Law")
        | {"sensitive": law["sensitive"]},
        "sublicensing": _clause("sublicensing", law["sublicensing_words"], "Law")
        | {"permitted": law["sublicensing"]},
        "purposes": [
            _clause(row["id"], row["words"], "Purposes") | _said(row, "title", "limited_to")
            for row in _with_ids(answers["purposes"], "purpose", "title")
        ],
        "datasets": [
            _clause(row["id"], row["words"], "Data")
            | {"title": DATASETS[row["dataset"]].title}
            | _said(row, "dataset", "classification", "level", "first", "last", "columns")
            for row in _with_ids(answers["datasets"], "data", "dataset")
        ],
        "cohorts": list(_cohorts(tables, answers["cohort"]["cohort_words"])),
        "tables": [
            _clause(row["id"], row["words"], "Tables")
            | {"cohort": _cohort(row["dataset"])}
            | _said(
                row,
                "title",
                "dataset",
                "code_list",
                "measures",
                "crossings",
                "first",
                "last",
                "cadence",
            )
            for row in tables
        ],
        "flows": [_flow(row) for row in _with_ids(answers["flows"], "flow", "act")],
        "territory": _clause("territory", place["places_words"], "Territory")
        | _said(place, "places"),
        "storage": [
            _clause(row["id"], row["words"], "Storage") | _said(row, "organisation", "places")
            for row in _with_ids(answers["storage"], "storage", "organisation")
        ],
        "access": [
            _clause(row["id"], row["words"], "Access")
            | _said(row, "organisation", "roles", "authorised_by")
            | {"list_kept": row["list_kept"]}
            for row in _with_ids(answers["access"], "access", "organisation")
        ],
        "outputs": [
            _clause("outputs", place["outputs_words"], "Outputs")
            | {"audiences": place["audiences"], "disclosure_rule": place["rule"]}
        ],
        "prohibitions": [
            _clause(row["id"], row["words"], "Prohibitions") | _said(row, "act")
            for row in _with_ids(answers["prohibitions"], "no", "act")
        ],
        "duties": [
            _clause(row["id"], row["words"], "Duties") | _said(row, "kind", "party", "due")
            for row in _with_ids(answers["duties"], "duty", "kind")
        ],
    }
    return {key: value for key, value in tree.items() if value != []}


def _bases(law: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    words = law["dissemination_words"]
    for kind in ("dissemination", "article-6", "article-9"):
        if basis := law[kind.replace("-", "_")]:
            yield _clause(f"basis-{kind}", words if kind == "dissemination" else basis, "Law") | {
                "kind": kind,
                "basis": basis,
            }


def _cohorts(tables: Sequence[Mapping[str, Any]], words: str) -> Iterable[dict[str, Any]]:
    for dataset in dict.fromkeys(table["dataset"] for table in tables):
        of_it = [table for table in tables if table["dataset"] == dataset]
        lists = list(dict.fromkeys(table["code_list"] for table in of_it))
        yield _clause(_cohort(dataset), words or of_it[0]["words"], "Tables") | {
            "dataset": dataset,
            "code_lists": lists,
        }


def _cohort(dataset: str) -> str:
    return f"cohort-{dataset}"


def _flow(row: Mapping[str, Any]) -> dict[str, Any]:
    flow = (
        _clause(row["id"], row["words"], "Flows")
        | _said(row, "act", "by", "to", "tables", "purposes", "since")
        | {"unsuppressed": row["unsuppressed"], "encrypted": row["encrypted"]}
    )
    if row["withheld"]:
        kept = _clause(f"{row['id']}-withheld", row["withheld_words"], "Flows")
        flow["withheld"] = kept | {"breakdowns": row["withheld"]}
    return flow


def _clause(id_: str, words: str, part: str) -> dict[str, Any]:
    return {"id": id_, "words": words, "source": f"{SOURCE} / {part}"}


def _said(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The values that were given."""
    return {name: row[name] for name in names if row.get(name) not in ("", None, (), [])}


def _with_ids(rows: Iterable[Mapping[str, Any]], kind: str, field: str) -> list[dict[str, Any]]:
    """The rows, each with an id of its own: its kind and what it is called."""
    named: list[dict[str, Any]] = []
    taken: set[str] = set()
    for row in rows:
        plain = re.sub(r"[^a-z0-9]+", "-", str(row[field]).lower()).strip("-")[:40].strip("-")
        base = f"{kind}-{plain}" if plain else kind
        id_, number = base, 1
        while id_ in taken:
            number += 1
            id_ = f"{base}-{number}"
        taken.add(id_)
        named.append({**row, "id": id_})
    return named


def _cleaned(form: Any) -> Any:
    """The values of a valid form; of rows, those that were filled."""
    if isinstance(form, BaseFormSet):
        return [each.cleaned_data for each in form if each.is_valid() and each.cleaned_data]
    return form.cleaned_data if form.is_valid() else {}
