"""Keep what the operations page and /metrics show: memory of processes, limits of buckets, what was pruned.

Why: whoever looks after the installation should see it without asking the provider or the machine. Jobs get an index by
their end, by which monitors count them and prune finds the old ones.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0004_sealed_drafts"),
        ("syncing", "0003_scheduling"),
    ]

    operations = [
        migrations.AddField(
            model_name="bucket",
            name="per_hour",
            field=models.PositiveIntegerField(
                blank=True, help_text="The limit when a call was last charged; empty: none is counted.", null=True
            ),
        ),
        migrations.AddField(
            model_name="schedulerheartbeat",
            name="deleted",
            field=models.JSONField(blank=True, default=dict, help_text="Rows that it deleted, by what they were."),
        ),
        migrations.AddField(
            model_name="workerheartbeat",
            name="memory_bytes",
            field=models.BigIntegerField(blank=True, help_text="With its children; empty: not known.", null=True),
        ),
        migrations.AddIndex(
            model_name="syncjob",
            index=models.Index(fields=["closed_at"], name="jobs_by_end"),
        ),
    ]
