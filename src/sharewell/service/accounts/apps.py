"""The app of people."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organisations, teams, people, and what they may do."""

    name = "sharewell.service.accounts"

    def ready(self) -> None:
        """Connects what is noted at each sign-in, and opens the library's pages."""
        from sharewell.service.accounts import signins, waiting  # noqa: F401 - they listen and tell
        from sharewell.service.accounts.declarations import declare_sign_in

        declare_sign_in()
