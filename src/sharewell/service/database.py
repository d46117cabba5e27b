"""Where Django keeps its tables: a schema of its own, in the database that holds the ledger."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

SCHEMA = "service"
_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def settings_of(conninfo: str) -> dict[str, Any]:
    """Django's settings for a libpq connection string or URL (see `ledger.connect_info`)."""
    given = conninfo_to_dict(conninfo)
    settings: dict[str, Any] = {
        django: str(given.pop(libpq, "") or "") for libpq, django in _NAMES.items()
    }
    return settings | {
        "NAME": settings["NAME"] or "unset",
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": given | {"options": f"-c search_path={SCHEMA}"},
    }


def make_schema(conninfo: str) -> None:
    """Makes the schema if it is not there."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(SCHEMA)))
