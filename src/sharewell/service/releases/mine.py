"""What is recorded of a person in releases, for them to download."""

from __future__ import annotations

from typing import Any

from sharewell.service.accounts.interface import also_recorded
from sharewell.service.releases.models import Link, Note, Release, Review


@also_recorded("releases asked for")
def asked(person: Any) -> list[dict[str, Any]]:
    """What they asked for and declared."""
    return [
        {
            "release": str(release),
            "agreement": release.agreement,
            "asked": release.asked.isoformat(),
            "state": release.state,
            "context": release.context,
            "earlier releases": release.earlier,
        }
        for release in Release.objects.filter(requester=person)
    ]


@also_recorded("reviews")
def reviews(person: Any) -> list[dict[str, Any]]:
    """Their verdicts, and their notes on files."""
    notes = Note.objects.filter(reviewer=person)
    return [
        {
            "release": str(review.release),
            "at": review.at.isoformat(),
            "approved": review.approve,
            "comment": review.comment,
            "notes": [
                {"file": note.file, "at": note.at.isoformat(), "note": note.text}
                for note in notes.filter(release=review.release)
            ],
        }
        for review in Review.objects.filter(reviewer=person).select_related("release")
    ]


@also_recorded("links to releases")
def links(person: Any) -> list[dict[str, Any]]:
    """What they were given to fetch, and when they did."""
    return [
        {
            "release": str(link.release),
            "given": link.made.isoformat(),
            "fetched": link.used.isoformat() if link.used else None,
        }
        for link in Link.objects.filter(person=person).select_related("release")
    ]
