"""Read rows of Google Ads by the fields that were selected, with getters that are compiled once for each message.

The names of the fields are looked at once, so what a row costs is little more than what its numbers do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from connections.errors import Misconfigured

Values = Mapping[str, Any]
"""Path of a field, such as metrics.clicks -> its value. Enumerations by name."""

Row = tuple[Any, ...]
"""Values in the order in which they were selected."""

FEW = 3
"""So many fields of one part of a row are quicker to get when that part is got once."""


def select(fields: Iterable[str], resource: str, *clauses: str) -> str:
    """A question in Google's language."""
    return " ".join(("SELECT", ", ".join(dict.fromkeys(fields)), "FROM", resource, *filter(None, clauses)))


def row_reader(paths: Iterable[str], descriptor: Any, wanted: Sequence[str]) -> Callable[[Any], Row]:
    """What was wanted of a row. paths: of the field mask. descriptor: of the message that a row is; it knows which
    fields are enumerations."""
    if missing := sorted(set(wanted) - set(paths)):
        raise Misconfigured(
            f"Google Ads left out what Freshet asked for: {', '.join(missing)}.",
            remedy="Update Freshet; if it is up to date, report this as a bug.",
        )
    get = _getter(wanted)
    names = {at: found for at, path in enumerate(wanted) if (found := _names(path, descriptor))}
    return _with_names(get, names) if names else get


def read_values(paths: Iterable[str], descriptor: Any, wanted: Sequence[str]) -> Callable[[Any], Values]:
    read = row_reader(paths, descriptor, wanted)
    return lambda row: dict(zip(wanted, read(row), strict=True))


def _getter(wanted: Sequence[str]) -> Callable[[Any], Row]:
    """Where a part of the row has the last fields, and enough of them, it is got once."""
    above = wanted[-1].rpartition(".")[0]
    start = next((at for at in reversed(range(len(wanted))) if wanted[at].rpartition(".")[0] != above), -1) + 1
    if len(wanted) - start < FEW:
        return _plain(wanted)
    part, rest = attrgetter(above), _plain([path.rpartition(".")[2] for path in wanted[start:]])
    if not start:
        return lambda row: rest(part(row))
    first = _plain(wanted[:start])
    return lambda row: first(row) + rest(part(row))


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
