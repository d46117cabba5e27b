"""What the service holds about a person as a user, for that person to keep."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q

from sharewell.service.accounts.holdings import RECORDS
from sharewell.service.accounts.models import Invitation, User
from sharewell.service.home import home


def held_about(person: User) -> dict[str, Any]:
    """Everything, as JSON can keep it; secrets only by their kind and day."""
    return {
        "account": {
            "id": str(person.pk),
            "name": person.name,
            "email": person.email,
            "organisation": str(person.organisation or ""),
            "team": str(person.team or ""),
            "joined": person.joined.isoformat(),
            "password set": person.password_set.isoformat(),
            "wants email": person.wants_email,
        },
        "second factors": [
            {"kind": factor.get_type_display(), "made": factor.created_at.isoformat()}
            for factor in Authenticator.objects.filter(user=person)
        ],
        "roles": [
            {
                "role": grant.role,
                "purpose": grant.get_purpose_display(),
                "where": grant.where,
                "starts": grant.starts.isoformat(),
                "ends": grant.ends.isoformat() if grant.ends else None,
                "given by": str(grant.given_by or "the installation"),
                "ended": grant.revoked.isoformat() if grant.revoked else None,
            }
            for grant in person.grants.select_related("organisation", "given_by")
        ],
        "sign-ins": [
            {
                "at": sign_in.at.isoformat(),
                "outcome": sign_in.outcome,
                "address": sign_in.ip,
                "browser": sign_in.browser,
            }
            for sign_in in person.sign_ins.all()
        ],
        "sessions": [
            {
                "started": session.created_at.isoformat(),
                "last seen": session.last_seen_at.isoformat(),
                "address": session.ip,
                "browser": session.user_agent,
            }
            for session in UserSession.objects.filter(user=person)
        ],
        "invitations": [
            {
                "for": invitation.name,
                "organisation": str(invitation.organisation),
                "role": invitation.role,
                "invited by": str(invitation.invited_by or "the installation"),
                "made": invitation.made.isoformat(),
                "used": invitation.used.isoformat() if invitation.used else None,
            }
            for invitation in Invitation.objects.filter(
                Q(email__iexact=person.email) | Q(invited_by=person)
            ).select_related("organisation", "invited_by")
        ],
        **{heading: records(person) for heading, records in RECORDS.items()},
        "in the ledger": [
            {"seq": entry.seq, "at": entry.at.isoformat(), "kind": entry.kind, "body": entry.body}
            for entry in home().ledger.entries(actor=str(person.pk))
        ],
    }
