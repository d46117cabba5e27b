"""Addresses of jobs."""

from django.urls import path

from sharewell.service.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.jobs, name="list"),
    path("<uuid:job_id>/", views.job, name="job"),
]
