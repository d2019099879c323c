"""Let streams become due by themselves: their pace and next moment, what was decided about them, and who looked.

Why: the schedule has to find what is due in one indexed query, share the calls of a provider evenly, and be able to say
afterwards why something did or did not start. New columns have their default in the database too: while a release is
rolled out, processes of the one before still insert. Existing schedules get their pace by the first look of the smart sync.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0004_sealed_drafts"),
        ("syncing", "0002_workers"),
    ]

    operations = [
        migrations.CreateModel(
            name="SchedulerHeartbeat",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("ran_at", models.DateTimeField()),
                ("took_ms", models.PositiveIntegerField(default=0)),
                ("jobs", models.PositiveIntegerField(default=0, help_text="Started by it.")),
                ("held_back", models.PositiveIntegerField(default=0, help_text="Due streams that it left for later.")),
                (
                    "error",
                    models.TextField(
                        blank=True, help_text="The type of the error that ended it; its traceback is in the log."
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="bucket",
            name="earned_at",
            field=models.DateTimeField(
                blank=True, help_text="When the calls made so far are earned, spread evenly over the hour.", null=True
            ),
        ),
        migrations.AddField(
            model_name="syncchunk",
            name="calls",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="Made for pages that were stored."),
        ),
        migrations.AddField(
            model_name="syncchunk",
            name="error_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="syncjob",
            name="urgent",
            field=models.BooleanField(
                db_default=False, default=False, help_text="A person waits: the schedule's own limit is not for it."
            ),
        ),
        migrations.AddField(
            model_name="syncschedule",
            name="average_calls",
            field=models.FloatField(blank=True, help_text="Calls that a scheduled run of it takes.", null=True),
        ),
        migrations.AddField(
            model_name="syncschedule",
            name="due_because",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The stream whose changes made it due early.",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="syncschedule",
            name="interval_seconds",
            field=models.PositiveIntegerField(
                blank=True, help_text="What follows from frequency, object type and own interval.", null=True
            ),
        ),
        migrations.AddField(
            model_name="syncschedule",
            name="priority",
            field=models.PositiveSmallIntegerField(db_default=3, default=3),
        ),
        migrations.AddField(
            model_name="syncschedule",
            name="stale_at",
            field=models.DateTimeField(blank=True, help_text="Unless it is read before.", null=True),
        ),
        migrations.AddField(
            model_name="syncschedule",
            name="verdict",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Of the last decision about it.", max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="syncschedule",
            name="next_due_at",
            field=models.DateTimeField(blank=True, help_text="Empty: nothing is scheduled.", null=True),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=40)),
                ("decided_at", models.DateTimeField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("started", "Started"),
                            ("budget", "Held back: no calls left"),
                            ("blocked", "Held back: the provider wants quiet"),
                            ("parent", "Held back: what it depends on comes first"),
                            ("breaker", "Slowed down: it failed again and again"),
                            ("broken", "Held back: it could not be planned"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(help_text="One sentence, with the figures that counted.")),
                (
                    "age_seconds",
                    models.PositiveIntegerField(
                        blank=True, help_text="Since it was last read; empty: never.", null=True
                    ),
                ),
                ("interval_seconds", models.PositiveIntegerField(blank=True, null=True)),
                ("is_stale", models.BooleanField(default=False)),
                ("priority", models.PositiveSmallIntegerField(default=3)),
                (
                    "calls_used",
                    models.PositiveIntegerField(
                        blank=True, help_text="Of the tightest budget, in this hour.", null=True
                    ),
                ),
                ("calls_allowed", models.PositiveIntegerField(blank=True, null=True)),
                ("job_id", models.UUIDField(blank=True, null=True)),
                ("next_look_at", models.DateTimeField(blank=True, null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="connections.connection",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["connection", "stream", "-decided_at"], name="decisions_newest_first"),
                    models.Index(fields=["decided_at"], name="decisions_by_age"),
                ],
            },
        ),
    ]
