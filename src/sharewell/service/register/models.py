"""Every edition that was taken in. A row that does not change is stored once.

Editions of one series are numbered as they are taken in. A row holds the ``first`` edition that
has it and the one ``until`` which it was there; while ``until`` is empty, the latest has it too.
So an edition that changes nothing stores nothing, and any edition can be read again whole.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Series(models.TextChoices):
    """Whose register it is."""

    OFFICIAL = "official", "NHS England's register"
    OWN = "sharewell", "Sharewell's own"


class Edition(models.Model):
    """A register as it stood."""

    series = models.CharField(max_length=10, choices=Series.choices)
    number = models.PositiveIntegerField(help_text="In the order in which they were taken in.")
    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=10)
    digest = models.CharField(max_length=64, help_text="SHA-256 of its file, or of its rows.")
    published = models.DateField(null=True)
    as_of = models.DateField()
    agreements = models.PositiveIntegerField()
    versions = models.PositiveIntegerField()
    dataset_rows = models.PositiveIntegerField()
    file_rows = models.PositiveIntegerField()
    use_rows = models.PositiveIntegerField()
    remarks = models.JSONField(default=list)
    taken_in = models.DateTimeField(default=timezone.now)
    taken_in_by = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["-as_of", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "number"], name="edition_number"),
            models.UniqueConstraint(fields=["series", "digest"], name="edition_taken_in_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_series_display()}, {self.as_of:%B %Y}"

    @property
    def own(self) -> bool:
        """Whether it is made from Sharewell's ledger."""
        return self.series == Series.OWN


class Applicant(models.Model):
    """An organisation under all its names, at an address that stays."""

    key = models.TextField(unique=True)
    slug = models.CharField(max_length=120, unique=True)
    name = models.TextField()

    def __str__(self) -> str:
        return self.name


class KeptQuerySet(models.QuerySet[Any]):
    """Rows by the editions that have them."""

    def of(self, edition: Edition) -> KeptQuerySet:
        """The rows of one edition."""
        return self.filter(
            Q(until__isnull=True) | Q(until__gt=edition.number),
            series=edition.series,
            first__lte=edition.number,
        )


class Kept(models.Model):
    """A row, and the editions that have it."""

    series = models.CharField(max_length=10, choices=Series.choices)
    first = models.PositiveIntegerField()
    until = models.PositiveIntegerField(null=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        abstract = True


class AgreementRow(Kept):
    """A version of an agreement (`sharewell.register.RegisterAgreement`), and how it is found."""

    name = models.CharField(max_length=100)
    reference = models.CharField(max_length=80)
    version = models.CharField(max_length=20)
    title = models.TextField()
    organisation = models.TextField()
    organisation_type = models.TextField(null=True)
    controllers = ArrayField(models.TextField())
    controllers_written = models.TextField()
    controller_arrangement = models.TextField(null=True)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    sublicensing = models.TextField(null=True)
    commercial = models.TextField(null=True)
    objective = models.TextField(null=True)
    processing = models.TextField(null=True)
    outputs = models.TextField(null=True)
    benefits = models.TextField(null=True)
    yielded_benefits = models.TextField(null=True)
    applicant = models.ForeignKey(Applicant, models.PROTECT)
    is_sublicensing = models.BooleanField(null=True)
    is_commercial = models.BooleanField(null=True)
    organisation_forms = models.TextField(help_text="Of applicant and controllers, folded.")
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["series", "name"], name="agreement_by_name"),
            models.Index(fields=["series", "reference"], name="agreement_by_reference"),
            models.Index(fields=["applicant"], name="agreement_by_applicant"),
            GinIndex(fields=["words"], name="agreement_by_words"),
        ]


class DatasetRow(Kept):
    """A dataset that a version covers (`sharewell.register.DatasetRow`)."""

    agreement = models.CharField(max_length=100)
    dataset = models.TextField()
    type_of_data = models.TextField(null=True)
    sensitivity = models.TextField(null=True)
    frequency = models.TextField(null=True)
    legal_basis = models.TextField(null=True)
    confidentiality = models.TextField(null=True)
    is_sensitive = models.BooleanField(null=True)
    access_method = models.CharField(max_length=15, null=True)
    dataset_forms = models.TextField(help_text="Its names, folded.")
    legal_basis_form = models.TextField(help_text="Folded.")
    type_form = models.TextField(help_text="Folded.")
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["series", "agreement"], name="dataset_by_agreement"),
            GinIndex(fields=["words"], name="dataset_by_words"),
        ]


class FileRow(Kept):
    """A file that left (`sharewell.register.FileRow`)."""

    file = models.TextField()
    agreement = models.CharField(max_length=100)
    dataset = models.TextField()
    type_of_data = models.TextField(null=True)
    sensitivity = models.TextField(null=True)
    opt_outs = models.TextField(null=True)
    legal_basis = models.TextField(null=True)
    frequency = models.TextField(null=True)
    month = models.DateField(null=True)
    recipient = models.TextField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["series", "agreement", "month"], name="file_by_agreement"),
        ]


class UseRow(Kept):
    """A use in a safe setting (`sharewell.register.UseRow`)."""

    use = models.TextField()
    agreement = models.CharField(max_length=100)
    dataset = models.TextField()
    month = models.DateField()
    recipient = models.TextField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["series", "agreement"], name="use_by_agreement"),
        ]


class OverlapRow(Kept):
    """Two versions whose terms share days (`sharewell.register.VersionOverlap`)."""

    reference = models.CharField(max_length=80)
    earlier = models.CharField(max_length=100)
    later = models.CharField(max_length=100)
    from_day = models.DateField()
    to_day = models.DateField()
    days = models.PositiveIntegerField()


class MixedRow(Kept):
    """One dataset in one month, with and without opt-outs (`sharewell.register.MixedOptOuts`)."""

    reference = models.CharField(max_length=80)
    organisation = models.TextField()
    dataset = models.TextField()
    month = models.DateField()
    with_opt_outs = ArrayField(models.TextField())
    without = ArrayField(models.TextField())


class TallyRow(Kept):
    """What an applicant's agreements add up to; an empty number is not known."""

    applicant = models.ForeignKey(Applicant, models.PROTECT)
    name = models.TextField()
    agreements = models.PositiveIntegerField()
    versions = models.PositiveIntegerField()
    files = models.PositiveIntegerField(null=True)
    files_explained = models.TextField()
    uses = models.PositiveIntegerField(null=True)
    uses_explained = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["applicant"], name="tally_by_applicant")]


class Change(models.Model):
    """One thing that is different from the edition before.

    For a field, ``difference`` holds the change word by word: runs of (kind, text, cosmetic).
    ``files`` are references of files that were added or are gone.
    """

    class Kind(models.TextChoices):
        """What happened."""

        NEW = "new", "New agreement"
        VERSION = "version", "New version"
        ENDED = "ended", "Ended"
        GONE = "gone", "No longer listed"
        REAL = "real", "Changed"
        ALIAS = "alias", "Another name for the same"
        COSMETIC = "cosmetic", "Changed in looks only"
        DATASET = "dataset", "Dataset added"
        DATASET_GONE = "dataset gone", "Dataset no longer listed"
        FILES = "files", "Files added"
        FILES_GONE = "files gone", "Files no longer listed"

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="changes")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    agreement = models.CharField(max_length=100)
    reference = models.CharField(max_length=80)
    applicant = models.ForeignKey(Applicant, models.PROTECT, null=True)
    sheet = models.CharField(max_length=20, blank=True)
    row = models.TextField(blank=True)
    label = models.CharField(max_length=60, blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    difference = models.JSONField(default=list)
    files = ArrayField(models.TextField(), default=list)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            models.Index(fields=["edition", "kind", "position"], name="change_by_kind"),
            models.Index(fields=["applicant", "edition"], name="change_by_applicant"),
            models.Index(fields=["reference", "edition"], name="change_by_reference"),
        ]
