"""Sharewell's own register: an edition of the official shape, made from the ledger.

Where the official register lists only files that left through the application service, the
ledger holds every release. So here a file that left and a use in a safe setting are both counted,
and none means none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from sharewell.agreements import Agreement
from sharewell.flows.home import leaving
from sharewell.ledger import Entry, Ledger
from sharewell.register import DatasetRow, Edition, FileRow, RegisterAgreement, UseRow

SAFE_SETTING = "safe_setting"
"""A release's entry holds this as true when the analysis came to the data and only protected
outputs left. It is then a use in a safe setting, and its files are no files of data."""

_HANDED_OVER = ("supply", "extract")
_DATA_FILES = (".csv", ".age")
_COUNTS = "counts/"


def ledger_edition(ledger: Ledger, agreements: Iterable[Agreement], on: date) -> Edition:
    """What the ledger holds of these agreements, to and with a day, as an edition.

    Counted as files that left: the files of data (CSV, or encrypted) of every supply and
    extract. Figures that were protected and then shared or published are no data, and are not.
    """
    by_name = {agreement.name: agreement for agreement in agreements}
    files: list[FileRow] = []
    uses: list[UseRow] = []
    for kind in _HANDED_OVER:
        for entry in ledger.entries(kind=kind):
            agreement = by_name.get(entry.body["agreement"])
            if agreement and _day(entry) <= on and entry.body.get(SAFE_SETTING) is not True:
                files += _files(entry, agreement)
    for entry in ledger.entries(where={SAFE_SETTING: True}):
        agreement = by_name.get(entry.body["agreement"])
        if agreement and _day(entry) <= on:
            uses += _uses(entry, agreement)
    return Edition(
        name=f"Sharewell's register, {on}",
        source="ledger",
        digest="",
        published=on,
        agreements=tuple(register_agreement(agreement) for agreement in by_name.values()),
        datasets=tuple(row for agreement in by_name.values() for row in dataset_rows(agreement)),
        files=tuple(sorted(files, key=lambda row: (row.month or date.min, row.file))),
        uses=tuple(uses),
    )


def counted_since(ledger: Ledger, moment: datetime | None) -> int:
    """How many releases that `ledger_edition` counts came after a moment (None: ever)."""
    handed = (
        entry
        for kind in _HANDED_OVER
        for entry in ledger.entries(kind=kind)
        if entry.body.get(SAFE_SETTING) is not True
    )
    counted = (*handed, *ledger.entries(where={SAFE_SETTING: True}))
    return sum(1 for entry in counted if moment is None or entry.at > moment)


def register_agreement(agreement: Agreement) -> RegisterAgreement:
    """An agreement as the register would describe it, in the words of its clauses.

    What an agreement file has no clause for (the type of organisation, the commercial flag) is
    not known.
    """
    controllers = tuple(p.name for p in agreement.organisations if p.role == "controller")
    return RegisterAgreement(
        reference=agreement.reference,
        version=agreement.version,
        title=agreement.title,
        organisation=controllers[0] if controllers else "",
        organisation_type=None,
        controllers=controllers,
        controllers_written="; ".join(controllers),
        controller_arrangement=(
            "Joint Data Controller" if len(controllers) > 1 else "Sole Data Controller"
        ),
        start=agreement.term.first,
        end=agreement.term.last,
        sublicensing="Yes" if agreement.sublicensing.permitted else "No",
        commercial=None,
        objective=_paragraphs(purpose.words for purpose in agreement.purposes),
        processing=_paragraphs(flow.words for flow in agreement.flows),
        outputs=_paragraphs(output.words for output in agreement.outputs),
        benefits=None,
        yielded_benefits=None,
    )


def dataset_rows(agreement: Agreement) -> tuple[DatasetRow, ...]:
    """The datasets of an agreement as the register would list them."""
    return tuple(
        DatasetRow(
            agreement=agreement.name,
            dataset=dataset.title,
            type_of_data=dataset.classification,
            sensitivity=_sensitivity(agreement),
            frequency=_frequency(agreement, dataset.dataset),
            legal_basis=_legal_basis(agreement),
            confidentiality=None,
        )
        for dataset in agreement.datasets
    )


def _files(entry: Entry, agreement: Agreement) -> Iterator[FileRow]:
    titles = _titles(agreement)
    datasets = {table["id"]: table["dataset"] for table in entry.body.get("tables", ())}
    for ref in leaving(entry):
        if ref.name.startswith(_COUNTS) or not ref.name.endswith(_DATA_FILES):
            continue
        held = datasets.get(ref.name.removesuffix(".csv"))
        names = [held] if held else sorted(set(datasets.values()))
        yield FileRow(
            file=f"{entry.body['release']}/{ref.name}",
            agreement=agreement.name,
            dataset="; ".join(titles.get(name, name) for name in names),
            type_of_data="; ".join(sorted({d.classification for d in agreement.datasets})),
            sensitivity=_sensitivity(agreement),
            opt_outs="Yes" if agreement.opt_outs.applied else "No",
            legal_basis=_legal_basis(agreement),
            frequency=_frequency(agreement, *names),
            month=_day(entry).replace(day=1),
            recipient=_party(agreement, entry.body["to"]),
        )


def _uses(entry: Entry, agreement: Agreement) -> Iterator[UseRow]:
    titles = _titles(agreement)
    for dataset in sorted({table["dataset"] for table in entry.body.get("tables", ())}):
        yield UseRow(
            use=entry.body["release"],
            agreement=agreement.name,
            dataset=titles.get(dataset, dataset),
            month=_day(entry).replace(day=1),
            recipient=_party(agreement, entry.body["to"]),
        )


def _day(entry: Entry) -> date:
    return date.fromisoformat(entry.body["on"])


def _titles(agreement: Agreement) -> Mapping[str, str]:
    return {dataset.dataset: dataset.title for dataset in agreement.datasets}


def _party(agreement: Agreement, short: str) -> str:
    party = agreement.organisation(short)
    return party.name if party else short


def _sensitivity(agreement: Agreement) -> str:
    return "Sensitive" if agreement.sensitivity.sensitive else "Non-Sensitive"


def _legal_basis(agreement: Agreement) -> str:
    return "; ".join(b.words for b in agreement.legal_bases if b.kind == "dissemination")


def _frequency(agreement: Agreement, *datasets: str) -> str | None:
    """Ongoing or One-Off, from how often the tables are made; None where there are no tables."""
    cadences = {table.cadence for table in agreement.tables if table.dataset in datasets}
    if not cadences:
        return None
    return "One-Off" if cadences == {"once"} else "Ongoing"


def _paragraphs(words: Iterable[str]) -> str:
    return "\n\n".join(dict.fromkeys(words))
