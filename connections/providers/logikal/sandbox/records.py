"""What the API says of an object, as far as time does not touch it."""

from typing import Any

from connections.providers.logikal.sandbox.draws import number, pick
from connections.providers.logikal.sandbox.tree import Elevation, Phase, Project

Record = dict[str, Any]
BUILDINGS = ("Town hall", "School", "Office building", "Hotel", "Clinic", "Bakery", "Library", "Residential block")
STREETS = ("Hafenstraße", "Mill Lane", "Rue Haute", "Lindenallee", "Station Road", "Am Markt", "Quayside")
PEOPLE = ("Alex Sample", "Kim Example", "Jo Mustermann", "Sam Placeholder")
KINDS = ("Window", "Door", "Curtain wall", "Sliding door", "Fixed light")
SYSTEMS = ("Sample 70", "Sample 75 HI", "Example FW 50", "Example SL 120")
COLOURS = ("RAL 9016", "RAL 7016", "RAL 9006", "RAL 8017", "E6 EV1")
STATES = ("InProgress", "Completed", "Released")


def project_record(seed: str, project: Project) -> Record:
    name = f"{pick(BUILDINGS, seed, 'building', project.index)} {pick(STREETS, seed, 'street', project.index)}"
    return {
        "id": project.id,
        "name": f"{name} {project.index + 1}",
        "isDeleted": False,
        "jobNumber": f"J-{20000 + project.index}",
        "offerNumber": f"O-{10000 + project.index}",
        "personInCharge": pick(PEOPLE, seed, "person", project.index),
        "estimated": number(0, 1, seed, "estimated", project.index) == 1,
    }


def phase_record(phase: Phase) -> Record:
    name = f"Section {phase.index}" if phase.index else "Default"
    return {"id": phase.id, "name": name, "description": f"Building {name.lower()}" if phase.index else ""}


def elevation_record(seed: str, elevation: Elevation) -> Record:
    key = (seed, elevation.id)
    kind, system = pick(KINDS, *key, "kind"), pick(SYSTEMS, *key, "system")
    width, height = float(number(60, 600, *key, "width") * 10), float(number(60, 350, *key, "height") * 10)
    return {
        "id": elevation.id,
        "name": f"Pos. {elevation.index + 1:02d}",
        "amount": float(number(1, 12, *key, "amount")),
        "isInRecycleBin": False,
        "automaticDescription": f"{kind}, {width:.0f} x {height:.0f} mm",
        "systemDescription": system,
        "modelDescription": f"Model {number(1, 40, *key, 'model')}",
        "userDescription": pick(("", "as discussed on site", "with insect screen"), *key, "user"),
        "surfaceOfBaseElement": _surface("Base", *key),
        "surfaceOfInsertions": _surface("Insertions", *key),
        "createdByUser": pick(PEOPLE, *key, "creator"),
        "width": width,
        "height": height,
        "isElementPricelistElevation": False,
        "elementPricelistId": None,
        "type": kind,
        "state": pick(STATES, *key, "state"),
    }


def _surface(name: str, *key: object) -> Record:
    inside, outside = pick(COLOURS, *key, name, "inside"), pick(COLOURS, *key, name, "outside")
    return {"name": f"{name} powder-coated", "colorInside": inside, "colorOutside": outside}
