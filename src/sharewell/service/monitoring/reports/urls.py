"""The addresses of reports: an area by its ONS code, a period by its name."""

from django.urls import path

from sharewell.service.monitoring.reports import views, views_making

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/made/", views_making.made_reports, name="made_reports"),
    path("reports/made/<uuid:report_id>/", views_making.made_report, name="made_report"),
    path("reports/records/", views_making.records, name="records_without_names"),
    path("reports/<slug:area>/<slug:period>/", views.report, name="report"),
    path("reports/<slug:area>/<slug:period>/<str:name>", views.report_file, name="report_file"),
]
