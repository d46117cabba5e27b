"""How an app joins the API (see `v1`): its scopes, and what its operations need."""

from sharewell.service.api.problems import Refusal
from sharewell.service.api.tokens import Needs, add_scopes

__all__ = ["Needs", "Refusal", "add_scopes"]
