"""The addresses of monitoring. None of them says who a client is."""

from django.urls import include, path

from sharewell.service.monitoring import (
    views_clients,
    views_hatch,
    views_records,
    views_services,
)
from sharewell.service.monitoring.own.urls import urlpatterns as own
from sharewell.service.monitoring.reports.urls import urlpatterns as reports

app_name = "monitoring"
_CLIENT, _RECORD = "<slug:code>/clients/<uuid:client_id>/", "<slug:code>/records/<uuid:record_id>/"
urlpatterns = [
    path("", views_hatch.start, name="start"),
    path("services/", views_services.services, name="services"),
    path("services/new/", views_services.new_service, name="new_service"),
    path("", include("sharewell.service.monitoring.journeys.urls")),
    path("people/", include("sharewell.service.monitoring.people.urls")),
    *reports,
    path("<slug:code>/", views_hatch.hatch, name="hatch"),
    path("<slug:code>/found/", views_hatch.found, name="found"),
    path("<slug:code>/draft/", views_hatch.keep_draft, name="keep_draft"),
    path("<slug:code>/draft/drop/", views_hatch.drop_draft, name="drop_draft"),
    path("<slug:code>/new/", views_clients.new, name="new"),
    path("<slug:code>/objects/", views_hatch.objects, name="objects"),
    path(
        "<slug:code>/objects/<slug:module>/",
        views_records.of_who_objects,
        name="record_of_who_objects",
    ),
    path("<slug:code>/session/<slug:module>/", views_records.of_session, name="record_of_session"),
    path("<slug:code>/manage/", views_services.manage, name="manage"),
    path("<slug:code>/openings/", views_services.openings, name="openings"),
    path("<slug:code>/uploads/", include("sharewell.service.monitoring.uploads.urls")),
    path(_CLIENT, views_clients.client, name="client"),
    path(_CLIENT + "why/", views_clients.why, name="why"),
    path(_CLIENT + "history/", views_clients.history, name="history"),
    path(_CLIENT + "change/", views_clients.edit, name="edit"),
    path(_CLIENT + "delete/", views_clients.delete, name="delete"),
    path(_CLIENT + "record/<slug:module>/", views_records.of_client, name="record"),
    path(_RECORD, views_records.edit, name="edit_record"),
    path(_RECORD + "delete/", views_records.delete, name="delete_record"),
    *own,
]
