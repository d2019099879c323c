"""What the platforms say of profiles."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0007_open_sessions"),
        ("projects", "0005_creators"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("followers", models.BigIntegerField(null=True)),
                ("likes", models.BigIntegerField(null=True)),
                ("comments", models.BigIntegerField(null=True)),
                ("videos", models.BigIntegerField(null=True)),
                ("views", models.BigIntegerField(null=True)),
                ("following", models.BigIntegerField(null=True)),
                ("profile", models.CharField(max_length=130)),
                ("external_id", models.CharField(blank=True, max_length=64)),
                ("name", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ok", "Ok"),
                            ("missing", "Missing"),
                            ("unsupported", "Unsupported"),
                            ("failed", "Failed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("figures", models.JSONField(default=dict)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["profile"], name="profiles_by_address")],
                "constraints": [models.UniqueConstraint(fields=("connection", "profile"), name="one_profile_each")],
            },
        ),
    ]
