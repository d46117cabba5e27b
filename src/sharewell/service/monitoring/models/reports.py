"""Reports of a quarter or a year, and whose records are in them. The ledger has their figures."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Report(models.Model):
    """One report for all areas: asked for, counted, protected, shown to commissioners.

    ``counted`` is the place of its counts in the ledger, ``shared`` that of what commissioners
    see; ``counted_at`` the moment at which the answers to the question of consent were read.
    """

    class State(models.TextChoices):
        """Where a report stands."""

        MAKING = "being made"
        SHARED = "shared"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.DateField()
    last = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked = models.DateTimeField(default=timezone.now)
    job = models.CharField(max_length=200, blank=True, help_text="The page of the job.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    reasons = models.TextField(blank=True, help_text="Why it failed.")
    counted_at = models.DateTimeField(null=True)
    records = models.PositiveIntegerField(default=0, help_text="Records of activity counted.")
    counted = models.PositiveBigIntegerField(null=True, help_text="The place in the ledger.")
    shared = models.PositiveBigIntegerField(null=True, help_text="The place in the ledger.")
    name = models.CharField(max_length=120, blank=True, help_text="As the ledger calls it.")

    class Meta:
        ordering: ClassVar = ["-asked"]
        indexes: ClassVar = [models.Index(fields=["first", "last", "-asked"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state="shared")
                | models.Q(counted__isnull=False, shared__isnull=False),
                name="what_is_shared_is_in_the_ledger",
            ),
            models.UniqueConstraint(
                fields=["first", "last"],
                condition=models.Q(state="being made"),
                name="one_of_a_period_is_made_at_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.first} to {self.last}"


class Reported(models.Model):
    """A client whose records are in a report: the key alone, so that it is known whether one of
    them says No before more of it is let out. It outlives the client: no foreign key."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="+")
    client = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "client"], name="reported_once")
        ]

    def __str__(self) -> str:
        return f"{self.client} in {self.report_id}"
