"""Remember of what each member of a workspace wants to hear by mail.

Why: nobody gets a mail who has not asked for it, so the choice is each person's own, in each workspace, and begins at never.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0005_opened_date")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="mail",
            field=models.CharField(
                choices=[
                    ("never", "Never"),
                    ("failures", "When a sync fails"),
                    ("completion", "When history is complete"),
                    ("all", "Both"),
                ],
                db_default="never",
                default="never",
                max_length=10,
            ),
        ),
    ]
