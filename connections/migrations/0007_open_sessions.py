"""Remember with a login, encrypted, its sessions at the provider, so that a killed worker leaves none open for good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0006_mail_choice"),
    ]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="open_sessions",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Encrypted: those that may be open there.",
            ),
        ),
    ]
