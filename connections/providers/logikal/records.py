"""Turn what the API says of an object into the record of its table. Fields that nobody knows are passed over."""

from connections.errors import BadData
from connections.providers.logikal.values import Row, flag, identifier, moment, number, path, seconds, text
from connections.sources import Record


def directory(row: Row, *, parent: str) -> Record:
    found = path(row, "path")
    if parent and not found.startswith(f"{parent}/"):
        raise BadData("The directory is not in the one that was asked for.")
    return {"path": found, "parent_path": parent, "name": text(row, "name") or found.rpartition("/")[2]}


def project_version(row: Row) -> str:
    """Moves with everything in the project."""
    return str(seconds(row, "changedDate"))


def project(row: Row, *, directory_path: str) -> Record:
    return {
        "external_id": identifier(row, "id"),
        "directory_path": directory_path,
        "name": text(row, "name"),
        "job_number": text(row, "jobNumber"),
        "offer_number": text(row, "offerNumber"),
        "person_in_charge": text(row, "personInCharge"),
        "estimated": flag(row, "estimated"),
        "is_deleted": bool(flag(row, "isDeleted")),
        "created_date": moment(row, "createdDate"),
        "changed_date": moment(row, "changedDate"),
        "version": project_version(row),
    }


def phase(row: Row, *, project_id: str) -> Record:
    return {
        "project_id": project_id,
        "external_id": identifier(row, "id"),
        "name": text(row, "name"),
        "description": text(row, "description"),
    }


def elevation(row: Row, *, project_id: str, phase_id: str) -> Record:
    return {
        "external_id": identifier(row, "id"),
        "project_id": project_id,
        "phase_id": phase_id,
        "name": text(row, "name"),
        "amount": number(row, "amount"),
        "width": number(row, "width"),
        "height": number(row, "height"),
        "auto_description": text(row, "automaticDescription"),
        "system_description": text(row, "systemDescription"),
        "model_description": text(row, "modelDescription"),
        "user_description": text(row, "userDescription"),
        "surfaces": {
            "base": _surface(row, "surfaceOfBaseElement"),
            "insertions": _surface(row, "surfaceOfInsertions"),
        },
        "created_by": text(row, "createdByUser"),
        "created_date": moment(row, "createdDate"),
        "changed_date": moment(row, "changedDate"),
        "is_in_recycle_bin": bool(flag(row, "isInRecycleBin")),
        "kind": text(row, "type"),
        "state": text(row, "state"),
        "version": _elevation_version(row),
    }


def _elevation_version(row: Row) -> str:
    """Either part may move alone. Empty where the API gives neither: then nothing is known to be unchanged."""
    version, changed = text(row, "versionId")[:64], seconds(row, "changedDate")
    return f"{version}/{changed}" if version or changed else ""


def _surface(row: Row, field: str) -> Record:
    surface = row.get(field)
    if surface is None:
        return {}
    if not isinstance(surface, dict):
        raise BadData(f"{field} is not a surface.")
    names = {"name": "name", "color_inside": "colorInside", "color_outside": "colorOutside"}
    return {ours: text(surface, theirs) for ours, theirs in names.items()}
