"""Which entities a chunk has skipped, and why; and in which entity a record was read that makes no sense."""

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
        migrations.AddField(
            model_name="quarantinedrecord",
            name="entity",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="In which it was read, by its id.", max_length=200
            ),
        ),
    ]
