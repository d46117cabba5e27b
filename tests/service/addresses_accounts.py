"""The addresses of the start, sign-in, people and jobs."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from address_table import EVERYBODY, SIGNED_IN, Address, Asked
from django.utils import timezone

from sharewell.service.accounts.models import Invitation, Organisation
from sharewell.service.jobs.models import Job


def _own_job(asked: Asked) -> dict[str, Any]:
    return {"job_id": Job.objects.create(kind="wait", title="Mine", who=asked.person).pk}


def _other_job(asked: Asked) -> dict[str, Any]:
    return {"job_id": Job.objects.create(kind="wait", title="Hers", who=asked.make_person()).pk}


def _in_the_demo(asked: Asked) -> dict[str, Any]:
    asked.make_person(email="auditor@demo.invalid", second_factor=False)
    return {}


def _own_person(asked: Asked) -> dict[str, Any]:
    return {"person_id": asked.make_person("auditor").pk}


def _other_person(asked: Asked) -> dict[str, Any]:
    """Of an organisation that the asker does not look after."""
    return {"person_id": asked.make_person(organisation=_elsewhere()).pk}


def _own_grant(asked: Asked) -> dict[str, Any]:
    return {"grant_id": asked.make_person("auditor").grants.get().pk}


def _other_grant(asked: Asked) -> dict[str, Any]:
    return {"grant_id": asked.make_person("auditor", organisation=_elsewhere()).grants.get().pk}


def _own_invitation(asked: Asked) -> dict[str, Any]:
    return {"invitation_id": _invitation(asked.make_person().organisation)}


def _other_invitation(asked: Asked) -> dict[str, Any]:
    return {"invitation_id": _invitation(_elsewhere())}


def _invitation(organisation: Organisation) -> int:
    return Invitation.objects.create(
        email="new@example.org",
        name="New (invented)",
        organisation=organisation,
        digest=secrets.token_hex(32),
        expires=timezone.now() + timedelta(days=1),
    ).pk


def _elsewhere() -> Organisation:
    return Organisation.objects.get_or_create(short="LSE", name="LSE", kind="processor")[0]


ADMINISTRATOR = ("administrator",)

ADDRESSES = {
    "home": Address(EVERYBODY),
    "start": Address(EVERYBODY, _in_the_demo),
    "health": Address(EVERYBODY),
    "jobs:list": Address(SIGNED_IN),
    "jobs:job": Address(SIGNED_IN, own=_own_job, other=_other_job),
    "me:account": Address(SIGNED_IN),
    "me:stay": Address(SIGNED_IN, method="post", answers=(204,)),
    "me:edit": Address(SIGNED_IN),
    "me:download": Address(SIGNED_IN),
    "me:delete": Address(SIGNED_IN),
    "join": Address(EVERYBODY, own=lambda _: {"token": "x"}, answers=(302, 410)),
    "people:list": Address(ADMINISTRATOR),
    "people:invite": Address(ADMINISTRATOR),
    "people:withdraw": Address(
        ADMINISTRATOR, _own_invitation, _other_invitation, answers=(302,), method="post"
    ),
    "people:organisations": Address(ADMINISTRATOR),
    # For administrators of every organisation; the others do not find it.
    "people:add-organisation": Address(ADMINISTRATOR, answers=(404,)),
    "people:revoke": Address(ADMINISTRATOR, _own_grant, _other_grant),
    "people:person": Address(ADMINISTRATOR, _own_person, _other_person),
    "people:give": Address(ADMINISTRATOR, _own_person, _other_person),
    "people:move": Address(ADMINISTRATOR, _own_person, _other_person),
    "people:end-sessions": Address(
        ADMINISTRATOR, _own_person, _other_person, answers=(302,), method="post"
    ),
    "people:close": Address(ADMINISTRATOR, _own_person, _other_person),
    # Sign-in, the library's. Those who are signed in already are sent on.
    "account_login": Address(EVERYBODY, answers=(200, 302)),
    "account_logout": Address(EVERYBODY, answers=(200, 302)),
    "account_inactive": Address(EVERYBODY),
    "account_signup": Address(EVERYBODY, answers=(200, 302)),
    "account_confirm_email": Address(EVERYBODY, own=lambda _: {"key": "x"}, answers=(200, 302)),
    "account_email_verification_sent": Address(EVERYBODY),
    "account_confirm_login_code": Address(EVERYBODY, answers=(200, 302)),
    "account_reset_password": Address(EVERYBODY, answers=(200, 302)),
    "account_reset_password_done": Address(EVERYBODY),
    "account_reset_password_from_key": Address(
        EVERYBODY, own=lambda _: {"uidb36": "1", "key": "x-y"}
    ),
    "account_reset_password_from_key_done": Address(EVERYBODY),
    "mfa_authenticate": Address(EVERYBODY, answers=(200, 302)),
    "account_email": Address(SIGNED_IN),
    "account_change_password": Address(SIGNED_IN),
    "account_set_password": Address(SIGNED_IN, answers=(302,)),
    "account_reauthenticate": Address(SIGNED_IN),
    "mfa_index": Address(SIGNED_IN),
    "mfa_reauthenticate": Address(SIGNED_IN),
    "mfa_activate_totp": Address(SIGNED_IN, answers=(302,)),
    "mfa_deactivate_totp": Address(SIGNED_IN),
    "mfa_view_recovery_codes": Address(SIGNED_IN),
    "mfa_generate_recovery_codes": Address(SIGNED_IN),
    "mfa_download_recovery_codes": Address(SIGNED_IN),
    "mfa_list_webauthn": Address(SIGNED_IN),
    "mfa_add_webauthn": Address(SIGNED_IN),
    "mfa_reauthenticate_webauthn": Address(SIGNED_IN, answers=(200, 302)),
    "mfa_remove_webauthn": Address(SIGNED_IN, own=lambda _: {"pk": 1}, answers=(404,)),
    "mfa_edit_webauthn": Address(SIGNED_IN, own=lambda _: {"pk": 1}, answers=(404,)),
    "usersessions_list": Address(SIGNED_IN),
}
