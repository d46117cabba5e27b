"""The app of agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """A face over `sharewell.agreements` and the flows that ask and make agreements."""

    name = "sharewell.service.agreements"

    def ready(self) -> None:
        """Tells which access lists a leaver is on."""
        from sharewell.service.agreements import leaving  # noqa: F401 - it tells what leavers hold
