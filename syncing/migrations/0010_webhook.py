"""Keep the messages to the webhook that are to be sent.

Why: a message is written in the transaction that ends its sync and sent later, so that neither a crash nor a receiver that is
away loses it or holds a sync up.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0007_open_sessions"),
        ("syncing", "0009_skipped"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookMessage",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("sync.completed", "A sync has ended well"),
                            ("sync.failed", "A sync has not ended well"),
                        ],
                        max_length=20,
                    ),
                ),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("send_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("given_up_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=200)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("given_up_at__isnull", True), ("sent_at__isnull", True)),
                        fields=["send_at"],
                        name="webhook_messages_waiting",
                    ),
                    models.Index(fields=["created_at"], name="webhook_messages_by_age"),
                ],
            },
        ),
    ]
