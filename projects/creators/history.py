"""Who decided what about the counts of one account, and when? Answers and rules, the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connections.models import AuditEvent
from projects.creators.cells import RULES
from projects.creators.merging import Policy
from projects.creators.questions import Answered
from projects.models import CreatorAccount, MergeConflict

MOST = 50
RULE_CHOSEN = "count rule chosen"


@dataclass(frozen=True)
class RuleChosen:
    """Written down in the audit trail."""

    at: datetime
    actor: str
    metric: str
    rule: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Past:
    """One of both."""

    at: datetime
    answered: Answered | None = None
    rule: RuleChosen | None = None


def history(account: CreatorAccount) -> list[Past]:
    found = sorted([*_answers(account), *_rules(account)], key=lambda past: past.at, reverse=True)
    return found[:MOST]


def _answers(account: CreatorAccount) -> Iterator[Past]:
    found = MergeConflict.objects.filter(account=account, state="resolved").select_related("account", "resolved_by")
    for each in found.order_by("-resolved_at", "-pk")[:MOST]:
        assert each.resolved_at, "it is resolved"
        yield Past(each.resolved_at, answered=Answered(each, None))


def _rules(account: CreatorAccount) -> Iterator[Past]:
    events = AuditEvent.objects.filter(workspace_id=account.connection.workspace_id, action=RULE_CHOSEN)
    for event in events.filter(target=f"creatoraccount {account.pk}").order_by("-at", "-pk")[:MOST]:
        yield Past(event.at, rule=_rule(event))


def _rule(event: AuditEvent) -> RuleChosen:
    counts = [{name: value for name, value in each.items() if name != "rule"} for each in (event.before, event.after)]
    metric = next(iter(counts[1]), "")
    chosen = str(event.after.get("rule", ""))
    rule = RULES[Policy(chosen)].lower() if chosen in set(Policy) else "as its project does"
    return RuleChosen(event.at, event.actor, metric, rule, counts[0].get(metric), counts[1].get(metric))
