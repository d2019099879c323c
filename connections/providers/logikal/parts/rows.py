"""Turn the rows of one table into fields and extra, by a layout and the columns that the file really has."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connections.providers.logikal.parts.doubts import Doubts
from connections.providers.logikal.parts.layout import LENGTH, LENGTH_UNIT, Field, Layout, key
from connections.providers.logikal.parts.parts_list import Extra
from connections.providers.logikal.parts.values import LONGEST_EXTRA, MOST_EXTRA, json_safe, number

_MILLIMETRES = {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000), "in": Decimal("25.4"), "ft": Decimal("304.8")}

Row = Sequence[Any]


class RowReader:
    """Made once for a table. Says at once which known columns are missing, and later what is odd in its rows."""

    def __init__(self, layout: Layout, columns: Sequence[str], doubts: Doubts) -> None:
        self._label = layout.label
        self._columns = columns
        self._doubts = doubts
        places = matched(layout.fields, columns)
        self._fields = [(each, places[each.name]) for each in layout.fields if each.name in places]
        self._rest = [at for at in range(len(columns)) if at not in places.values()]
        self._length, self._length_unit = places.get(LENGTH), places.get(LENGTH_UNIT)
        for each in layout.fields:
            if each.known and each.name not in places:
                doubts.say(f"{layout.label} has no column for {each.name}.")

    def read(self, row: Row) -> dict[str, Any]:
        """Fields by name, and `extra`."""
        found: dict[str, Any] = {}
        unfit = []
        for field, at in self._fields:
            found[field.name], odd = field.convert(row[at])
            if odd:
                self._doubts.count(self._label, field.name, odd)
                unfit.append(at)
        unfit += self._in_millimetres(found, row)
        found["extra"] = self._extra(row, [*unfit, *self._rest])
        return found

    def _in_millimetres(self, found: dict[str, Any], row: Row) -> list[int]:
        """Lengths are metres, unless the file or the column's name says otherwise. The columns that do not fit."""
        unit = found.pop(LENGTH_UNIT, "")
        if self._length is None or found[LENGTH] is None:
            return []
        unit = unit or ("mm" if key(self._columns[self._length]).endswith("mm") else "m")
        times = _MILLIMETRES.get(unit.lower())
        found[LENGTH], odd = number(row[self._length], times) if times else (None, "in an unknown unit")
        if not odd:
            return []
        self._doubts.count(self._label, LENGTH, odd)
        return [at for at in (self._length, self._length_unit) if at is not None]

    def _extra(self, row: Row, places: Sequence[int]) -> Extra:
        extra: Extra = {}
        left = LONGEST_EXTRA
        for at in places:
            if row[at] is None:
                continue
            name, value = self._columns[at], json_safe(row[at])
            left -= len(name) + (len(value) if isinstance(value, str) else 20)
            if left < 0 or len(extra) == MOST_EXTRA:
                self._doubts.count(self._label, "what else it holds", "too much and cut")
                break
            extra[name] = value
        return extra


def matched(fields: Sequence[Field], columns: Sequence[str]) -> dict[str, int]:
    """Where each field stands among the columns. No column serves two fields; of two that fit, the better name."""
    by_key: dict[str, int] = {}
    for at, column in enumerate(columns):
        by_key.setdefault(key(column), at)
    places: dict[str, int] = {}
    for field in fields:
        if best := next((key(name) for name in field.columns if key(name) in by_key), None):
            places[field.name] = by_key.pop(best)
    return places
