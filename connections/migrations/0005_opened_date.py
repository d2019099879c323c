"""Remember since when an account exists: history before that day is not asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0004_sealed_drafts")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="opened_date",
            field=models.DateField(blank=True, help_text="The account's first day; empty: not known.", null=True),
        ),
    ]
