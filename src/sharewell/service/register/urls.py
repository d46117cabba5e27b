"""Addresses of the public register. They stay."""

from django.urls import path

from sharewell.service.register import feeds, views, views_import

app_name = "register"
urlpatterns = [
    path("", views.search, name="search"),
    path("editions/", views.editions, name="editions"),
    path("editions/<slug:slug>/", views.edition, name="edition"),
    path("editions/<slug:slug>/changes/", views.changes, name="changes"),
    path("editions/<slug:slug>/<slug:table>.csv", feeds.as_csv, name="csv"),
    path("editions/<slug:slug>/<slug:table>.json", feeds.as_json, name="json"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<slug:slug>/", views.organisation, name="organisation"),
    path("organisations/<slug:slug>/files/", views.organisation_files, name="organisation-files"),
    path("organisations/<slug:slug>/changes.atom", feeds.atom, name="atom"),
    path("agreements/<str:reference>/", views.agreement, name="agreement"),
    path("agreements/<str:reference>/files/", views.files, name="files"),
    path("agreements/<str:reference>/versions/", views.versions, name="versions"),
    path("import/", views_import.take_in, name="import"),
    path("import/own/", views_import.take_in_own, name="import-own"),
    path("page/", views_import.compare_page, name="page"),
]
