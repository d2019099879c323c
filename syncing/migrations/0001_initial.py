"""Make the tables of jobs, chunks, schedules, sync state, call budgets and quarantined records.

Why: the database is the queue. Two constraints and two partial indexes carry it: one active job for each connection and
lane, and claiming without reading what is finished. See docs/architecture.md.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("connections", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bucket",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("blocked_until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="ConnectionSync",
            fields=[
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="sync",
                        serialize=False,
                        to="connections.connection",
                    ),
                ),
                (
                    "sync_frequency",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("realtime", "Realtime (every 30s)"),
                            ("30min", "Every 30 min"),
                            ("hourly", "Hourly"),
                            ("daily", "Daily"),
                            ("smart", "Smart"),
                        ],
                        default="manual",
                        max_length=10,
                    ),
                ),
                (
                    "sync_status",
                    models.CharField(
                        choices=[("idle", "Idle"), ("queued", "Queued"), ("syncing", "Syncing"), ("error", "Error")],
                        default="idle",
                        max_length=10,
                    ),
                ),
                ("last_sync_attempted_at", models.DateTimeField(blank=True, null=True)),
                ("last_sync_completed_at", models.DateTimeField(blank=True, null=True)),
                ("last_metrics_changed_at", models.DateTimeField(blank=True, null=True)),
                ("total_syncs_attempted", models.PositiveIntegerField(default=0)),
                ("total_syncs_with_changes", models.PositiveIntegerField(default=0)),
                ("last_sync_error", models.TextField(blank=True)),
                ("last_sync_remedy", models.TextField(blank=True)),
                ("not_before", models.DateTimeField(blank=True, help_text="No call before this moment.", null=True)),
                ("not_before_reason", models.TextField(blank=True)),
                ("slices_in_flight", models.PositiveSmallIntegerField(default=4)),
                ("phase_1_completed_at", models.DateTimeField(blank=True, null=True)),
                ("phase_2_completed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "connection's sync state",
            },
        ),
        migrations.CreateModel(
            name="ObjectSyncConfig",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=30)),
                ("object_type", models.CharField(max_length=40)),
                ("display_name", models.CharField(max_length=100)),
                ("is_sync_enabled", models.BooleanField(default=True)),
                ("sync_interval_minutes", models.PositiveIntegerField()),
                ("staleness_threshold_minutes", models.PositiveIntegerField()),
                ("priority", models.PositiveSmallIntegerField(default=3, help_text="1 is served first, 5 last.")),
                ("depends_on", models.CharField(blank=True, max_length=40)),
                ("cascade_sync", models.BooleanField(default=True)),
                ("batch_size", models.PositiveIntegerField(default=100)),
                ("max_retry_attempts", models.PositiveSmallIntegerField(default=3)),
                (
                    "retry_delay",
                    models.PositiveIntegerField(
                        default=60, help_text="Seconds before a failed job's schedule is tried again."
                    ),
                ),
                ("queue", models.CharField(default="sync", max_length=20)),
            ],
            options={
                "db_table": "object_sync_config",
                "constraints": [models.UniqueConstraint(fields=("provider", "object_type"), name="one_config_each")],
            },
        ),
        migrations.CreateModel(
            name="SyncJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "lane",
                    models.CharField(
                        choices=[("sync", "Sync"), ("backfill", "Backfill")], default="sync", max_length=10
                    ),
                ),
                (
                    "sync_type",
                    models.CharField(
                        choices=[
                            ("initial", "Initial"),
                            ("incremental", "Incremental"),
                            ("manual", "Manual"),
                            ("range", "Range"),
                        ],
                        default="incremental",
                        max_length=12,
                    ),
                ),
                (
                    "sync_phase",
                    models.CharField(
                        blank=True,
                        choices=[("recent_90_days", "Recent 90 Days"), ("historical_backfill", "Historical Backfill")],
                        max_length=20,
                        null=True,
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("schedule", "Schedule"),
                            ("user", "User"),
                            ("api", "Api"),
                            ("cron", "Cron"),
                            ("cascade", "Cascade"),
                            ("command", "Command"),
                        ],
                        default="user",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Queued"),
                            ("in_progress", "Syncing"),
                            ("completed", "Completed"),
                            ("completed_with_failures", "Completed with failures"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=25,
                    ),
                ),
                ("scope", models.JSONField(default=dict)),
                (
                    "rerun",
                    models.JSONField(
                        blank=True, default=list, help_text="Scopes that were asked for while this job ran."
                    ),
                ),
                (
                    "planned_at",
                    models.DateTimeField(blank=True, help_text="When its metric chunks were made.", null=True),
                ),
                ("progress_percentage", models.PositiveSmallIntegerField(default=0)),
                ("total_chunks", models.PositiveIntegerField(default=0)),
                ("completed_chunks", models.PositiveIntegerField(default=0)),
                ("failed_chunks", models.PositiveIntegerField(default=0)),
                ("records_read", models.PositiveIntegerField(default=0)),
                ("records_created", models.PositiveIntegerField(default=0)),
                ("records_updated", models.PositiveIntegerField(default=0)),
                ("records_unchanged", models.PositiveIntegerField(default=0)),
                ("records_quarantined", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("remedy", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, help_text="Empty while the job is active.", null=True)),
                (
                    "backfill_of",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="backfill",
                        to="syncing.syncjob",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="jobs", to="connections.connection"
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="syncing.syncjob",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "sync_jobs",
            },
        ),
        migrations.CreateModel(
            name="SyncChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chunk_order", models.PositiveIntegerField()),
                ("stream", models.CharField(max_length=40)),
                ("chunk_type", models.CharField(max_length=20)),
                ("queue", models.CharField(default="sync", max_length=20)),
                (
                    "rank",
                    models.SmallIntegerField(
                        default=13, help_text="0 if stale else 10, plus priority; frozen when queued."
                    ),
                ),
                ("entity_ids", models.JSONField(blank=True, default=list)),
                ("entity_offset", models.PositiveIntegerField(blank=True, null=True)),
                ("entity_limit", models.PositiveIntegerField(blank=True, null=True)),
                ("start_date", models.DateField(blank=True, null=True)),
                ("end_date", models.DateField(blank=True, null=True)),
                ("updated_since", models.DateTimeField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("ready_at", models.DateTimeField()),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("retry_count", models.PositiveSmallIntegerField(default=0)),
                ("max_retries", models.PositiveSmallIntegerField(default=3)),
                ("checkpoint", models.JSONField(blank=True, null=True)),
                ("checkpoint_at", models.DateTimeField(blank=True, null=True)),
                (
                    "read_to_end",
                    models.BooleanField(default=False, help_text="Every page is stored: only the finish is missing."),
                ),
                (
                    "date_counts",
                    models.JSONField(
                        blank=True, default=dict, help_text="Per date: rows and total that the provider gave."
                    ),
                ),
                ("records_read", models.PositiveIntegerField(default=0)),
                ("records_created", models.PositiveIntegerField(default=0)),
                ("records_updated", models.PositiveIntegerField(default=0)),
                ("records_unchanged", models.PositiveIntegerField(default=0)),
                ("records_quarantined", models.PositiveIntegerField(default=0)),
                ("error_kind", models.CharField(blank=True, max_length=20)),
                ("error", models.TextField(blank=True)),
                ("remedy", models.TextField(blank=True)),
                ("error_detail", models.TextField(blank=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("actual_duration_seconds", models.FloatField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
                (
                    "sync_job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="chunks", to="syncing.syncjob"
                    ),
                ),
            ],
            options={
                "db_table": "sync_job_chunks",
            },
        ),
        migrations.CreateModel(
            name="SyncSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=40)),
                (
                    "interval_minutes",
                    models.PositiveIntegerField(blank=True, help_text="Empty: as the object type says.", null=True),
                ),
                ("next_due_at", models.DateTimeField(blank=True, null=True)),
                ("state", models.JSONField(blank=True, default=dict)),
                ("last_attempted_at", models.DateTimeField(blank=True, null=True)),
                ("last_completed_at", models.DateTimeField(blank=True, null=True)),
                ("last_changed_at", models.DateTimeField(blank=True, null=True)),
                ("consecutive_failures", models.PositiveIntegerField(default=0)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schedules",
                        to="connections.connection",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CallBudget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minute", models.BigIntegerField()),
                ("calls", models.PositiveIntegerField()),
                (
                    "bucket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="minutes", to="syncing.bucket"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bucket", "minute"), name="one_budget_row_a_minute")],
            },
        ),
        migrations.CreateModel(
            name="QuarantinedRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("reason", models.TextField()),
                ("raw", models.TextField()),
                ("day", models.DateField(help_text="The day that it belongs to, if it says one.", null=True)),
                ("seen_at", models.DateTimeField()),
                ("job_id", models.UUIDField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "stream", "key"), name="one_quarantined_each")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="syncjob",
            index=models.Index(fields=["connection", "-created_at"], name="jobs_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="syncjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("connection", "lane"),
                name="one_active_job_each_lane",
            ),
        ),
        migrations.AddIndex(
            model_name="syncchunk",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)),
                fields=["queue", "rank", "chunk_order", "id"],
                name="chunks_ready",
            ),
        ),
        migrations.AddIndex(
            model_name="syncchunk",
            index=models.Index(
                condition=models.Q(("lease_token__isnull", False)), fields=["connection"], name="chunks_leased"
            ),
        ),
        migrations.AddIndex(
            model_name="syncschedule",
            index=models.Index(
                condition=models.Q(("next_due_at__isnull", False)), fields=["next_due_at"], name="schedules_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="syncschedule",
            constraint=models.UniqueConstraint(fields=("connection", "stream"), name="one_schedule_each"),
        ),
    ]
