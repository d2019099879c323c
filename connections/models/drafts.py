"""A login that was pasted into the connect form and is not connected yet, encrypted."""

from uuid import uuid4

from django.db import models


class SealedDraft(models.Model):
    """In a table and not in the session of whoever pasted it, so that it ends on time also when nobody comes back."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    ciphertext = models.TextField(editable=False)
    ends_at = models.DateTimeField(db_index=True)
