"""Invented people, one for each role, to try the service out on one machine."""

from __future__ import annotations

import time
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.db import transaction

from sharewell.monitoring.synthetic_people import AUTHORITIES
from sharewell.service.accounts.errors import AccountError
from sharewell.service.accounts.granting import Wanted, give, give_everything
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.accounts.roles import ROLES

PASSWORD = "four quiet words here"  # noqa: S105 - of invented people, on one machine alone
_DOMAIN = "demo.invalid"
_TIME_TO_TYPE = 10  # seconds of the 30 that a code lasts

PROVIDER = "Alderwick Recovery (invented)"
INSTITUTE = "Public Health Institute, Liverpool John Moores University"
_HOME_OFFICE = "Home Office"
_HOUSES = {
    "NHS England": ("NHS England", Organisation.Kind.SUPPLIER, ""),
    _HOME_OFFICE: (_HOME_OFFICE, Organisation.Kind.CONTROLLER, ""),
    PROVIDER: ("Alderwick", Organisation.Kind.PROVIDER, ""),
    "Halton, commissioner (invented party)": (
        "Halton", Organisation.Kind.LOCAL_AUTHORITY, "E06000006",
    ),
    INSTITUTE: ("PHI", Organisation.Kind.PROCESSOR, ""),
}  # fmt: skip
"""Whom they work for: the short name, as agreements have it, the kind and the area."""
_AT = {
    "data supplier": "NHS England",
    "auditor": "NHS England",
    "second signatory": "NHS England",
    "service worker": PROVIDER,
    "service manager": PROVIDER,
    "commissioner": "Halton, commissioner (invented party)",
    "monitoring analyst": INSTITUTE,
}
"""Those who do not work for the Home Office."""
PEOPLE = {role: role for role in ROLES} | {
    "second signatory": "signatory",
    "second output reviewer": "output reviewer",
}
"""The invented people, each called by a role, and the role they hold. An agreement wants a
signatory of each party, and a release two reviewers."""


@dataclass(frozen=True)
class DemoPerson:
    """Somebody invented, and how to sign in as them."""

    called: str
    role: str
    email: str
    password: str
    secret: str


def make_people() -> tuple[DemoPerson, ...]:
    """Makes whoever is missing; AccountError in production, where nobody may be known so well."""
    _check_local()
    with transaction.atomic():
        houses = {
            name: Organisation.objects.get_or_create(
                name=name, defaults={"short": short, "kind": kind, "area": area}
            )[0]
            for name, (short, kind, area) in _HOUSES.items()
        }
        root = _person("Ada Administrator (invented)", "administrator", houses["Home Office"])
        if not root.grants.exists():
            give_everything(root)
        for called, role in PEOPLE.items():
            if role == "administrator":
                continue
            house = houses[house_of(called)]
            made = _person(f"{called.title()} (invented)", called, house)
            if not made.grants.exists():
                give(root, made, Wanted(role, house))
    return tuple(
        DemoPerson(called, role, email_of(called), PASSWORD, _secret(person(called)))
        for called, role in PEOPLE.items()
    )


def code(email: str) -> str:
    """What the authenticator app of an invented person shows now; AccountError for others."""
    _check_local()
    found = User.objects.filter(email=email, email__endswith=f"@{_DOMAIN}").first()
    if found is None:
        raise AccountError(f"{email} is not one of the invented people, who end in @{_DOMAIN}.")
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(_secret(found), counter)))


def code_with_time_to_type(email: str) -> str:
    """The code, after waiting for the next one where this one ends in a few seconds."""
    found = code(email)  # first, so that a wrong address is said at once
    left = app_settings.TOTP_PERIOD - time.time() % app_settings.TOTP_PERIOD
    if left >= _TIME_TO_TYPE:
        return found
    time.sleep(left)
    return code(email)


def person(called: str) -> User:
    """The invented person so called; User.DoesNotExist before `make_people`."""
    return User.objects.get(email=email_of(called))


def provider(area: int) -> Organisation:
    """Who runs the invented services of an area, by its place among the invented ones."""
    short = AUTHORITIES[area]
    return Organisation.objects.get_or_create(
        short=short,
        defaults={"name": f"{short} Recovery (invented)", "kind": Organisation.Kind.PROVIDER},
    )[0]


def there() -> bool:
    """Whether there are invented people here."""
    return User.objects.filter(email__endswith=f"@{_DOMAIN}").exists()


def email_of(called: str) -> str:
    """The address of the invented person so called."""
    return f"{called.replace(' ', '.')}@{_DOMAIN}"


def house_of(called: str) -> str:
    """Whom the invented person so called works for."""
    return _AT.get(called, _HOME_OFFICE)


def _check_local() -> None:
    if settings.CONFIG.production:
        raise AccountError("Invented people are for one machine alone, not for production.")


def _person(name: str, called: str, house: Organisation) -> User:
    if found := User.objects.filter(email=email_of(called)).first():
        return found
    made = User.objects.create_user(email_of(called), PASSWORD, name=name, organisation=house)
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    TOTP.activate(made, generate_totp_secret())
    RecoveryCodes.activate(made)
    return made


def _secret(of: User) -> str:
    kept = Authenticator.objects.get(user=of, type="totp").data["secret"]
    return get_adapter().decrypt(kept)
