"""The app of the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, and the routers of all apps."""

    name = "sharewell.service.api"
    label = "api"

    def ready(self) -> None:
        """Tells what leavers hold, and what is recorded of people."""
        from sharewell.service.api import leaving, mine  # noqa: F401 - they tell
