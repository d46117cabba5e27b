"""When a record was entered, and an index of a service's days: for its own reports."""

from typing import Any

import django.db.models.functions.datetime
from django.db import migrations, models

from sharewell.service.monitoring.security import ending, lending

_TABLES = ("monitoring_record", "monitoring_version")


def _from_versions(_apps: Any, editor: Any) -> None:
    """What is there was entered when its first version was kept. The policies are for those who
    ask, so they are set aside for this, by the owner."""
    for table in _TABLES:
        editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    editor.execute(
        "UPDATE monitoring_record r SET entered = v.at FROM monitoring_version v "
        "WHERE v.thing = r.id AND v.number = 1"
    )
    for table in _TABLES:
        editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_row_security")]

    operations = [
        migrations.RunPython(lending, ending),
        migrations.AddField(
            model_name="record",
            name="entered",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["service", "day"], name="monitoring__service_d83720_idx"),
        ),
        migrations.RunPython(_from_versions, migrations.RunPython.noop),
        migrations.RunPython(ending, lending),
    ]
