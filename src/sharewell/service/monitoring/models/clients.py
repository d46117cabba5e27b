"""Services, clients and what they were given. Pages ask for none of it here: they ask `reach`.

What identifies a client (`Identity`, the snapshots of `Version`, drafts) is sealed under the
client's key; the columns of `Client` and `Record` are what statistics use.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

_PERSON = settings.AUTH_USER_MODEL


def _code(longest: int = 12) -> Any:
    return models.CharField(max_length=longest, blank=True)


def _key() -> Any:
    return models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)


def _upload() -> Any:
    """The upload that made the row what it is; none where somebody changed it since. Uploads are
    never deleted, so a million rows need not be checked for theirs."""
    return models.ForeignKey(
        "monitoring.Upload", models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )


def _sent() -> Any:
    """A digest of what the last file said, to know what a file says again."""
    return models.BigIntegerField(null=True)


class Service(models.Model):
    """A service of a provider: the modules that it records, and the local authority it is for."""

    id = _key()
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=150)
    area = models.CharField(max_length=9, help_text="The local authority, by its ONS code.")
    modules = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """Somebody who works at a service. A manager of its organisation put them on the list."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    person = models.ForeignKey(_PERSON, models.CASCADE, related_name="+")
    added_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    added = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "person"], name="on_the_staff_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.service}"


class Client(models.Model):
    """A client of one service, as statistics see them. Nothing here says who they are.

    ``reference`` is the anonymous code by which people and the ledger speak of a client;
    ``consent`` whether their data may be processed beyond this service.
    """

    id = _key()
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=12, unique=True)
    consent = models.BooleanField()
    consent_date = models.DateField()
    registered_on = models.DateField()
    birth_year = models.SmallIntegerField()
    sex = models.CharField(max_length=1)
    gender_identity = _code()
    ethnicity = _code()
    nationality = _code(3)
    accommodation = _code()
    employment = _code()
    main_substance = _code(20)
    second_substance = _code(20)
    injecting = _code()
    closed_on = models.DateField(null=True)
    closed_reason = _code()
    district = _code(4)
    local_authority = _code(9)
    police_force = _code(9)
    region = _code(9)
    version = models.PositiveIntegerField(default=1)
    changed = models.DateTimeField(default=timezone.now)
    upload = _upload()
    sent = _sent()
    sent_as = _sent()
    sent_record = models.BinaryField(null=True, help_text="A digest of the id of the file's row.")

    class Meta:
        ordering: ClassVar = ["reference"]
        indexes: ClassVar = [models.Index(fields=["service", "registered_on"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service", "sent_record"], name="a_row_of_a_file_is_one_client"
            ),
            # For `Record`, whose client is of its own service.
            models.UniqueConstraint(fields=["id", "service"], name="a_client_is_of_one_service"),
        ]

    def __str__(self) -> str:
        return self.reference


class Identity(models.Model):
    """An attributor, postcode or own reference that a client has or had, under the client's key."""

    class Kind(models.TextChoices):
        """What it is."""

        ATTRIBUTOR = "attributor"
        POSTCODE = "postcode"
        REFERENCE = "reference"

    client = models.ForeignKey(Client, models.CASCADE, related_name="identities")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sealed = models.BinaryField()
    current = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(_PERSON, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "kind"], condition=Q(current=True), name="one_current_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"


class Trace(models.Model):
    """A digest by which an identity is found without being opened (see `sealing`)."""

    identity = models.ForeignKey(Identity, models.CASCADE, related_name="traces")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    digest = models.BinaryField(db_index=True)

    def __str__(self) -> str:
        return f"a trace of {self.identity_id}"


class Consent(models.Model):
    """An answer to whether a client's data may be processed. The last one holds, for all time."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="answers")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    answer = models.BooleanField()
    on = models.DateField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(_PERSON, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return "Yes" if self.answer else "No"


class Record(models.Model):
    """A row of activity of one module. ``fields`` are the module's own, by name and as codes;
    ``entered`` is when it came in.

    Without a client it is a session that nobody named or, when ``objected``, what was done for
    somebody who objects: activity, and nobody's.
    """

    id = _key()
    # Neither has an index of its own: those below begin with them. One constraint of the database
    # holds both, as a client of that service (see the migrations); checking each of a million
    # records twice takes long.
    service = models.ForeignKey(
        Service, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    client = models.ForeignKey(
        Client,
        models.CASCADE,
        null=True,
        related_name="records",
        db_index=False,
        db_constraint=False,
    )
    objected = models.BooleanField(default=False)
    module = models.CharField(max_length=40)
    day = models.DateField()
    record_id = models.CharField(max_length=40)
    transaction = models.CharField(max_length=40, blank=True)
    place = _code(20)
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    entered = models.DateTimeField(db_default=Now(), editable=False)
    changed = models.DateTimeField(default=timezone.now)
    upload = _upload()
    sent = _sent()

    class Meta:
        ordering: ClassVar = ["-day", "-changed", "module", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["client", "-day"]),
            models.Index(fields=["service", "day"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service", "module", "record_id"], name="a_record_id_is_one_record"
            ),
            models.CheckConstraint(
                condition=Q(objected=False) | Q(client__isnull=True),
                name="who_objects_is_no_client",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} of {self.day}"


class Version(models.Model):
    """A client or a record as it was after one change, sealed. ``thing`` is which; ``key`` whose
    key seals it: the client's or, of a record without one, the service's."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    thing = models.UUIDField()
    kind = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(_PERSON, models.PROTECT, null=True, related_name="+")
    key = models.UUIDField()
    sealed = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["thing", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thing", "number"], name="versions_are_numbered")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thing}, version {self.number}: {self.what}"


class Draft(models.Model):
    """What somebody typed into a form and has not saved, sealed under the service's key."""

    person = models.ForeignKey(_PERSON, models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    form = models.CharField(max_length=120)
    sealed = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "service", "form"], name="one_draft_each")
        ]

    def __str__(self) -> str:
        return self.form


class Opening(models.Model):
    """Somebody opened a client's record, and why. It outlives the client: no foreign key."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    client = models.UUIDField()
    reference = models.CharField(max_length=12)
    person = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=20)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["service", "-at"]),
            models.Index(fields=["client", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.reference} by {self.person}"


class Postcode(models.Model):
    """Where a postcode is. The operator loads the lookup (`manage load_postcodes`)."""

    postcode = models.CharField(max_length=7, primary_key=True, help_text="Without its space.")
    district = models.CharField(max_length=4, db_index=True)
    local_authority = models.CharField(max_length=9)
    police_force = models.CharField(max_length=9)
    region = models.CharField(max_length=9)

    class Meta:
        ordering: ClassVar = ["postcode"]

    def __str__(self) -> str:
        return self.postcode
