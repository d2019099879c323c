"""Read rows of Google Ads by the fields that were selected, with getters that are compiled once for each message."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from connections.errors import Misconfigured

Values = Mapping[str, Any]
"""Path of a field, such as metrics.clicks -> its value. Enumerations by name."""

Row = tuple[Any, ...]
"""Values in the order in which they were selected."""

ReadRow = Callable[[Any], Row]


def select(fields: Iterable[str], resource: str, *clauses: str) -> str:
    """A question in Google's language."""
    return " ".join(("SELECT", ", ".join(dict.fromkeys(fields)), "FROM", resource, *filter(None, clauses)))


def check_mask(paths: Iterable[str], wanted: Iterable[str]) -> None:
    """paths: of the field mask, which names what an answer holds. Raises Misconfigured."""
    if missing := sorted(set(wanted) - set(paths)):
        raise Misconfigured(
            f"Google Ads left out what Freshet asked for: {', '.join(missing)}.",
            remedy="Update Freshet; if it is up to date, report this as a bug.",
        )


def row_reader(descriptor: Any, wanted: Sequence[str]) -> ReadRow:
    """What was wanted of a row. descriptor: of the message that a row is; it knows which fields are enumerations."""
    get = _plain(wanted)
    names = {at: found for at, path in enumerate(wanted) if (found := _names(path, descriptor))}
    return _with_names(get, names) if names else get


def _plain(paths: Sequence[str]) -> Callable[[Any], Row]:
    get = attrgetter(*paths)
    return get if len(paths) > 1 else lambda row: (get(row),)


def _with_names(get: Callable[[Any], Row], names: Mapping[int, dict[int, str]]) -> Callable[[Any], Row]:
    def read(row: Any) -> Row:
        values = list(get(row))
        for at, found in names.items():
            values[at] = found.get(values[at], str(values[at]))
        return tuple(values)

    return read


def _names(path: str, descriptor: Any) -> dict[int, str]:
    """Of an enumeration; nothing for any other field."""
    *above, last = path.split(".")
    for part in above:
        descriptor = descriptor.fields_by_name[part].message_type
    kind = descriptor.fields_by_name[last].enum_type
    return {number: value.name for number, value in kind.values_by_number.items()} if kind else {}
