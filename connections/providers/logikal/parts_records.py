"""Turn a parts list, read or refused, into the record of its table."""

from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from connections.providers.logikal.parts import reader
from connections.providers.logikal.parts.errors import PartsListError
from connections.providers.logikal.parts.layout import PARTS
from connections.providers.logikal.parts.parts_list import Elevation, PartsList
from connections.sources import Record

NOTHING_SENT = "LOGIKAL sent no parts list for this elevation."


def parts_record(elevation: Record, data: Any) -> Record:
    """data: the file in base64, as it arrived. Whatever it is, this ends in a record."""
    if not isinstance(data, str):
        return refused(elevation, NOTHING_SENT)
    try:
        return _record(elevation, reader.read_base64(data))
    except PartsListError as error:
        return refused(elevation, error.sentence)


def refused(elevation: Record, sentence: str, *, is_final: bool = True) -> Record:
    """is_final: the same file would be refused again. Otherwise it is asked for when the project is read next."""
    record = _record(elevation, PartsList("", None, (), (), ()))
    return record | {"refusal": sentence, "parts": None, "version": elevation["version"] if is_final else ""}


def _record(elevation: Record, found: PartsList) -> Record:
    return {
        "external_id": elevation["external_id"],
        "project_id": elevation["project_id"],
        "version": elevation["version"],
        "sha256": found.sha256,
        "part_count": len(found.parts),
        "facts": _facts(found.elevation),
        "tables": _tables(found),
        "warnings": list(found.warnings),
        "refusal": "",
        "parts": [asdict(part) for part in found.parts],
    }


def _tables(found: PartsList) -> dict[str, int | None]:
    """Rows by the name of the table: those that were read, by our name of them, and all others."""
    counted = Counter(PARTS[part.kind].label for part in found.parts)
    return {**counted, **{other.name: other.rows for other in found.other_tables}}


def _facts(elevation: Elevation | None) -> dict[str, Any]:
    """What the file says, as plain JSON: numbers as texts, so that none is rounded."""
    values = asdict(elevation) if elevation else {}
    return {name: _plain(value) for name, value in values.items() if value not in (None, "", {})}


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
