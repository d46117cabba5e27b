"""Row-level security of reports, and of whose records are in them; answers about consent are read to count."""

from django.db import migrations

from sharewell.service.monitoring.security import guarding, lending, reading_anew


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0004_reports")]

    operations = [
        migrations.RunPython(lending, migrations.RunPython.noop),
        migrations.RunPython(reading_anew("consent"), migrations.RunPython.noop),
        migrations.RunPython(*guarding("report", "reported")),
    ]
