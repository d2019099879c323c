"""Of a chunk that reads several streams in one walk: which of them had changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("syncing", "0007_mail_outbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncchunk",
            name="changed_streams",
            field=models.JSONField(
                blank=True,
                help_text="Streams of which rows were created or updated, where several are read.",
                null=True,
            ),
        ),
    ]
