"""Protected tables of journeys, and that somebody withdrew since. No true count is among them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class JourneyTable(models.Model):
    """A table of one area and financial year as it was printed. Only ever added to: what was shown
    cannot be taken back, and the next one is attacked together with it.

    ``printed`` has a row for each cell, the categories and then what is printed; ``withdrawn`` is
    how many withdrawals there had been when it was counted.
    """

    area = models.CharField(max_length=9)
    year = models.SmallIntegerField(help_text="The financial year by its first: 2026 is 2026-27.")
    name = models.CharField(max_length=20)
    title = models.CharField(max_length=150)
    terms = models.CharField(max_length=60)
    breakdowns = models.JSONField()
    printed = models.JSONField()
    until = models.DateField(help_text="The last day that was known.")
    withdrawn = models.PositiveBigIntegerField()
    counted = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-counted", "pk"]
        indexes: ClassVar = [models.Index(fields=["area", "year", "name", "-counted"])]

    def __str__(self) -> str:
        return f"{self.title}, {self.area}, {self.year}"


class Withdrawal(models.Model):
    """Somebody who consented says No, or is gone: when, and not who. PostgreSQL writes it itself,
    whichever way the client was changed."""

    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.at}"
