"""Make the table of living workers.

Why: a worker that is up but hears nothing has to be noticed. See docs/architecture.md.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("syncing", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkerHeartbeat",
            fields=[
                (
                    "name",
                    models.CharField(
                        help_text="Machine and process id.", max_length=120, primary_key=True, serialize=False
                    ),
                ),
                ("queues", models.JSONField(default=list)),
                ("slots", models.PositiveSmallIntegerField()),
                ("has_beat", models.BooleanField(default=False, help_text="It also sends the periodic tasks.")),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["seen_at"], name="heartbeats_seen")],
            },
        ),
    ]
