"""Row-level security of what suppliers send."""

from django.db import migrations

from sharewell.service.monitoring.security import UPLOADS, guarding


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0010_uploads")]

    operations = [migrations.RunPython(*guarding(*UPLOADS))]
