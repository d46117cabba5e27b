"""The project itself, as an app: its templates, tags, static files and checks."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """The base that all pages share."""

    name = "sharewell.service"
    label = "service"
