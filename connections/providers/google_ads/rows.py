"""Read rows of Google Ads by the fields that were selected, with getters that are compiled once for each question."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from connections.errors import Misconfigured

Values = Mapping[str, Any]
"""Path of a field, such as metrics.clicks -> its value. Enumerations by name."""


def select(fields: Iterable[str], resource: str, *clauses: str) -> str:
    """A question in Google's language."""
    return " ".join(("SELECT", ", ".join(dict.fromkeys(fields)), "FROM", resource, *filter(None, clauses)))


class RowReader:
    """paths: of the field mask. descriptor: of the message that a row is; it knows which fields are enumerations."""

    def __init__(self, paths: Sequence[str], descriptor: Any, wanted: Sequence[str]) -> None:
        if missing := sorted(set(wanted) - set(paths)):
            raise Misconfigured(
                f"Google Ads left out what Freshet asked for: {', '.join(missing)}.",
                remedy="Update Freshet; if it is up to date, report this as a bug.",
            )
        self._paths = tuple(paths)
        get = attrgetter(*paths)
        self._get: Callable[[Any], Any] = get if len(paths) > 1 else lambda row: (get(row),)
        self._names = {path: names for path in paths if (names := _names(path, descriptor))}

    def __call__(self, row: Any) -> Values:
        values = dict(zip(self._paths, self._get(row), strict=True))
        if self._names:
            for path, names in self._names.items():
                values[path] = names.get(values[path], str(values[path]))
        return values


def _names(path: str, descriptor: Any) -> dict[int, str]:
    """Of an enumeration; nothing for any other field."""
    *above, last = path.split(".")
    for part in above:
        descriptor = descriptor.fields_by_name[part].message_type
    kind = descriptor.fields_by_name[last].enum_type
    return {number: value.name for number, value in kind.values_by_number.items()} if kind else {}
