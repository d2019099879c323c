"""Who changed what, and when: rows that are only ever added."""

from typing import ClassVar

from django.db import models


class AuditEvent(models.Model):
    """One change that somebody made. Plain ids and names, so that it outlives what it tells of.

    The database refuses to update or delete these rows: see the migration that makes the table.
    """

    workspace_id = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="The user, if a person did it.")
    actor = models.CharField(max_length=200, help_text="A person's name, a token's or a command's.")
    address = models.CharField(max_length=45, blank=True)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=60, help_text="What was changed: its kind and id.")
    target_name = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace_id", "-at"], name="audit_newest_first")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.target}"
