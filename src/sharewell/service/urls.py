"""Every address of the service."""

from django.urls import include, path

from sharewell.service import pages
from sharewell.service.accounts.views_join import join

urlpatterns = [
    path("", pages.home, name="home"),
    path("start/", pages.start, name="start"),
    path("health/", pages.health, name="health"),
    path("account/", include("allauth.urls")),
    path("account/me/", include("sharewell.service.accounts.urls_me")),
    path("join/<str:token>/", join, name="join"),
    path("agreements/", include("sharewell.service.agreements.urls")),
    path("releases/", include("sharewell.service.releases.urls")),
    path("register/", include("sharewell.service.register.urls")),
    path("monitoring/", include("sharewell.service.monitoring.urls")),
    path("api/", include("sharewell.service.api.urls")),
    path("account/me/tokens/", include("sharewell.service.api.urls_tokens")),
    path("people/", include("sharewell.service.accounts.urls_people")),
    path("jobs/", include("sharewell.service.jobs.urls")),
]
