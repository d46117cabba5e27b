"""The app of agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """A face over `sharewell.agreements` and the flows that ask and make agreements."""

    name = "sharewell.service.agreements"
