"""Addresses of My account."""

from django.urls import path

from sharewell.service.accounts import views_me as views

app_name = "me"
urlpatterns = [
    path("", views.account, name="account"),
    path("edit/", views.edit, name="edit"),
    path("download/", views.download, name="download"),
    path("delete/", views.delete, name="delete"),
    path("stay/", views.stay, name="stay"),
]
