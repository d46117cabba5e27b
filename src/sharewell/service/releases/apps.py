"""The app of releases."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    """A face over the flows that prepare a release, let it out, or return it."""

    name = "sharewell.service.releases"

    def ready(self) -> None:
        """Accounts learn what leavers hold here."""
        from sharewell.service.releases import leaving  # noqa: F401 - it tells what they hold
