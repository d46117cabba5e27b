"""The app of agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """A face over `sharewell.agreements` and the flows that ask and make agreements."""

    name = "sharewell.service.agreements"

    def ready(self) -> None:
        """Tells which access lists somebody is on."""
        from sharewell.service.agreements import leaving, mine, waiting  # noqa: F401 - they tell
