"""What a person or a program did to a connection, in words: from the audit trail."""

from typing import Any
from uuid import UUID

from connections.frequencies import CHOICES
from connections.models import AuditEvent

SAID = {
    "connection made": "Connected the account",
    "connection renewed": "Connected the account again",
    "connection removed": "Removed the account",
    "sync started": "Asked for a sync",
    "failed chunks retried": "Had the failed chunks tried again",
    "sync cancelled": "Cancelled a sync",
    "sync resumed": "Went on with a sync",
    "history started": "Asked for the history",
}
FREQUENCIES = {choice.value: choice.label for choice in CHOICES}


def deed(event: AuditEvent) -> str:
    """A sentence without its subject. What a later release knows of is said as it was written down."""
    if event.action == "frequency changed":
        return f"Set the frequency{_from_to(event, 'sync_frequency', FREQUENCIES)}"
    if event.action == "connection changed":
        return _change(event)
    if event.action == "sync forced":
        kind = str(event.after.get("kind", "node"))
        return f"Had {'an' if kind[:1] in 'aeiou' else 'a'} {kind} read again"
    return SAID.get(event.action, event.action.capitalize())


def job_of(event: AuditEvent) -> UUID | None:
    try:
        return UUID(str(event.after.get("job", "")))
    except ValueError:
        return None


def _change(event: AuditEvent) -> str:
    """Several things may have been saved at once."""
    said = []
    if "paused" in event.after:
        said.append("paused it" if event.after["paused"] else "resumed it")
    if "name" in event.after:
        said.append(f"renamed it{_from_to(event, 'name')}")
    said += [
        f"changed {name}{_from_to(event, name)}" for name in event.after if name not in ("paused", "name", "options")
    ]
    if "options" in event.after:
        said.append("changed its options")
    sentence = " and ".join(said) or "changed it"
    return sentence[0].upper() + sentence[1:]


def _from_to(event: AuditEvent, name: str, words: dict[str, str] | None = None) -> str:
    before, after = (_word(side.get(name), words or {}) for side in (event.before, event.after))
    return f" from {before} to {after}" if before else f" to {after}"


def _word(value: Any, words: dict[str, str]) -> str:
    return words.get(str(value), str(value)) if value is not None else ""
