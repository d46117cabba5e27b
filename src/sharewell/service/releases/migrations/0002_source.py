"""From which counts a release is made, where they are not the latest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="source",
            field=models.PositiveBigIntegerField(
                help_text="The place of the counts in the ledger; without it, the latest.",
                null=True,
            ),
        ),
    ]
