"""The app of the public register."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """Editions of registers, for anyone to read."""

    name = "sharewell.service.register"
    label = "register"
