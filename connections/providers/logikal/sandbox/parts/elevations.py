"""The three tables that say whose parts they are: one row each, made from the records of the API."""

from typing import Any

from connections.providers.logikal.sandbox.parts.values import Value
from connections.providers.logikal.sandbox.records import Record

Row = dict[str, Value]


def owners(project: Record, phase: Record, elevation: Record) -> dict[str, Row]:
    return {
        "Projects": {"ProjectID": project["id"], "Name": project["name"], "JobNumber": project["jobNumber"]},
        "Phases": {"PhaseID": phase["id"], "Name": phase["name"]},
        "Elevations": _elevation(elevation),
    }


def _elevation(record: Record) -> Row:
    """The columns of newer versions; what is misspelt here is so in the real ones."""
    width, height = float(record["width"]), float(record["height"])
    square_metres = round(width * height / 1e6, 3)
    return {
        "ElevationID": record["id"],
        "Name": record["name"],
        "AutoDescription": record["automaticDescription"],
        "AutoDescriptionShort": record["type"],
        "Width_Output": width,
        "Width_Unit": "mm",
        "Heighth_Output": height,
        "Height_Unit": "mm",
        "Weight_Output": round(square_metres * 32.5, 2),
        "Weight_Unit": "kg",
        "Area_Output": square_metres,
        "Area_Unit": "m²",
        "SystemCode": _code(record["systemDescription"]),
        "SystemName": record["systemDescription"],
        "SystemLongName": f"{record['systemDescription']} thermally broken",
        "ColorBase_Long": record["surfaceOfBaseElement"]["colorOutside"],
    }


def _code(system: Any) -> str:
    return "".join(letter for letter in str(system) if letter.isupper() or letter.isdigit())
