"""A release that somebody asked for, its reviews, notes on its files, and links to fetch it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from sharewell.service.agreements.interface import titles_of
from sharewell.service.releases.states import TOLD, State, Told

_PERSON = settings.AUTH_USER_MODEL
_UNSEEN = (State.PREPARING, State.STOPPED)


class Release(models.Model):
    """What was asked for, and how far it has come. Its files and figures are in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requester = models.ForeignKey(_PERSON, models.PROTECT, related_name="releases")
    role = models.CharField(max_length=40, help_text="The role in which it was asked for.")
    reference = models.CharField(max_length=60)
    agreement = models.CharField(max_length=80, help_text="The version that governed then.")
    audience = models.CharField(max_length=100)
    tables = models.JSONField(default=list)
    combined = models.BooleanField(default=False)
    source = models.PositiveBigIntegerField(
        null=True, help_text="The place of the counts in the ledger; without it, the latest."
    )
    context = models.TextField()
    earlier = models.TextField(blank=True)
    safe_setting = models.BooleanField(default=False)
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    asked = models.DateTimeField(default=timezone.now)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in State], default=State.PREPARING
    )
    job = models.CharField(max_length=200, blank=True, help_text="The page of its preparation.")
    name = models.CharField(max_length=120, blank=True, help_text="As the ledger calls it.")
    prepared = models.PositiveBigIntegerField(null=True, help_text="The place in the ledger.")
    released = models.PositiveBigIntegerField(null=True, help_text="The place in the ledger.")
    checks = models.JSONField(default=list)
    checked = models.DateTimeField(null=True)
    reasons = models.TextField(blank=True, help_text="Why it was stopped or returned.")
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-asked"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=_UNSEEN) | Q(prepared__isnull=False),
                name="what_is_reviewed_was_prepared",
            ),
            models.CheckConstraint(
                condition=Q(state=State.RELEASED, released__isnull=False)
                | (~Q(state=State.RELEASED) & Q(released__isnull=True)),
                name="what_is_released_is_in_the_ledger",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.title}, for {self.whom}"

    @property
    def told(self) -> Told:
        """What its state means."""
        return TOLD[State(self.state)]

    @property
    def public(self) -> bool:
        """Whether it is for everybody."""
        return self.audience == "public"

    @property
    def title(self) -> str:
        """What its agreement calls the tables."""
        titles = titles_of(self.agreement)
        return "; ".join(titles.get(name, name) for name in self.tables)

    @property
    def whom(self) -> str:
        """The audience in words."""
        return "everybody" if self.public else self.audience.replace("-", " ")


class Review(models.Model):
    """One reviewer's verdict. ``place`` is 1 or 2: there is no third."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="reviews")
    place = models.PositiveSmallIntegerField()
    reviewer = models.ForeignKey(_PERSON, models.PROTECT, related_name="reviews")
    approve = models.BooleanField()
    comment = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "reviewer"], name="one_review_each"),
            models.UniqueConstraint(fields=["release", "place"], name="two_reviews_at_most"),
            models.CheckConstraint(condition=Q(place__in=(1, 2)), name="first_or_second_review"),
            models.CheckConstraint(
                condition=Q(approve=True) | ~Q(comment=""), name="returning_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {'approve' if self.approve else 'return'}"


class Note(models.Model):
    """What a reviewer notes on one file, shown to the others when both reviews are in."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="notes")
    reviewer = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    file = models.CharField(max_length=300)
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["file", "at"]

    def __str__(self) -> str:
        return f"{self.file}: {self.text[:40]}"


class Link(models.Model):
    """A link by which one person fetches a release once. Only the digest of its secret is kept.

    ``used`` is when the download began, ``whole`` when its last byte was sent.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="links")
    person = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)
    whole = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["made"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "person"], name="one_link_each"),
            models.CheckConstraint(
                condition=Q(whole__isnull=True) | Q(used__isnull=False), name="whole_after_used"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release} for {self.person}"
