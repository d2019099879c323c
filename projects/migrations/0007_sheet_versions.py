"""A tab remembers at which version of its spreadsheet it was last read whole."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0006_platform_profiles"),
    ]

    operations = [
        migrations.AddField(
            model_name="creatorproject",
            name="read_version",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
