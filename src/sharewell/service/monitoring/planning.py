"""How PostgreSQL plans where the machine reads a great deal at once."""

from __future__ import annotations

from django.db import connection


def plan_for_many() -> None:
    """Until the transaction ends, clients are taken from a table in memory.

    Whose policies ask for each row, the server cannot estimate: it would look each client up in an
    index, which takes three times as long and more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL enable_nestloop = off")
