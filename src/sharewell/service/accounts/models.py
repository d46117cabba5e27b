"""Organisations, teams, people, what they were given, invitations, and sign-ins."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from sharewell.service.accounts.roles import CHOICES


class Organisation(models.Model):
    """One that supplies, controls, processes or hosts data, uses a service, or audits."""

    class Kind(models.TextChoices):
        """What an organisation is."""

        SUPPLIER = "supplier"
        CONTROLLER = "controller"
        PROCESSOR = "processor"
        LOCAL_AUTHORITY = "local authority"
        PROVIDER = "provider of a service"
        PUBLIC_BODY = "public body"
        AUDITOR = "auditor"

    name = models.CharField(max_length=200, unique=True)
    short = models.CharField(
        "short name", max_length=40, unique=True, help_text="As agreements name it, such as LSE."
    )
    kind = models.CharField(max_length=30, choices=Kind.choices)
    area = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People of one organisation who work together."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="teams")
    name = models.CharField(max_length=100)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="team_name_is_its_own")
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes people; email addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who can sign in once they have a password."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this email address."""
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """A person. The ledger knows them by ``id``, which never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=150)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="people", null=True, blank=True
    )
    team = models.ForeignKey(Team, models.SET_NULL, related_name="people", null=True, blank=True)
    is_active = models.BooleanField(default=True)
    wants_email = models.BooleanField("send me emails about my work", default=True)
    joined = models.DateTimeField(default=timezone.now)
    closed = models.DateTimeField(null=True, blank=True)
    password_set = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="email_is_one_persons"),
            models.CheckConstraint(
                condition=Q(is_active=True, closed__isnull=True)
                | Q(is_active=False, closed__isnull=False),
                name="closed_accounts_have_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        """Sets the password and notes when."""
        super().set_password(raw_password)
        self.password_set = timezone.now()

    def get_full_name(self) -> str:
        """The name."""
        return self.name

    def get_short_name(self) -> str:
        """The name."""
        return self.name


class GrantQuerySet(models.QuerySet["Grant"]):
    """Which grants hold."""

    def unended(self) -> GrantQuerySet:
        """Those that hold today, or will."""
        return self.filter(
            Q(ends__isnull=True) | Q(ends__gte=timezone.localdate()),
            revoked__isnull=True,
            person__is_active=True,
        )

    def current(self) -> GrantQuerySet:
        """Those that hold today."""
        return self.unended().filter(starts__lte=timezone.localdate())


class Grant(models.Model):
    """A role that somebody was given: where it holds, from when until when, and by whom.

    ``organisation`` None, ``agreement`` '' and ``area`` '' each mean: not limited by that.
    To *act* is to do what the role does; to *give* is to hand it out, and no more than that.
    """

    class Purpose(models.TextChoices):
        """What a grant is for."""

        ACT = "act", "to act in it"
        GIVE = "give", "to give it to others"

    person = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=40, choices=CHOICES)
    purpose = models.CharField(max_length=4, choices=Purpose.choices, default=Purpose.ACT)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    agreement = models.CharField(max_length=60, blank=True)
    area = models.CharField(max_length=100, blank=True)
    starts = models.DateField(default=timezone.localdate)
    ends = models.DateField(null=True, blank=True)
    given_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="grants_given"
    )
    given = models.DateTimeField(default=timezone.now)
    revoked = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["role", "starts", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("starts")),
                name="grants_end_after_they_start",
            ),
            models.CheckConstraint(
                condition=~Q(person=models.F("given_by")) | Q(given_by__isnull=True),
                name="nobody_gives_to_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} ({self.where})"

    @property
    def where(self) -> str:
        """Where it holds, in words."""
        limits = [str(self.organisation or ""), self.agreement, self.area]
        return ", ".join(filter(None, limits)) or "everywhere"


class Invitation(models.Model):
    """A link that one person can use once. Only the digest of its secret is kept."""

    email = models.EmailField("email address")
    name = models.CharField(max_length=150)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True)
    role = models.CharField(max_length=40, choices=CHOICES, blank=True)
    agreement = models.CharField(max_length=60, blank=True)
    area = models.CharField(max_length=100, blank=True)
    role_ends = models.DateField(null=True, blank=True)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-made"]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class SignIn(models.Model):
    """One attempt to sign in, or one sign-out."""

    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="sign_ins")
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=40)
    ip = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["person", "-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.outcome}"
