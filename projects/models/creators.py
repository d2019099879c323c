"""Creators' accounts, as a spreadsheet lists them: what sheet and platform say, what stands, and how it grew."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.contrib.auth.models import User
from django.db import models

from connections.models import Connection
from projects.creators.merging import Decision, Kind, Policy
from projects.creators.readings import METRICS, Epoch, Guard, Side
from projects.models.logikal import TreeRow


def choices(of: type[Policy] | type[Kind] | type[Side]) -> list[tuple[str, str]]:
    return [(each.value, each.value.replace("_", " ").capitalize()) for each in of]


MEASURED = [(metric, metric.capitalize()) for metric in METRICS]


class CreatorProject(TreeRow):
    """One tab of a spreadsheet. policies: by metric, for all its accounts. spike_factor, spike_floor: see Guard.
    read_version: of the spreadsheet, when all of the tab was last read."""

    project_id = models.CharField(max_length=64)
    project_name = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    row_count = models.PositiveIntegerField(default=0)
    header_problems = models.JSONField(default=list)
    is_active = models.BooleanField(default=True, db_default=True)
    policies = models.JSONField(default=dict, db_default={})
    spike_factor = models.PositiveIntegerField(default=Guard.factor, db_default=Guard.factor)
    spike_floor = models.PositiveIntegerField(default=Guard.floor, db_default=Guard.floor)
    read_version = models.CharField(max_length=100, blank=True, default="", db_default="")

    class Meta(TreeRow.Meta):
        abstract = False
        verbose_name = "creators' project"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "project_id"], name="one_creators_project_each")
        ]

    def __str__(self) -> str:
        return self.project_name or self.project_id

    @property
    def uuid(self) -> UUID:
        """The same for this tab of this connection for ever; what the API calls it by."""
        return uuid5(self.connection_id, self.project_id)

    @property
    def guard(self) -> Guard:
        return Guard(self.spike_factor, self.spike_floor)


class Counts(models.Model):
    """One column for each metric; empty where nobody says a number."""

    followers = models.BigIntegerField(null=True)
    likes = models.BigIntegerField(null=True)
    comments = models.BigIntegerField(null=True)
    videos = models.BigIntegerField(null=True)
    views = models.BigIntegerField(null=True)
    following = models.BigIntegerField(null=True)

    class Meta:
        abstract = True

    @property
    def counts(self) -> dict[str, int | None]:
        return {metric: getattr(self, metric) for metric in METRICS}


class CreatorAccount(TreeRow, Counts):
    """One profile in one project. Its counts are the merged ones. profile: the canonical address. url: as it is written
    in the sheet, in row_number.

    policies: by metric, before those of the project. epochs: by metric, the last answer of a person. decisions: by
    metric, why its count stands: policy, source, what both sides say, epoch, sentence and time.
    """

    project_id = models.CharField(max_length=64)
    profile = models.CharField(max_length=130)
    platform = models.CharField(max_length=30)
    username = models.TextField(blank=True)
    url = models.TextField(blank=True)
    row_number = models.PositiveIntegerField(null=True)
    policies = models.JSONField(default=dict, db_default={})
    epochs = models.JSONField(default=dict, db_default={})
    decisions = models.JSONField(default=dict, db_default={})

    class Meta(TreeRow.Meta):
        abstract = False
        verbose_name = "creator's account"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "project_id", "profile"], name="one_creators_account_each")
        ]
        indexes: ClassVar = [models.Index(fields=["profile"], name="creators_by_profile")]

    def __str__(self) -> str:
        return self.profile.removeprefix("https://")

    def policy(self, metric: str, project: CreatorProject | None) -> Policy:
        own, shared = self.policies.get(metric), project.policies.get(metric) if project else None
        return Policy(own or shared or Policy.MAX)

    def epoch(self, metric: str) -> Epoch:
        held = self.epochs.get(metric)
        return Epoch.from_json(held) if held else Epoch()


class OfAnAccount(models.Model):
    """connection: the account's, so that these rows end with it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(CreatorAccount, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Reading(OfAnAccount):
    """A number that a side said, when it first said so; the newest few of each side. See creators.readings.Reading."""

    metric = models.CharField(max_length=20, choices=MEASURED)
    side = models.CharField(max_length=10, choices=choices(Side))
    value = models.BigIntegerField(null=True)
    figures = models.PositiveSmallIntegerField(null=True)
    is_base = models.BooleanField(default=False)
    observed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "metric", "side", "observed_at"], name="one_reading_a_moment")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value} ({self.side})"


class AccountSnapshot(OfAnAccount, Counts):
    """An account's counts at the end of a day of its workspace, or so far. first: at the first sync of the day.

    snapshot_time: since when the counts are these. job_id: of the sync that made it.
    """

    snapshot_date = models.DateField()
    snapshot_time = models.DateTimeField()
    first = models.JSONField(default=dict)
    first_time = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    class Meta:
        db_table = "account_snapshots"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "snapshot_date"], name="one_snapshot_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_date}"


class MergeConflict(OfAnAccount):
    """A question to a person about one count, and what became of it.

    side: the one in doubt, where it is one, which says `said` where `base` stood before. kept: what stands meanwhile.
    resolution: sheet or platform, whose number was accepted; person, where one was typed; gone, where the question went
    away by itself.
    """

    class State(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"

    class Kind(models.TextChoices):
        """ACCEPTED: nobody had asked; a person corrected a number all the same."""

        SPIKE = Kind.SPIKE.value
        BOTH_CHANGED = Kind.BOTH_CHANGED.value
        ACCEPTED = "accepted"

    class Resolution(models.TextChoices):
        SHEET = Side.SHEET.value
        PLATFORM = Side.PLATFORM.value
        PERSON = Side.PERSON.value
        GONE = "gone"

    metric = models.CharField(max_length=20, choices=MEASURED)
    kind = models.CharField(max_length=20, choices=Kind)
    side = models.CharField(max_length=10, blank=True, choices=choices(Side))
    sheet = models.BigIntegerField(null=True)
    platform = models.BigIntegerField(null=True)
    said = models.BigIntegerField(null=True)
    base = models.BigIntegerField(null=True)
    kept = models.BigIntegerField(null=True)
    sentence = models.TextField(blank=True)
    seen_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    resolution = models.CharField(max_length=10, choices=Resolution, blank=True)
    value = models.BigIntegerField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "metric"], condition=models.Q(state="open"), name="one_open_conflict_each"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["account", "metric"], name="conflicts_by_account")]

    def __str__(self) -> str:
        return f"{self.metric}: {self.sentence}"

    @classmethod
    def ask(cls, connection: Connection, account_id: int, metric: str, decision: Decision, *, now: datetime) -> None:
        asked = cls(connection=connection, account_id=account_id, metric=metric, seen_at=now)
        asked.say(decision)

    def say(self, decision: Decision) -> None:
        """The question, as it is now. Written where it differs."""
        conflict = decision.conflict
        assert conflict, "nothing is in doubt"
        now: dict[str, Any] = {"kind": conflict.kind.value, "side": conflict.side.value if conflict.side else ""}
        now |= {"said": conflict.said, "base": conflict.base, "kept": decision.value}
        now |= {"sheet": decision.sheet, "platform": decision.platform, "sentence": decision.sentence}
        if self._state.adding or any(getattr(self, name) != value for name, value in now.items()):
            for name, value in now.items():
                setattr(self, name, value)
            self.save()

    def close(self, resolution: str, value: int | None, *, now: datetime, by: User | None = None) -> None:
        self.state, self.resolution, self.value = self.State.RESOLVED, resolution, value
        self.resolved_at, self.resolved_by = now, by
        self.save()


class CellProblem(models.Model):
    """A cell of a sheet that does not say what it should. field: of the record. raw: what stands there."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    project_id = models.CharField(max_length=64)
    row_number = models.PositiveIntegerField()
    field = models.CharField(max_length=30)
    raw = models.CharField(max_length=500, blank=True)
    why = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "project_id", "row_number", "field"], name="one_problem_of_a_cell"
            )
        ]

    def __str__(self) -> str:
        return f"Row {self.row_number}, {self.field}: {self.why}"
