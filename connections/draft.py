"""Keep what somebody has filled in of the connect form, encrypted, for ten minutes. Their session knows which it is."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase

from connections import crypto
from connections.models import SealedDraft
from connections.remedies import Problem
from connections.sources import Account, AccountChoice

LASTS = timedelta(minutes=10)
_ID = "connect_draft_id"
_DONE = "connect_done"


@dataclass(frozen=True)
class Finding:
    """A check of the provider, in words. problem: why it failed."""

    name: str
    sentence: str = ""
    problem: Problem | None = None


@dataclass
class Draft:
    """A login that was pasted, what it opens, what was picked of that, and what was found out about it."""

    workspace_id: int
    provider: str
    secrets: dict[str, str] = field(repr=False)
    ends_at: datetime
    id: UUID = field(default_factory=uuid4)
    choices: list[AccountChoice] = field(default_factory=list)
    problem: Problem | None = None
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    @property
    def passed(self) -> list[str]:
        """The accounts of which nothing bad was found."""
        return [name for name, findings in self.findings.items() if not any(each.problem for each in findings)]

    def name_of(self, account_id: str) -> str:
        names = {choice.account.external_id: choice.account.name for choice in self.choices}
        return names.get(account_id) or account_id


def save(session: SessionBase, draft: Draft) -> None:
    """A session has one draft: a newer one takes its place."""
    if session.get(_ID) != str(draft.id):
        _forget(session)
    ciphertext, _ = crypto.encrypt({"draft": json.dumps(asdict(draft), default=str)})
    sealed = {"ciphertext": ciphertext, "ends_at": draft.ends_at}
    SealedDraft.objects.update_or_create(pk=draft.id, defaults=sealed)
    session[_ID] = str(draft.id)


def load(session: SessionBase, draft_id: UUID, now: datetime) -> Draft | None:
    """None when it is over, or another one took its place."""
    if session.get(_ID) != str(draft_id):
        return None
    sealed = SealedDraft.objects.filter(pk=draft_id, ends_at__gt=now).first()
    draft = _opened(sealed) if sealed else None
    if draft is None:
        _forget(session)
    return draft


def finish(session: SessionBase, draft: Draft, address: str) -> None:
    """Forget it. address: where the same form leads when it is sent once more."""
    _forget(session)
    session[_DONE] = [str(draft.id), address]


def forget_ended(now: datetime) -> None:
    """Everybody's."""
    SealedDraft.objects.filter(ends_at__lte=now).delete()


def finished_at(session: SessionBase, draft_id: UUID) -> str:
    """The address that a finished draft led to; empty for any other."""
    name, address = session.get(_DONE, ["", ""])
    return address if name == str(draft_id) else ""


def _forget(session: SessionBase) -> None:
    SealedDraft.objects.filter(pk=session.pop(_ID, None)).delete()


def _opened(sealed: SealedDraft) -> Draft | None:
    try:
        stored = json.loads(crypto.decrypt(sealed.ciphertext)["draft"])
    except crypto.UnknownKey:
        return None
    return Draft(
        workspace_id=stored["workspace_id"],
        provider=stored["provider"],
        secrets=stored["secrets"],
        ends_at=datetime.fromisoformat(stored["ends_at"]),
        id=UUID(stored["id"]),
        choices=[AccountChoice(_account(each["account"]), each["refusal"]) for each in stored["choices"]],
        problem=_problem(stored["problem"]),
        findings={name: [_finding(each) for each in found] for name, found in stored["findings"].items()},
    )


def _account(stored: dict[str, Any]) -> Account:
    opened = stored["opened"]
    return Account(**stored | {"opened": date.fromisoformat(opened) if opened else None})


def _finding(stored: dict[str, Any]) -> Finding:
    return Finding(stored["name"], stored["sentence"], _problem(stored["problem"]))


def _problem(stored: list[str] | None) -> Problem | None:
    return Problem(*stored) if stored else None
