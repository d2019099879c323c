"""Give every login a mark that is new with each new secret.

Why: until now a changed ciphertext meant that somebody had connected again. A rotation of the keys changes it too, while
syncs are running.
"""

from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_changes_by_people")]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="sealed_as",
            field=models.UUIDField(default=uuid4, editable=False),
        ),
    ]
