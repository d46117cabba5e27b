"""Looking up many values at once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BinaryField, Lookup, UUIDField


@BinaryField.register_lookup
@UUIDField.register_lookup
class AnyOf(Lookup):
    """``digest__any_of``: one of a list, which is sent as one array. Of thousands of values,
    ``__in`` takes longer to write than PostgreSQL takes to answer."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """The comparison, and its parameters."""
        if not self.rhs:
            raise EmptyResultSet  # as `__in` does: nothing need be asked
        column, given = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*given, list(self.rhs)]
