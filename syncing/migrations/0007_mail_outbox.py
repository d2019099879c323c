"""Keep the mails that are to be sent, and find the newest jobs of several connections.

Why: a mail is written in the transaction that ends its sync and sent later, so that neither a crash nor a mail server that is
away loses it or holds a sync up. The page with the history of all connections asks for the newest jobs, whose they are.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0006_mail_choice"),
        ("syncing", "0006_two_phases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recent_ready", "Recent data is ready"),
                            ("history_complete", "History is complete"),
                            ("failed", "A sync failed"),
                            ("needs_reconnect", "Needs reconnecting"),
                            ("recovered", "Syncs work again"),
                        ],
                        max_length=20,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("remedy", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("send_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("given_up_at", models.DateTimeField(blank=True, null=True)),
                (
                    "last_error",
                    models.CharField(
                        blank=True, help_text="Why it could not be sent; no address, no text.", max_length=200
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
                (
                    "job",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                fields=["send_at"],
                name="mails_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["connection", "-created_at"], name="mails_of_connection"),
        ),
        migrations.AddIndex(
            model_name="syncjob",
            index=models.Index(fields=["-created_at"], name="jobs_newest_of_all"),
        ),
    ]
