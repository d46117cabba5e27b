"""Row-level security of who is who; and it goes with the client.

Whoever deletes a client sees none of it, so that Django could not take it along: the foreign keys
do, in PostgreSQL, whoever looks.
"""

from django.db import migrations

from sharewell.service.monitoring.security import PEOPLE, guarding

_KEYS = [
    (f"monitoring_{table}", f"{table}_{column}_goes_with_the_client", column)
    for table, column in (
        ("membership", "client_id"),
        ("pair", "one_id"),
        ("pair", "other_id"),
        ("oddity", "one_id"),
        ("oddity", "other_id"),
    )
]


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0006_who_is_who")]

    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) "
                "REFERENCES monitoring_client ON DELETE CASCADE",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name, column in _KEYS
        ),
        migrations.RunPython(*guarding(*PEOPLE)),
    ]
