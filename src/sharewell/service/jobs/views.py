"""The pages of jobs: everybody sees their own."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from sharewell.service.gate import seen_by, signed_in
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import rescue


@seen_by(signed_in)
def jobs(request: HttpRequest) -> HttpResponse:
    """What I asked for, the latest first."""
    mine = Job.objects.filter(who=request.user)
    page = Paginator(mine, 25).get_page(request.GET.get("page"))
    return render(request, "jobs/list.html", {"jobs": page})


@seen_by(signed_in)
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """How far one job has come; the script, or a link, looks again."""
    found = get_object_or_404(Job, pk=job_id, who=request.user)
    if found.state == Job.State.RUNNING and rescue(str(job_id)):
        found.refresh_from_db()
    return render(request, "jobs/job.html", {"job": found})
