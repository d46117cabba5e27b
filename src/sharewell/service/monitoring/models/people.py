"""Who is who: which clients of all services are one person, why, and what somebody decided.

Nothing here says who they are. The machine that links (`people.linking`) writes all but the
decisions, anew each time; it is gone with the client, and nobody sees it of who does not consent.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sharewell.service.monitoring.models.clients import Client


def _client(related: str = "+", *, once: bool = False, **options: Any) -> Any:
    """A client whose going takes the row along. PostgreSQL does that itself (migration 0007):
    whoever deletes a client does not see the row."""
    kind = models.OneToOneField if once else models.ForeignKey
    return kind(Client, models.DO_NOTHING, related_name=related, db_constraint=False, **options)


class Linking(models.Model):
    """One finding of who is who: when, of how many client records, and the figures of all.

    ``data`` is the digest of what it was found from: while it is the same, so is who is who.
    """

    began = models.DateTimeField()
    ended = models.DateTimeField(default=timezone.now)
    data = models.CharField(max_length=64)
    clients = models.PositiveIntegerField()
    exact = models.PositiveIntegerField(help_text="People by attributor alone.")
    people = models.PositiveIntegerField(help_text="People after the steps and decisions.")
    decisions = models.BigIntegerField(help_text="The last decision that it knew of.")

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.people} people of {self.clients} client records, {self.ended}"


class Membership(models.Model):
    """Whose record a client is: clients with the same ``person`` are one.

    ``exact`` is the same by attributor alone, ``person`` after the steps and decisions, and
    ``strict`` after both with districts that must agree. The numbers hold until who is who is
    found again; ``pseudonym`` is what analysts know the client by, and holds for good.
    """

    client = _client("membership", once=True, primary_key=True)
    pseudonym = models.CharField(max_length=32, unique=True)
    exact = models.PositiveIntegerField()
    person = models.PositiveIntegerField(db_index=True)
    strict = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["person", "pseudonym"]

    def __str__(self) -> str:
        return self.pseudonym


class Pair(models.Model):
    """Two clients whose attributors differ in one part: how sure it is that they are one person.

    ``step``, ``relation`` and ``times`` are places in the library's `STEPS`, `RELATIONS` and
    `CLASSES`; ``found`` and ``expected`` how many such pairs there are, and by chance would be.
    """

    one = _client()
    other = _client()
    step = models.PositiveSmallIntegerField()
    relation = models.PositiveSmallIntegerField()
    times = models.PositiveSmallIntegerField()
    found = models.FloatField()
    expected = models.FloatField()
    probability = models.FloatField()
    linked = models.BooleanField(help_text="Taken as one person.")
    doubtful = models.BooleanField(help_text="For a clerk to look at.")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="a_pair_is_there_once")
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id}"


class Decision(models.Model):
    """What somebody decided about two clients, and why. Only ever added to; the last one about a
    pair holds. It outlives the clients: no foreign keys. ``one`` is the lower key of the two."""

    class Verdict(models.TextChoices):
        """The words of the library."""

        SAME = "same"
        DIFFERENT = "different"
        OPEN = "open"

    one = models.UUIDField()
    other = models.UUIDField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    why = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["one", "other"])]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(one__lt=models.F("other")), name="lower_key_first")
        ]

    def __str__(self) -> str:
        return f"{self.one} and {self.other}: {self.verdict}"


class Oddity(models.Model):
    """Something that no one person can have done: a sign of a false link, or of a wrong date.

    ``one`` and ``other`` are the same client where a single record is at odds with itself.
    """

    one = _client()
    other = _client()
    kind = models.CharField(max_length=30)
    day = models.DateField(help_text="When what cannot be took place.")

    class Meta:
        ordering: ClassVar = ["kind", "-day", "pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.one_id} and {self.other_id}"


class Workings(models.Model):
    """What counting needs of a linking: attributors and districts, by client, in one sealed piece.

    Its key is destroyed as soon as who is who is found again, so that it is readable in no backup
    and somebody who is erased is erased from it too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    linking = models.OneToOneField(Linking, models.CASCADE, related_name="workings")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"the workings of {self.linking_id}"
