"""The app of releases."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    """A face over the flows that prepare a release, let it out, or return it."""

    name = "sharewell.service.releases"

    def ready(self) -> None:
        """Accounts learn what leavers hold here, and what is recorded of people."""
        from sharewell.service.releases import leaving, mine, waiting  # noqa: F401 - they tell
