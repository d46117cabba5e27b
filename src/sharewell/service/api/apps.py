"""The app of the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, and the routers of all apps."""

    name = "sharewell.service.api"
    label = "api"

    def ready(self) -> None:
        """Tells what leavers hold."""
        from sharewell.service.api import leaving  # noqa: F401 - it tells what leavers hold
