"""The app of monitoring."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Services, their clients and activity."""

    name = "sharewell.service.monitoring"
    label = "monitoring"

    def ready(self) -> None:
        """Registers what staff hold when they leave, and the long work of parts of the app."""
        from sharewell.service.monitoring import leaving  # noqa: F401
        from sharewell.service.monitoring.journeys import work as journeys  # noqa: F401
        from sharewell.service.monitoring.people import work  # noqa: F401
        from sharewell.service.monitoring.reports import releasing  # noqa: F401
        from sharewell.service.monitoring.reports import work as reports_work  # noqa: F401
        from sharewell.service.monitoring.uploads import work as uploads  # noqa: F401
