"""Of a chunk that was read to its end but for some of its entities: which these were, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("syncing", "0008_streams_together"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncchunk",
            name="skipped",
            field=models.JSONField(
                blank=True, help_text="Entities that could not be read, by their ids, with the reason.", null=True
            ),
        ),
    ]
