"""What people choose for all accounts of a project: the rules, when a rise is sudden, and whether it is active."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from projects.creators import answers
from projects.creators.merging import Policy
from projects.creators.readings import METRICS
from projects.models import CreatorAccount, CreatorProject
from projects.tables import merged


@dataclass(frozen=True)
class Arrangement:
    """policies: of every metric. spike_factor, spike_floor: see Guard."""

    policies: Mapping[str, Policy] = field(default_factory=lambda: dict.fromkeys(METRICS, Policy.MAX))
    spike_factor: int = CreatorProject().spike_factor
    spike_floor: int = CreatorProject().spike_floor
    is_active: bool = True

    @classmethod
    def of(cls, project: CreatorProject) -> "Arrangement":
        policies = {metric: Policy(project.policies.get(metric) or Policy.MAX) for metric in METRICS}
        return cls(policies, project.spike_factor, project.spike_floor, project.is_active)

    @property
    def mark(self) -> str:
        """All of it in one line: another one, where anything differs."""
        rules = " ".join(self.policies[metric].value for metric in METRICS)
        return f"{rules} {self.spike_factor} {self.spike_floor} {int(self.is_active)}"

    def as_json(self) -> dict[str, object]:
        policies = {metric: policy.value for metric, policy in self.policies.items()}
        return {**policies, "factor": self.spike_factor, "floor": self.spike_floor, "is_active": self.is_active}


def arrange(project_id: int, wanted: Arrangement, *, now: datetime, seen: str = "") -> Arrangement:
    """Returns what stood before. project_id: of the row. seen: the mark of what was on the page; raises Outdated where
    it is another by now."""
    with transaction.atomic():
        project = CreatorProject.objects.select_for_update(no_key=True).get(pk=project_id)
        before = Arrangement.of(project)
        if seen and seen != before.mark:
            raise answers.Outdated("Somebody else has changed these settings in the meantime")
        changed = {metric for metric, policy in wanted.policies.items() if policy is not before.policies[metric]}
        project.policies |= {metric: wanted.policies[metric].value for metric in changed}
        project.spike_factor, project.spike_floor = wanted.spike_factor, wanted.spike_floor
        project.is_active = wanted.is_active
        project.save(update_fields=["policies", "spike_factor", "spike_floor", "is_active"])
        if changed or (before.spike_factor, before.spike_floor) != (wanted.spike_factor, wanted.spike_floor):
            _merge_again(project, {metric for metric in changed if wanted.policies[metric] is Policy.LOCKED}, now)
    return before


def choose_policy_for_all(project_id: int, metric: str, policy: Policy, *, now: datetime) -> None:
    """For all accounts of a project that have no rule of their own. project_id: of the row."""
    stands = Arrangement.of(CreatorProject.objects.get(pk=project_id))
    wanted = Arrangement({**stands.policies, metric: policy}, stands.spike_factor, stands.spike_floor, stands.is_active)
    arrange(project_id, wanted, now=now, seen=stands.mark)


def _merge_again(project: CreatorProject, locked: set[str], now: datetime) -> None:
    rows = CreatorAccount.objects.filter(connection=project.connection_id, project_id=project.project_id)
    accounts = list(rows.select_for_update(no_key=True).order_by("pk"))
    for metric in sorted(locked):
        without_own = [account for account in accounts if metric not in account.policies]
        answers.lock_counts(without_own, metric, now=now)
    merged.merge_again(accounts, now=now)
