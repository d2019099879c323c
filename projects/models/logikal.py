"""Directories, projects, phases, elevations and parts lists of a window-construction ERP."""

from typing import ClassVar

from django.db import models

from connections.models import Connection
from projects.models.synced import SyncedRow


class TreeRow(SyncedRow):
    """missing_since: when a complete list of its parent's children first lacked it; empty while it is there."""

    missing_since = models.DateTimeField(null=True)

    class Meta(SyncedRow.Meta):
        abstract = True


class Directory(TreeRow):
    """path: the names from the root on, with slashes between them; it is also how the ERP is asked for it."""

    path = models.CharField(max_length=500)
    parent_path = models.CharField(max_length=500, blank=True)
    name = models.TextField(blank=True)

    class Meta(TreeRow.Meta):
        abstract = False
        verbose_name_plural = "directories"
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "path"], name="one_directory_each")]

    def __str__(self) -> str:
        return self.path


class LogikalProject(TreeRow):
    """version: of its contents, as the list of projects tells it. phases_read and so on: the version that was last read
    whole; empty means never, or to be read again. forced_at: when somebody last wanted that. refusal: why the last
    attempt to read it did not end. refusals: how many have not, one after the other; so the schedule leaves it alone
    until refused_until, while its version is refused_version."""

    external_id = models.CharField(max_length=64)
    directory_path = models.CharField(max_length=500, blank=True)
    name = models.TextField(blank=True)
    job_number = models.TextField(blank=True)
    offer_number = models.TextField(blank=True)
    person_in_charge = models.TextField(blank=True)
    estimated = models.BooleanField(null=True)
    is_deleted = models.BooleanField(default=False)
    created_date = models.DateTimeField(null=True)
    changed_date = models.DateTimeField(null=True)
    version = models.CharField(max_length=40)
    phases_read = models.CharField(max_length=40, blank=True, default="", db_default="")
    elevations_read = models.CharField(max_length=40, blank=True, default="", db_default="")
    thumbnails_read = models.CharField(max_length=40, blank=True, default="", db_default="")
    parts_lists_read = models.CharField(max_length=40, blank=True, default="", db_default="")
    refusal = models.TextField(blank=True, default="", db_default="")
    refused_at = models.DateTimeField(null=True)
    refusals = models.PositiveSmallIntegerField(default=0, db_default=0)
    refused_until = models.DateTimeField(null=True)
    refused_version = models.CharField(max_length=40, blank=True, default="", db_default="")
    forced_at = models.DateTimeField(null=True)

    class Meta(TreeRow.Meta):
        abstract = False
        verbose_name = "project"
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "external_id"], name="one_project_each")]
        indexes: ClassVar = [models.Index(fields=["connection", "directory_path"], name="projects_by_directory")]

    def __str__(self) -> str:
        return self.name or self.external_id


class Phase(TreeRow):
    """The default phase has the same id in every project, so only both together tell phases apart."""

    project_id = models.CharField(max_length=64)
    external_id = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    description = models.TextField(blank=True)

    class Meta(TreeRow.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "project_id", "external_id"], name="one_phase_each")
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class Elevation(TreeRow):
    """One window, door or facade. amount: pieces of it. width, height: in millimetres. version: of its contents."""

    external_id = models.CharField(max_length=64)
    project_id = models.CharField(max_length=64)
    phase_id = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    width = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    height = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    auto_description = models.TextField(blank=True)
    system_description = models.TextField(blank=True)
    model_description = models.TextField(blank=True)
    user_description = models.TextField(blank=True)
    surfaces = models.JSONField(default=dict)
    created_by = models.TextField(blank=True)
    created_date = models.DateTimeField(null=True)
    changed_date = models.DateTimeField(null=True)
    is_in_recycle_bin = models.BooleanField(default=False)
    kind = models.TextField(blank=True)
    state = models.TextField(blank=True)
    version = models.CharField(max_length=100, blank=True)

    class Meta(TreeRow.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="one_elevation_each")
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "project_id", "phase_id"], name="elevations_by_phase"),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class ElevationThumbnail(SyncedRow):
    """version: of the elevation that it shows. image: a PNG. again: to be asked for, whatever its version."""

    external_id = models.CharField(max_length=64)
    project_id = models.CharField(max_length=64)
    version = models.CharField(max_length=100, blank=True)
    image = models.BinaryField()
    again = models.BooleanField(default=False, db_default=False)

    class Meta(SyncedRow.Meta):
        abstract = False
        verbose_name = "thumbnail"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="one_thumbnail_each")
        ]

    def __str__(self) -> str:
        return self.external_id


class PartsList(SyncedRow):
    """What an elevation is made of. version: of the elevation that it was read from. sha256: of the file.

    facts: of the elevation, by name. tables: rows of every table of the file. refusal: why its file could not be read;
    the parts of the file before are kept then. again: to be asked for, whatever its version.
    """

    external_id = models.CharField(max_length=64)
    project_id = models.CharField(max_length=64)
    version = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    part_count = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict)
    tables = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    refusal = models.TextField(blank=True)
    again = models.BooleanField(default=False, db_default=False)

    class Meta(SyncedRow.Meta):
        abstract = False
        verbose_name = "parts list"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="one_parts_list_each")
        ]
        indexes: ClassVar = [models.Index(fields=["connection", "project_id"], name="parts_lists_by_project")]

    def __str__(self) -> str:
        return self.external_id


class Part(models.Model):
    """One row of a parts list. value: of a measured property, such as a U value. extra: columns that have no field."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    elevation_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    position = models.PositiveIntegerField()
    code = models.TextField(blank=True)
    name = models.TextField(blank=True)
    description = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    length_mm = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    color = models.TextField(blank=True)
    price = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    value_unit = models.TextField(blank=True)
    area = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    area_unit = models.TextField(blank=True)
    extra = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "elevation_id", "kind", "position"], name="one_part_each")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code or self.name}"
