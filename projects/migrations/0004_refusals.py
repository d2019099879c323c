"""A project that was refused is left alone for a while: how often it was, until when, and in which version."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0003_logikal"),
    ]

    operations = [
        migrations.AddField(
            model_name="logikalproject",
            name="refusals",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="logikalproject",
            name="refused_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="logikalproject",
            name="refused_version",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
