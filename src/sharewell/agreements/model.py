"""The typed, frozen model of a data sharing agreement.

An agreement is made of clauses. Every clause has an id, the words of the document that it
executes, and the document in which those words stand; beside them, the values that `decide`
works with. What the documents leave open is a `Choice`: a question, its readings and the one
chosen, never a silent fix. What they do not say at all is listed under `unknowns`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z]+-[A-Z]+-\d+-[A-Z0-9]{5}$")]
"""As NHS England's register writes it, DARS-NIC-698171-K4M0B, or of the same form with other
letters where there is another register or none."""
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$", strict=True)]

Act = Literal["supply", "extract", "share", "publish"]
"""The verbs that move data. ``supply``: from the supplier to the controller; ``extract``: a
narrower part to a processor; ``share``: protected figures to a named audience; ``publish``: to
the public."""

Question = Literal[
    "combine", "compare", "access", "store", "link", "reidentify", "download", "sublicense"
]
"""The other things that can be asked of an agreement."""


class Part(BaseModel):
    """A frozen piece of an agreement that tolerates no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Clause(Part):
    """One executable clause and the words that it executes."""

    id: Slug = Field(description="Unique within the agreement; decisions cite it.")
    words: Text = Field(description="The document's own words, verbatim.")
    source: Text = Field(description="Where they stand: a document's id, then ' / ' and the part.")
    note: str = Field("", description="What a reader should know of how it is executed.")


class Document(Part):
    """A document whose words the agreement executes."""

    id: Slug
    title: Text
    published: Text = Field(description="By whom, and when if known.")


class Choice(Part):
    """Something that the documents leave open, the possible readings, and the one in use."""

    question: Text
    readings: dict[str, object] = Field(min_length=2, description="Any value, each with a name.")
    chosen: Text = Field(description="The name of one of the readings.")
    because: Text = Field(description="Why this one, and when another would be right.")


class Organisation(Clause):
    """A party, and what it is to the data."""

    name: Text
    short: Text = Field(description="The name that requests and the command line use.")
    role: Literal["supplier", "controller", "processor", "sub-processor", "not-processing"]
    engaged_by: str = Field("", description="Short name of the party that it works for.")
    may_see_data: bool = Field(description="False for those who host or manage but never look.")


class Term(Clause):
    """From when to when the agreement runs, both days included."""

    first: date
    last: date


class Basis(Clause):
    """A legal basis: for dissemination, or under an article of the UK GDPR."""

    kind: Literal["dissemination", "article-6", "article-9"]
    basis: Text


class OptOuts(Clause):
    """Whether patient opt-outs are applied, and why (not)."""

    applied: bool


class Sensitivity(Clause):
    """The register's own word for the data's sensitivity."""

    sensitive: bool


class Sublicensing(Clause):
    """Whether the data may be passed on under a sub-licence."""

    permitted: bool


class Purpose(Clause):
    """A purpose, or a question that the data are to answer."""

    title: Text
    limited_to: tuple[str, ...] = Field((), description="Short names; empty: any party.")


class WithheldColumns(Clause):
    """Columns that nobody ever gets."""

    columns: tuple[Text, ...] = Field(min_length=1)


class Dataset(Clause):
    """A dataset, how it is classified, and the period of data that may be held."""

    dataset: Slug = Field(description="Its name in the catalogue: hes_apc.")
    title: Text
    classification: Text = Field(description="In the document's terms.")
    level: Literal["aggregated", "record"]
    first: date
    last: date | None = Field(None, description="The last day of data, if the documents say one.")
    columns: tuple[Text, ...] = Field(
        (), description="Columns of records that may be held; one name covers its numbered repeats."
    )
    withheld: WithheldColumns | None = None


class Cohort(Clause):
    """Whose records: one or more code lists of the catalogue."""

    dataset: Slug
    code_lists: tuple[Slug, ...] = Field(min_length=1)


class Table(Clause):
    """A table that the agreement names: what is counted, how it is split, how often it is made."""

    title: Text
    dataset: Slug
    cohort: Slug = Field(description="The id of one of the agreement's cohorts.")
    code_list: Slug = Field(description="One of the cohort's.")
    measures: tuple[Text, ...] = Field(min_length=1, description="Of the catalogue: FAE, FCE.")
    crossings: tuple[tuple[Slug, ...], ...] = Field(
        min_length=1, description="Which breakdowns are crossed; each comes with its margins."
    )
    first: date
    last: date | None = Field(None, description="The last day of data, if the documents say one.")
    cadence: Literal["monthly", "quarterly", "twice-yearly", "yearly", "once"]


class Withheld(Clause):
    """Breakdowns that a recipient never gets."""

    breakdowns: tuple[Slug, ...] = Field(min_length=1)


class Flow(Clause):
    """Which tables go to whom, for what, since when, and without which breakdowns."""

    act: Act
    by: Text = Field(description="Short name of the party that sends.")
    to: tuple[Text, ...] = Field(min_length=1, description="Short names, or audiences.")
    tables: tuple[Slug, ...] = Field((), description="Ids of tables; none where records go.")
    since: date | None = Field(None, description="The first day of data that goes.")
    purposes: tuple[Slug, ...] = Field((), description="Ids of the purposes that it serves.")
    unsuppressed: bool = Field(description="Whether small numbers go as they are.")
    withheld: Withheld | None = None
    encrypted: bool = Field(False, description="Whether it goes encrypted to the recipient's key.")


class Combination(Clause):
    """A dataset that may be combined with this one, on these keys and no others."""

    with_dataset: Slug = Field(description="A dataset of the catalogue: pedw.")
    keys: tuple[Slug, ...] = Field(min_length=1, description="Breakdowns that link, all of them.")
    carried: tuple[Slug, ...] = Field((), description="Breakdowns kept beside the keys.")
    tables: tuple[Slug, ...] = Field(min_length=1)


class Comparison(Clause):
    """Data that results may be compared with, without linking."""

    with_data: tuple[Text, ...] = Field(min_length=1)
    only_these: bool = Field(description="False where the words say 'such as'.")


class Territory(Clause):
    """Where the data may be, and be reached from."""

    places: tuple[Text, ...] = Field(min_length=1, description="Every name that may be said.")


class Storage(Clause):
    """Where a party keeps the data."""

    organisation: Text
    places: tuple[Text, ...] = Field(min_length=1)
    cloud: tuple[Text, ...] = Field((), description="Cloud providers that may hold it; else none.")


class RemoteAccess(Clause):
    """On which conditions the data may be reached from elsewhere; all must hold."""

    limited_to: tuple[Text, ...] = Field((), description="Short names; empty: any party.")
    conditions: tuple[Slug, ...] = Field(min_length=1, description="Names that a request meets.")


class Access(Clause):
    """Who may see unpublished data, and who lets them."""

    organisation: Text
    roles: tuple[Text, ...] = Field(min_length=1, description="Which of its people.")
    authorised_by: Text = Field(description="Who lets them, in the document's terms.")
    list_kept: bool = Field(description="Whether a list of named people must be kept.")


class ExtraSuppression(Clause):
    """Figures withheld beyond the disclosure rule, described by data.

    A cell is withheld when its geography is one of ``geography`` and it is split by one of
    ``split_by``.
    """

    geography: tuple[Text, ...] = Field(min_length=1, description="Area codes: K04000001.")
    split_by: tuple[Slug, ...] = Field(min_length=1, description="Breakdowns of the catalogue.")


class Output(Clause):
    """What may be shown to which audience, and under which disclosure rule."""

    audiences: tuple[Slug, ...] = Field(min_length=1, description="Who may be shown it.")
    disclosure_rule: Slug = Field(description="A rule that Sharewell declares: hes-2018.")
    extra: tuple[ExtraSuppression, ...] = Field((), description="What is withheld besides.")


class Prohibition(Clause):
    """Something that may not be done with the data."""

    act: Question
    limited_to: tuple[Text, ...] = Field((), description="Short names; empty: everyone.")


class Duty(Clause):
    """Something that a party must do, and when."""

    kind: Literal[
        "retention", "destruction", "certificate", "special-condition", "audit", "training", "other"
    ]
    party: Text = Field(description="Short name of the party that has the duty.")
    due: str = Field("", description="When, in the document's terms; empty where it does not say.")


def located_clauses(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Clause]]:
    """Every clause within an agreement or a part of it, with its path in the file."""
    if isinstance(value, Clause):
        yield path, value
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from located_clauses(item, (*path, index))
    elif isinstance(value, Part):
        for field in type(value).model_fields:
            yield from located_clauses(getattr(value, field), (*path, field))


class Agreement(Part):
    """A data sharing agreement, one version of it."""

    reference: Reference = Field(description="As the register writes it: DARS-NIC-698171-K4M0B.")
    version: Version = Field(description='Two numbers, in quotes: "0.10".')
    title: Text
    framework_contract: str = Field("", description="The contract that it stands under, if known.")
    documents: tuple[Document, ...] = Field(min_length=1, description="Those that it quotes.")
    choices: dict[str, Choice] = Field({}, description="What the documents leave open.")
    scope: Clause = Field(description="Refuses whatever no other clause allows.")
    organisations: tuple[Organisation, ...] = Field(min_length=2)
    term: Term
    legal_bases: tuple[Basis, ...] = Field(min_length=1)
    opt_outs: OptOuts
    sensitivity: Sensitivity
    sublicensing: Sublicensing
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    cohorts: tuple[Cohort, ...] = ()
    tables: tuple[Table, ...] = ()
    flows: tuple[Flow, ...] = ()
    combinations: tuple[Combination, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    territory: Territory
    storage: tuple[Storage, ...] = ()
    remote_access: RemoteAccess | None = None
    access: tuple[Access, ...] = Field(min_length=1)
    outputs: tuple[Output, ...] = Field(min_length=1)
    prohibitions: tuple[Prohibition, ...] = ()
    duties: tuple[Duty, ...] = ()
    unknowns: tuple[Text, ...] = Field((), description="What the documents at hand do not say.")

    @property
    def name(self) -> str:
        """Reference and version, as the register writes them."""
        return f"{self.reference}-v{self.version}"

    @property
    def number(self) -> tuple[int, int]:
        """The version as numbers, so that 0.10 follows 0.3."""
        major, minor = self.version.split(".")
        return int(major), int(minor)

    def clauses(self) -> tuple[Clause, ...]:
        """Every clause, in the order of the file."""
        return tuple(clause for _, clause in located_clauses(self))

    def organisation(self, short: str) -> Organisation | None:
        """The party called ``short`` (or by its full name), whatever the case."""
        wanted = short.casefold()
        for party in self.organisations:
            if wanted in (party.short.casefold(), party.name.casefold()):
                return party
        return None

    def table(self, table_id: str) -> Table | None:
        """The table with this id, if the agreement names it."""
        return next((table for table in self.tables if table.id == table_id), None)
