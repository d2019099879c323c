"""Keep pasted logins in a table of their own.

Why: in a session they outlived their ten minutes until that person came back.
"""

from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_sealed_as")]

    operations = [
        migrations.CreateModel(
            name="SealedDraft",
            fields=[
                ("id", models.UUIDField(default=uuid4, editable=False, primary_key=True, serialize=False)),
                ("ciphertext", models.TextField(editable=False)),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
