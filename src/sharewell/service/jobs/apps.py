"""The app of long work."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Finds the kinds of work that each app declares in its ``work.py``."""

    name = "sharewell.service.jobs"

    def ready(self) -> None:
        """Every process knows every kind of work."""
        from sharewell.service.jobs import leaving, mine, waiting  # noqa: F401 - they tell

        autodiscover_modules("work")
