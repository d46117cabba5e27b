"""Addresses of my tokens."""

from django.urls import path

from sharewell.service.api import views_tokens as views

app_name = "tokens"
urlpatterns = [
    path("", views.tokens, name="list"),
    path("make/", views.make_one, name="make"),
    path("<int:token_id>/revoke/", views.revoke, name="revoke"),
]
