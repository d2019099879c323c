"""What people may decide about counts on a page: each is done, and written down with who decided it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from connections import audit
from connections.access import Actor
from projects.creators import answers, arranging
from projects.creators.answers import NothingToAccept, Outdated, Seen
from projects.creators.arranging import Arrangement
from projects.creators.history import RULE_CHOSEN
from projects.creators.merging import Policy
from projects.creators.readings import Side
from projects.models import CreatorAccount, CreatorProject


@dataclass(frozen=True)
class Answer:
    """To the question which number of a metric stands. value: where it is typed."""

    metric: str
    side: Side
    seen: Seen
    value: int | None = None


@dataclass(frozen=True)
class Outcome:
    """Of many answers. outdated: what somebody had answered already, or what says something else by now."""

    answered: int
    outdated: int


def answer(actor: Actor, account: CreatorAccount, given: Answer, *, now: datetime) -> CreatorAccount:
    """Raises NothingToAccept, NoCount and Outdated."""
    with transaction.atomic():
        before = _locked(account.pk)
        after = _answer(actor, account.pk, given, now)
        _record(actor, "count answered", account, now, given.metric, before, after, answer=given.side.value)
    return after


def answer_all(actor: Actor, project: CreatorProject, given: Sequence[tuple[int, Answer]], *, now: datetime) -> Outcome:
    """given: by the account's key. What cannot be answered any more is passed over."""
    answered = 0
    with transaction.atomic():
        for account_id, each in sorted(given, key=lambda one: (one[0], one[1].metric)):
            try:
                _answer(actor, account_id, each, now)
            except (NothingToAccept, Outdated):
                continue
            answered += 1
        outcome = Outcome(answered, len(given) - answered)
        if answered:
            said = {"answer": given[0][1].side.value, "answered": answered, "passed over": outcome.outdated}
            _write_down(actor, "counts answered", project, now, after=said)
    return outcome


def choose_policy(
    actor: Actor, account: CreatorAccount, metric: str, policy: Policy | None, *, now: datetime
) -> CreatorAccount:
    """policy: None: as its project does."""
    with transaction.atomic():
        before = _locked(account.pk)
        after = answers.choose_policy(account.pk, metric, policy, now=now)
        rules = [each.policies.get(metric, "as the project") for each in (before, after)]
        _record(actor, RULE_CHOSEN, account, now, metric, before, after, rule_before=rules[0], rule=rules[1])
    return after


def arrange(actor: Actor, project: CreatorProject, wanted: Arrangement, *, seen: str, now: datetime) -> None:
    """seen: the mark of what stood on the page. Raises Outdated."""
    with transaction.atomic():
        before = arranging.arrange(project.pk, wanted, now=now, seen=seen).as_json()
        after = wanted.as_json()
        changed = [name for name in after if after[name] != before[name]]
        told = [{name: each[name] for name in changed} for each in (before, after)]
        if changed:
            _write_down(actor, "creators' project arranged", project, now, before=told[0], after=told[1])


def _answer(actor: Actor, account_id: int, given: Answer, now: datetime) -> CreatorAccount:
    if given.side is Side.PERSON:
        assert given.value is not None, "it was typed"
        return answers.type_in(account_id, given.metric, given.value, now=now, by=actor.user, seen=given.seen)
    return answers.accept(account_id, given.metric, given.side, now=now, by=actor.user, seen=given.seen)


def _locked(account_id: int) -> CreatorAccount:
    return CreatorAccount.objects.select_for_update(no_key=True).get(pk=account_id)


def _record(
    actor: Actor,
    action: str,
    account: CreatorAccount,
    now: datetime,
    metric: str,
    before: CreatorAccount,
    after: CreatorAccount,
    **more: Any,
) -> None:
    counts = [{metric: getattr(each, metric)} for each in (before, after)]
    told_before = {"rule": more.pop("rule_before")} if "rule_before" in more else {}
    _write_down(actor, action, account, now, before=counts[0] | told_before, after=counts[1] | more)


def _write_down(
    actor: Actor, action: str, target: CreatorAccount | CreatorProject, now: datetime, **changes: dict[str, Any]
) -> None:
    audit.record(actor, action, target, workspace=target.connection.workspace, now=now, **changes)
