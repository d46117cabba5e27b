"""The addresses of counting people. They name client records by pseudonym alone."""

from django.urls import path

from sharewell.service.monitoring.people import views, views_clerk

urlpatterns = [
    path("", views.count, name="count"),
    path("find/", views.find, name="find_who_is_who"),
    path("matches/", views_clerk.doubts, name="doubts"),
    path("matches/next/", views_clerk.next_doubt, name="next_doubt"),
    path("impossible/", views_clerk.oddities, name="oddities"),
    path("records/<slug:pseudonym>/", views_clerk.person, name="person"),
    path("records/<slug:one>/<slug:other>/", views_clerk.pair, name="pair"),
]
