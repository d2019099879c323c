"""Make the tables of synced advertising data, of the restatement log and of the coverage of days.

Why: rows are keyed by what the provider calls them, so that reading them again finds them again.
See docs/architecture.md.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("connections", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("external_id", models.CharField(max_length=64)),
                ("name", models.TextField(blank=True)),
                ("configured_status", models.CharField(blank=True, max_length=40)),
                ("effective_status", models.CharField(blank=True, max_length=40)),
                ("campaign_id", models.CharField(blank=True, max_length=64)),
                ("ad_set_id", models.CharField(blank=True, max_length=64)),
                ("creative_id", models.CharField(blank=True, max_length=64)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("connection", "external_id"), name="one_ad_each")],
            },
        ),
        migrations.CreateModel(
            name="AdSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("external_id", models.CharField(max_length=64)),
                ("name", models.TextField(blank=True)),
                ("configured_status", models.CharField(blank=True, max_length=40)),
                ("effective_status", models.CharField(blank=True, max_length=40)),
                ("campaign_id", models.CharField(blank=True, max_length=64)),
                ("daily_budget_micros", models.BigIntegerField(null=True)),
                ("lifetime_budget_micros", models.BigIntegerField(null=True)),
                ("start_at", models.DateTimeField(null=True)),
                ("stop_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "ad set",
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("connection", "external_id"), name="one_ad_set_each")],
            },
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("external_id", models.CharField(max_length=64)),
                ("name", models.TextField(blank=True)),
                ("configured_status", models.CharField(blank=True, max_length=40)),
                ("effective_status", models.CharField(blank=True, max_length=40)),
                ("objective", models.CharField(blank=True, max_length=60)),
                ("daily_budget_micros", models.BigIntegerField(null=True)),
                ("lifetime_budget_micros", models.BigIntegerField(null=True)),
                ("start_at", models.DateTimeField(null=True)),
                ("stop_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "external_id"), name="one_campaign_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=40)),
                (
                    "key",
                    models.CharField(
                        help_text="What tells the row apart within its table and connection.", max_length=200
                    ),
                ),
                (
                    "date",
                    models.DateField(help_text="The day the numbers belong to, where they belong to one.", null=True),
                ),
                ("field", models.CharField(max_length=60)),
                ("before", models.TextField(null=True)),
                ("after", models.TextField(null=True)),
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
                "indexes": [models.Index(fields=["connection", "-seen_at"], name="changes_newest_first")],
            },
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=40)),
                ("date", models.DateField()),
                ("row_count", models.PositiveIntegerField()),
                ("total", models.DecimalField(decimal_places=6, default=0, max_digits=24)),
                (
                    "fewer_than_before",
                    models.BooleanField(default=False, help_text="The last answer had fewer rows than the one before."),
                ),
                ("fetched_at", models.DateTimeField()),
                ("job_id", models.UUIDField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "coverage",
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "stream", "date"), name="one_coverage_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyMetric",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("account", "Account"),
                            ("campaign", "Campaign"),
                            ("ad_set", "Ad Set"),
                            ("ad", "Ad"),
                            ("asset_group", "Asset Group"),
                        ],
                        max_length=12,
                    ),
                ),
                ("external_id", models.CharField(max_length=64)),
                ("date", models.DateField()),
                ("campaign_id", models.CharField(blank=True, max_length=64)),
                ("ad_set_id", models.CharField(blank=True, max_length=64)),
                ("impressions", models.BigIntegerField(default=0)),
                ("clicks", models.BigIntegerField(default=0)),
                ("spend_micros", models.BigIntegerField(default=0)),
                ("conversions", models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                ("revenue_micros", models.BigIntegerField(default=0)),
                (
                    "reach",
                    models.BigIntegerField(
                        help_text="People reached: cannot be added over days or objects.", null=True
                    ),
                ),
                ("actions", models.JSONField(default=dict)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "verbose_name": "daily metric",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "level", "external_id", "date"), name="one_daily_metric_each"
                    )
                ],
            },
        ),
    ]
