"""Count what of an account's history is still to be put into the queue.

Why: history may be hundreds of chunks. They go into the queue a few at a time, and its progress is that of all of them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syncing", "0005_often_written")]

    operations = [
        migrations.AddField(
            model_name="syncjob",
            name="released",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Of history: how many of its parts have been put into the queue.",
            ),
        ),
        migrations.AddField(
            model_name="syncjob",
            name="to_release",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Of history: how many chunks are still to be put into the queue.",
            ),
        ),
    ]
