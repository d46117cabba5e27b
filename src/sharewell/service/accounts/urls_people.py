"""Addresses of people."""

from django.urls import path

from sharewell.service.accounts import views_people as views

app_name = "people"
urlpatterns = [
    path("", views.people, name="list"),
    path("invite/", views.invite, name="invite"),
    path("invitations/<int:invitation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/add/", views.add_organisation, name="add-organisation"),
    path("roles/<int:grant_id>/end/", views.revoke, name="revoke"),
    path("<uuid:person_id>/", views.person, name="person"),
    path("<uuid:person_id>/give/", views.give, name="give"),
    path("<uuid:person_id>/move/", views.move, name="move"),
    path("<uuid:person_id>/sign-out/", views.end_sessions, name="end-sessions"),
    path("<uuid:person_id>/close/", views.close, name="close"),
]
