"""Addresses of the API."""

from django.urls import include, path

from sharewell.service.api.v1 import documentation, patterns

app_name = "api"
urlpatterns = [
    path("v1/documentation/", documentation, name="documentation"),
    path("v1/", include((patterns, "v1"))),
]
