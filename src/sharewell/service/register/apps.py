"""The app of the public register."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """Editions of registers, for anyone to read."""

    name = "sharewell.service.register"
    label = "register"

    def ready(self) -> None:
        """Tells whoever keeps the register when it is out of date."""
        from sharewell.service.register import waiting  # noqa: F401 - it tells
