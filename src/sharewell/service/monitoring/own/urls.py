"""The addresses of a service's own reports. None of them says who a client is."""

from django.urls import path

from sharewell.service.monitoring.own import (
    views_extract,
    views_quality,
    views_reports,
    views_subject,
)

_SERVICE = "<slug:code>/reports/"
_CLIENT = "<slug:code>/clients/<uuid:client_id>/"
urlpatterns = [
    path(_SERVICE, views_reports.activity, name="own_activity"),
    path(_SERVICE + "people/", views_reports.people, name="own_people"),
    path(_SERVICE + "given/", views_reports.given, name="own_given"),
    path(_SERVICE + "quality/", views_quality.overview, name="own_quality"),
    path(_SERVICE + "quality/<slug:module>/", views_quality.module, name="own_quality_module"),
    path(_SERVICE + "mend/<str:what>/", views_quality.mend, name="own_mend"),
    path(_SERVICE + "extract/", views_extract.extract, name="own_extract"),
    path(_CLIENT + "everything/", views_subject.everything, name="own_everything"),
    path(_CLIENT + "everything/pdf/", views_subject.pdf, name="own_pdf"),
    path(_CLIENT + "everything/files/", views_subject.files, name="own_files"),
]
