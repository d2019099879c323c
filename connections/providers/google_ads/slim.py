"""Google's messages, cut down to the fields that were asked for, at the same numbers.

A row of Google's own has room for 200 parts: it takes 8 KB, and each part that is touched costs as much as four
numbers. Here what comes again with every row, such as the ids of an ad, stays bytes, and is read once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import chain
from operator import attrgetter
from typing import Any

from connections.providers.google_ads.names import VERSION
from connections.providers.google_ads.rows import Row

KNOWN_AT_MOST = 50_000
PACKAGE = "slim"
Tree = dict[str, Any]


class Form:
    """An answer to one question. Of the parts of a row the first one is the day, the last one differs in every row, and
    those between are what the row is about. No enumerations: they would be numbers."""

    def __init__(self, paths: Sequence[str], answer: Any) -> None:
        """paths: parts stand together. answer: the descriptor of Google's own message."""
        self._parts = list(dict.fromkeys(path.partition(".")[0] for path in paths))
        self._fields = {part: [path for path in paths if path.partition(".")[0] == part] for part in self._parts}
        if list(chain(*self._fields.values())) != list(paths):
            raise ValueError("The fields of one part have to stand together.")
        made = _made(answer, paths, self._parts[:-1])
        self._of_parts = {part: made(part) for part in self._parts[:-1]}
        self.parse: Callable[[bytes], Any] = made(answer.name).FromString

    def reader(self) -> Callable[[Any], Row]:
        """For the rows of one stream: it remembers what it has read. Written out, as it runs for every row."""
        day, *about, last = self._parts
        day_of, about_of, part = attrgetter(day), attrgetter(*about), attrgetter(last)
        numbers = _plain([path.partition(".")[2] for path in self._fields[last]])
        days, abouts = self._known([day]), self._known(about)

        def read(row: Any) -> Row:
            return days[day_of(row)] + abouts[about_of(row)] + numbers(part(row))

        return read

    def _known(self, parts: Sequence[str]) -> "Known":
        return Known(lambda key: self._values(parts, key if len(parts) > 1 else (key,)))

    def _values(self, parts: Sequence[str], bodies: Iterable[bytes]) -> Row:
        found: list[Any] = []
        for part, body in zip(parts, bodies, strict=True):
            message = self._of_parts[part].FromString(body)
            found += _plain([path.partition(".")[2] for path in self._fields[part]])(message)
        return tuple(found)


class Known(dict[Any, Row]):
    """Bytes, or several of them, and what they say."""

    def __init__(self, read: Callable[[Any], Row]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: Any) -> Row:
        if len(self) >= KNOWN_AT_MOST:
            self.clear()
        found = self[key] = self._read(key)
        return found


@lru_cache(maxsize=16)
def form_of(paths: tuple[str, ...]) -> Form:
    types = import_module(f"google.ads.googleads.{VERSION}.services.types.google_ads_service")
    return Form(paths, types.SearchGoogleAdsStreamResponse.pb().DESCRIPTOR)


def _plain(paths: Sequence[str]) -> Callable[[Any], Row]:
    get = attrgetter(*paths)
    return get if len(paths) > 1 else lambda message: (get(message),)


def _made(answer: Any, paths: Iterable[str], as_bytes: Sequence[str]) -> Callable[[str], Any]:
    """The classes of the answer and of the parts that are bytes in it, by name."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]

    file = descriptor_pb2.FileDescriptorProto(name=f"{PACKAGE}.proto", package=PACKAGE, syntax="proto3")
    row, tree = answer.fields_by_name["results"].message_type, _tree(paths)
    kept = {part: {} if part in as_bytes else tree[part] for part in tree}
    _add(file, answer.name, answer, {"results": kept, "field_mask": {"paths": {}}})
    for part in as_bytes:
        _add(file, part, row.fields_by_name[part].message_type, tree[part])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))


def _tree(paths: Iterable[str]) -> Tree:
    found: Tree = {}
    for path in paths:
        at = found
        for name in path.split("."):
            at = at.setdefault(name, {})
    return found


def _add(file: Any, name: str, descriptor: Any, tree: Mapping[str, Any]) -> None:
    """A message of that name with some of the fields. A message of which no field is wanted is bytes: on the wire both
    are the same, and so are enumerations and numbers."""
    message = file.message_type.add(name=name)
    for wanted, below in tree.items():
        known = descriptor.fields_by_name[wanted]
        field = message.field.add(name=wanted, number=known.number, type=known.type)
        field.label = field.LABEL_REPEATED if known.is_repeated else field.LABEL_OPTIONAL
        if known.message_type and below:
            field.type_name = f".{PACKAGE}.{name}_{wanted}"
            _add(file, f"{name}_{wanted}", known.message_type, below)
        elif known.message_type:
            field.type = field.TYPE_BYTES
        elif known.enum_type:
            field.type = field.TYPE_INT32
