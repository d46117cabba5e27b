"""Row-level security, and an owner that nobody works as."""

from django.db import migrations

from sharewell.service.monitoring.security import FIRST, guarding


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]

    operations = [migrations.RunPython(*guarding(*FIRST))]
