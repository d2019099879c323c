"""What tests and people may do to the objects of a tree, at once."""

from datetime import datetime
from typing import Any

from connections.providers.logikal.sandbox.accounts import Account
from connections.providers.logikal.sandbox.edits import Lock
from connections.providers.logikal.sandbox.parts.variants import check
from connections.providers.logikal.sandbox.present import Present


def change(account: Account, key: str, now: datetime, fields: dict[str, Any], *, silent: bool = False) -> None:
    """Other values of its fields. silent: neither version nor dates move."""
    if unknown := fields.keys() - _fields_of(Present(account, now), key):
        raise ValueError(f"It has no {', '.join(sorted(unknown))}.")
    account.edits.of(key).fields.update(fields)
    if not silent:
        touch(account, key, now)


def delete(account: Account, key: str, now: datetime) -> None:
    """A project is listed as deleted; anything else is listed no longer, and its project's date moves."""
    if key in account.tree.projects:
        account.edits.of(key).fields["isDeleted"] = True
    else:
        account.edits.of(key).gone = True
    touch(account, key, now)


def recycle(account: Account, key: str, now: datetime) -> None:
    if key not in account.tree.elevations:
        raise ValueError("Only an elevation can be in the recycle bin.")
    change(account, key, now, {"isInRecycleBin": True})


def exclude(account: Account, key: str) -> None:
    """As if it had never been there, with everything below it; no date moves."""
    account.edits.of(key).gone = True


def restore(account: Account, key: str, now: datetime) -> None:
    account.edits.undo(key)
    touch(account, key, now)


def lock(account: Account, project: str, kind: Lock) -> None:
    if project not in account.tree.projects:
        raise ValueError("Only a project can be locked or forbidden.")
    if kind not in ("", "locked", "forbidden"):
        raise ValueError("A project is locked, forbidden, or neither.")
    account.edits.of(project).lock = kind


def choose_parts(account: Account, elevation: str, variant: str) -> None:
    if elevation not in account.tree.elevations:
        raise ValueError("Only an elevation has a parts list.")
    account.edits.of(elevation).parts_variant = check(variant)


def touch(account: Account, key: str, now: datetime) -> None:
    """A later date than any in its project so far, so that no change hides behind another of the same second."""
    project = account.tree.projects.get(_project_of(account, key))
    if project is None:
        return
    before = Present(account, now.replace(second=0, microsecond=0)).project_changed(project)
    moment = max(int(now.timestamp()), before + 1)
    account.edits.of(project.id).changed_at = moment
    if key in account.tree.elevations:
        edit = account.edits.of(key)
        edit.changed_at, edit.versions = moment, edit.versions + 1


def _fields_of(present: Present, key: str) -> set[str]:
    tree = present.account.tree
    if key in tree.projects:
        return {*present.project_record(tree.projects[key]), "directory"}
    if key in tree.elevations:
        return set(present.elevation_record(tree.elevations[key]))
    return {"name", "description"} if key not in tree.directories else set()


def _project_of(account: Account, key: str) -> str:
    elevation = account.tree.elevations.get(key)
    return elevation.project if elevation else key.partition("/")[0]
