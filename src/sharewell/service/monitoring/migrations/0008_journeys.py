"""Protected tables of journeys; and PostgreSQL notes when somebody withdraws, whoever changed it."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Now

from sharewell.service.monitoring.security import lending

_NOTES = """
CREATE FUNCTION monitoring_note_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_withdrawal DEFAULT VALUES;
    RETURN NULL;
END $$;
CREATE TRIGGER says_no AFTER UPDATE OF consent ON monitoring_client
    FOR EACH ROW WHEN (OLD.consent AND NOT NEW.consent)
    EXECUTE FUNCTION monitoring_note_withdrawal();
CREATE TRIGGER is_gone AFTER DELETE ON monitoring_client
    FOR EACH ROW WHEN (OLD.consent) EXECUTE FUNCTION monitoring_note_withdrawal();
"""
_STOPS = """
DROP TRIGGER says_no ON monitoring_client;
DROP TRIGGER is_gone ON monitoring_client;
DROP FUNCTION monitoring_note_withdrawal();
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0007_who_is_who_guarded")]

    operations = [
        migrations.RunPython(lending, migrations.RunPython.noop),
        migrations.CreateModel(
            name="JourneyTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.CharField(max_length=9)),
                (
                    "year",
                    models.SmallIntegerField(
                        help_text="The financial year by its first: 2026 is 2026-27."
                    ),
                ),
                ("name", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=150)),
                ("terms", models.CharField(max_length=60)),
                ("breakdowns", models.JSONField()),
                ("printed", models.JSONField()),
                ("until", models.DateField(help_text="The last day that was known.")),
                ("withdrawn", models.PositiveBigIntegerField()),
                ("counted", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-counted", "pk"],
                "indexes": [
                    models.Index(
                        fields=["area", "year", "name", "-counted"],
                        name="monitoring__area_a6813d_idx",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=Now())),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.RunSQL(_NOTES, _STOPS),
    ]
