"""Creators' projects and accounts, what sheet and platform say of them, their snapshots, and questions to people."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0006_mail_choice"),
        ("projects", "0004_refusals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CreatorAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("missing_since", models.DateTimeField(null=True)),
                ("followers", models.BigIntegerField(null=True)),
                ("likes", models.BigIntegerField(null=True)),
                ("comments", models.BigIntegerField(null=True)),
                ("videos", models.BigIntegerField(null=True)),
                ("views", models.BigIntegerField(null=True)),
                ("following", models.BigIntegerField(null=True)),
                ("project_id", models.CharField(max_length=64)),
                ("profile", models.CharField(max_length=130)),
                ("platform", models.CharField(max_length=30)),
                ("username", models.TextField(blank=True)),
                ("url", models.TextField(blank=True)),
                ("row_number", models.PositiveIntegerField(null=True)),
                ("policies", models.JSONField(db_default={}, default=dict)),
                ("epochs", models.JSONField(db_default={}, default=dict)),
                ("decisions", models.JSONField(db_default={}, default=dict)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "creator's account",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AccountSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("followers", models.BigIntegerField(null=True)),
                ("likes", models.BigIntegerField(null=True)),
                ("comments", models.BigIntegerField(null=True)),
                ("videos", models.BigIntegerField(null=True)),
                ("views", models.BigIntegerField(null=True)),
                ("following", models.BigIntegerField(null=True)),
                ("snapshot_date", models.DateField()),
                ("snapshot_time", models.DateTimeField()),
                ("first", models.JSONField(default=dict)),
                ("first_time", models.DateTimeField()),
                ("job_id", models.UUIDField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.creatoraccount",
                    ),
                ),
            ],
            options={
                "db_table": "account_snapshots",
            },
        ),
        migrations.CreateModel(
            name="CreatorProject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("missing_since", models.DateTimeField(null=True)),
                ("project_id", models.CharField(max_length=64)),
                ("project_name", models.TextField(blank=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("row_count", models.PositiveIntegerField(default=0)),
                ("header_problems", models.JSONField(default=list)),
                ("is_active", models.BooleanField(db_default=True, default=True)),
                ("policies", models.JSONField(db_default={}, default=dict)),
                ("spike_factor", models.PositiveIntegerField(db_default=5, default=5)),
                ("spike_floor", models.PositiveIntegerField(db_default=1000, default=1000)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "creators' project",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MergeConflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("followers", "Followers"),
                            ("likes", "Likes"),
                            ("comments", "Comments"),
                            ("videos", "Videos"),
                            ("views", "Views"),
                            ("following", "Following"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("spike", "Spike"), ("both_changed", "Both Changed"), ("accepted", "Accepted")],
                        max_length=20,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        blank=True,
                        choices=[("sheet", "Sheet"), ("platform", "Platform"), ("person", "Person")],
                        max_length=10,
                    ),
                ),
                ("sheet", models.BigIntegerField(null=True)),
                ("platform", models.BigIntegerField(null=True)),
                ("said", models.BigIntegerField(null=True)),
                ("base", models.BigIntegerField(null=True)),
                ("kept", models.BigIntegerField(null=True)),
                ("sentence", models.TextField(blank=True)),
                ("seen_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("resolved", "Resolved")], default="open", max_length=10
                    ),
                ),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[("sheet", "Sheet"), ("platform", "Platform"), ("person", "Person"), ("gone", "Gone")],
                        max_length=10,
                    ),
                ),
                ("value", models.BigIntegerField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.creatoraccount",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("followers", "Followers"),
                            ("likes", "Likes"),
                            ("comments", "Comments"),
                            ("videos", "Videos"),
                            ("views", "Views"),
                            ("following", "Following"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("sheet", "Sheet"), ("platform", "Platform"), ("person", "Person")], max_length=10
                    ),
                ),
                ("value", models.BigIntegerField(null=True)),
                ("figures", models.PositiveSmallIntegerField(null=True)),
                ("is_base", models.BooleanField(default=False)),
                ("observed_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.creatoraccount",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CellProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("project_id", models.CharField(max_length=64)),
                ("row_number", models.PositiveIntegerField()),
                ("field", models.CharField(max_length=30)),
                ("raw", models.CharField(blank=True, max_length=500)),
                ("why", models.TextField()),
                ("seen_at", models.DateTimeField()),
                (
                    "connection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "project_id", "row_number", "field"), name="one_problem_of_a_cell"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="creatoraccount",
            index=models.Index(fields=["profile"], name="creators_by_profile"),
        ),
        migrations.AddConstraint(
            model_name="creatoraccount",
            constraint=models.UniqueConstraint(
                fields=("connection", "project_id", "profile"), name="one_creators_account_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="accountsnapshot",
            constraint=models.UniqueConstraint(fields=("account", "snapshot_date"), name="one_snapshot_a_day"),
        ),
        migrations.AddConstraint(
            model_name="creatorproject",
            constraint=models.UniqueConstraint(fields=("connection", "project_id"), name="one_creators_project_each"),
        ),
        migrations.AddIndex(
            model_name="mergeconflict",
            index=models.Index(fields=["account", "metric"], name="conflicts_by_account"),
        ),
        migrations.AddConstraint(
            model_name="mergeconflict",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("account", "metric"), name="one_open_conflict_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.UniqueConstraint(
                fields=("account", "metric", "side", "observed_at"), name="one_reading_a_moment"
            ),
        ),
    ]
