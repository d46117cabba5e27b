"""Row-level security of journeys; what was shown is only added to."""

from django.db import migrations

from sharewell.service.monitoring.security import guarding


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0008_journeys")]

    operations = [migrations.RunPython(*guarding("journeytable", "withdrawal"))]
