"""Addresses of agreements."""

from django.urls import path

from sharewell.service.agreements import views, views_access

app_name = "agreements"
urlpatterns = [
    path("", views.agreements, name="list"),
    path("<str:reference>/", views.agreement, name="agreement"),
    path("<str:reference>/ask/", views.ask, name="ask"),
    path("<str:reference>/access/", views_access.review, name="access"),
    path("<str:reference>/access/name/", views_access.name, name="name"),
    path("<str:reference>/access/<str:person>/remove/", views_access.remove, name="remove"),
    path("<str:reference>/changes/<str:old>/<str:new>/", views.changes, name="changes"),
    path("<str:reference>/versions/<str:version>/", views.version, name="version"),
]
