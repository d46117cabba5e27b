"""A record's client is of the record's service, and PostgreSQL holds that with one check."""

import django.db.models.deletion
from django.db import migrations, models

from sharewell.service.monitoring.security import ending, lending


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0011_uploads_guarded")]

    operations = [
        migrations.RunPython(lending, ending),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.UniqueConstraint(
                fields=("id", "service"), name="a_client_is_of_one_service"
            ),
        ),
        migrations.AlterField(
            model_name="record",
            name="service",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="monitoring.service",
            ),
        ),
        migrations.AlterField(
            model_name="record",
            name="client",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="records",
                to="monitoring.client",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE monitoring_record ADD CONSTRAINT a_record_is_of_a_client_of_its_service "
            "FOREIGN KEY (client_id, service_id) REFERENCES monitoring_client (id, service_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE monitoring_record DROP CONSTRAINT a_record_is_of_a_client_of_its_service",
        ),
        migrations.RemoveIndex(model_name="record", name="monitoring__service_0bd7f0_idx"),
        migrations.RunPython(ending, lending),
    ]
