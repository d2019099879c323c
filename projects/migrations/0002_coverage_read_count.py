"""How often each day was read, for the calendar; and indexes for the pages that ask for changes by day and as written.

read_count: of days that were read before this, only that it was once. The index of Change's foreign key goes: each of
the three others begins with the same column.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("connections", "0005_opened_date"), ("projects", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="coverage",
            name="read_count",
            field=models.PositiveIntegerField(db_default=1, default=1, help_text="How often it has been read."),
        ),
        migrations.AlterField(
            model_name="change",
            name="connection",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="connections.connection",
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["connection", "date"], name="changes_by_day"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["connection", "-id"], name="changes_as_written"),
        ),
    ]
