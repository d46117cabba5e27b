"""Sealed files as answers, opened piece by piece while they are sent."""

from __future__ import annotations

from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from sharewell.service.monitoring.uploads import vault


def attachment(name: str, upload: UUID, kept: str) -> StreamingHttpResponse:
    """What is kept under a name, which browsers save and never run."""
    response = StreamingHttpResponse(
        vault.opened(upload, kept), content_type="application/octet-stream"
    )
    response["Content-Length"] = str(vault.size_of(upload, kept))
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
