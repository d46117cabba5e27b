"""Files that suppliers send: what came, what was found in it, and what it changed.

The files themselves are sealed under a key of their upload (see `uploads.vault`). Nothing here
says who a client is: findings name rows and columns and hold no value.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from sharewell.service.monitoring.models.clients import Service

_PERSON = settings.AUTH_USER_MODEL


def _by() -> Any:
    return models.ForeignKey(_PERSON, models.PROTECT, null=True, related_name="+")


class Supplier(models.Model):
    """A system that sends a service files in headings and codes of its own."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "slug"], name="a_supplier_once_a_service")
        ]

    def __str__(self) -> str:
        return self.name


class Mapping(models.Model):
    """One version of how a supplier's files become the data set's, as YAML."""

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="versions")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    by = _by()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["supplier", "number"], name="mappings_are_numbered")
        ]

    def __str__(self) -> str:
        return f"{self.supplier}, version {self.number}"


class Upload(models.Model):
    """Files that were sent together, from the test to being applied and, perhaps, undone.

    ``counts`` is what was found and what was done, in numbers: ``rows``, ``sound``, ``errors``,
    ``warnings``, then for ``clients`` and ``records`` what was (or, before it is applied, would
    be) ``added``, ``changed`` and ``left`` as it was. ``mark`` tells whether the same files came
    before.
    """

    class State(models.TextChoices):
        """How far it has come."""

        TESTING = "testing"
        TESTED = "tested"
        APPLYING = "applying"
        APPLIED = "applied"
        UNDOING = "undoing"
        UNDONE = "undone"
        DROPPED = "dropped"
        FAILED = "failed"

    class Way(models.TextChoices):
        """How it came."""

        PAGE = "page"
        API = "api"
        FOLDER = "folder"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    way = models.CharField(max_length=6, choices=Way.choices)
    by = _by()
    at = models.DateTimeField(default=timezone.now)
    year = models.PositiveSmallIntegerField()
    mapping = models.ForeignKey(Mapping, models.PROTECT, null=True, related_name="+")
    mark = models.BinaryField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TESTING)
    job = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True)
    tested = models.DateTimeField(null=True)
    only_good = models.BooleanField(default=False)
    applied = models.DateTimeField(null=True)
    applied_by = _by()
    undone = models.DateTimeField(null=True)
    undone_by = _by()
    counts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "number"], name="uploads_are_numbered")
        ]

    def __str__(self) -> str:
        return f"Upload {self.number}"


class UploadedFile(models.Model):
    """One file of an upload, as its sender called it."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="files")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    size = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How many rows of an upload a check found something in, by check and column."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="tallies")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    code = models.CharField(max_length=10)
    is_error = models.BooleanField()
    table = models.CharField(max_length=200)
    column = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    rows = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["-is_error", "table", "code", "column"]
        indexes: ClassVar = [models.Index(fields=["service", "code"])]

    def __str__(self) -> str:
        return f"{self.code}: {self.rows}"


class UploadFinding(models.Model):
    """One finding, for the page: the first of each kind. The download has them all."""

    tally = models.ForeignKey(Tally, models.CASCADE, related_name="findings")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="findings")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    row = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"row {self.row}"


class Bundle(models.Model):
    """The versions that one upload made of one client's records (or of nobody's), sealed together
    under the client's key (or the service's). ``undoing`` are those that its undoing made."""

    upload = models.ForeignKey(Upload, models.PROTECT, related_name="bundles")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    key = models.UUIDField(db_index=True)
    undoing = models.BooleanField(default=False)
    entries = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = _by()
    sealed = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.entries} versions by {self.upload}"
