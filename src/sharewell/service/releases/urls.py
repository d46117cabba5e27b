"""Addresses of releases."""

from django.urls import path

from sharewell.service.releases import views, views_handing, views_public, views_review

app_name = "releases"
urlpatterns = [
    path("", views.releases, name="list"),
    path("ask/", views.choose, name="choose"),
    path("ask/<str:reference>/", views.ask, name="ask"),
    path("fetch/<str:secret>/", views_handing.fetch, name="fetch"),
    path("published/", views_public.published, name="published"),
    path("published/<str:name>/", views_public.published_release, name="published_release"),
    path("published/<str:name>/see/<path:file>", views_public.published_see, name="published_see"),
    path("published/<str:name>/get/<path:file>", views_public.published_get, name="published_get"),
    path("<uuid:release_id>/", views.release, name="release"),
    path("<uuid:release_id>/files/<path:name>", views_review.file, name="file"),
    path("<uuid:release_id>/review/", views_review.review, name="review"),
    path("<uuid:release_id>/release/", views.let_out, name="let_out"),
    path("<uuid:release_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:release_id>/hand-over/", views_handing.hand_over, name="hand_over"),
]
