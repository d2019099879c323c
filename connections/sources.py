"""The provider contract: what a source declares, and how one slice of a stream is read. No Django here."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Record = dict[str, Any]
"""One item with our field names: the key fields and tracked fields of the table that the stream names."""

Checkpoint = dict[str, Any]
"""JSON that lets a slice be continued after the page it came with, in another process."""

Clock = Callable[[], datetime]
ChunkType = Literal["structure", "account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics"]


@dataclass(frozen=True)
class Slice:
    """A bounded piece of a stream.

    since, until: first and last date, both included, in the account's time zone; None for streams without dates.
    ids: only these entities; empty means the whole account.
    updated_since: only what was edited after this moment, plus a light sweep over everything; None means everything.
    """

    since: date | None = None
    until: date | None = None
    ids: tuple[str, ...] = ()
    updated_since: datetime | None = None


@dataclass(frozen=True)
class Quarantined:
    """A record that makes no sense, put aside. raw is scrubbed and cut to 2,000 characters. day: if it has one."""

    key: str
    reason: str
    raw: str
    day: date | None = None


@dataclass(frozen=True)
class Page:
    """Some records of a slice, and how to go on after them.

    checkpoint: None when this was the last page of the slice. fetched_at: when the request left (aware).
    is_first: the slice begins with this page, or begins anew because the provider no longer knew the checkpoint.
    """

    records: list[Record]
    checkpoint: Checkpoint | None
    fetched_at: datetime
    quarantined: tuple[Quarantined, ...] = ()
    is_first: bool = False


@dataclass(frozen=True)
class Account:
    """An account that a login may read. timezone is an IANA name, currency an ISO 4217 code; both may be empty."""

    external_id: str
    name: str = ""
    timezone: str = ""
    currency: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The account's days are the days of its numbers; UTC where the provider names no zone that is known."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


@dataclass(frozen=True)
class CallLimit:
    """At most `per_hour` calls against `bucket`, which names what the provider counts. None: only its blocks count."""

    bucket: str
    per_hour: int | None = None


class CallGate(Protocol):
    """What stands between a source and the wire."""

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        """Count one call against every bucket. Raises RateLimited when one is full or blocked: then do not call."""

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        """The provider asked for quiet: nobody calls this bucket before `until`."""


class OpenGate:
    """A gate that counts nothing, for checks before a connection exists."""

    def before_call(self, limits: Sequence[CallLimit]) -> None:
        return None

    def block(self, bucket: str, until: datetime, reason: str) -> None:
        return None


@dataclass(frozen=True)
class FormField:
    """One thing a person fills in to connect or configure a source."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help_text: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class DemoAccount:
    """An account of the provider's sandbox, for whoever wants to try. Its secrets open nothing else."""

    account_id: str
    secrets: Mapping[str, str]


@dataclass(frozen=True)
class SourceContext:
    """Everything a source may know about the connection it reads.

    secrets: the decrypted credential. options: the connection's own choices. settings: the installation's
    settings for this provider (addresses, application id, limits). scheduled: nobody waits for this run.
    """

    account: Account
    secrets: Mapping[str, str]
    options: Mapping[str, Any]
    settings: Mapping[str, Any]
    gate: CallGate
    clock: Clock
    scheduled: bool = False


class Stream(ABC):
    """A list of records of one shape. The attributes say what; `read` says how.

    table: a name in projects.tables.TABLES. primary_key: fields that tell records apart within a connection.
    parent: the stream that must be read before this one. cursor_field "date" marks a stream that is sliced by
    dates, at most `window_days` a slice; lookback_days: how far behind today the provider still restates.
    entity_batch: how many entities a slice names when history is read. interval, staleness, priority, queue:
    the defaults of its ObjectSyncConfig (minutes, minutes, 1 highest to 5).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    table: ClassVar[str]
    chunk_type: ClassVar[ChunkType]
    primary_key: ClassVar[tuple[str, ...]]
    parent: ClassVar[str | None] = None
    cursor_field: ClassVar[str | None] = None
    lookback_days: ClassVar[int] = 0
    window_days: ClassVar[int] = 7
    entity_batch: ClassVar[int] = 100
    entity_stream: ClassVar[str | None] = None
    queue: ClassVar[str] = "sync"
    interval_minutes: ClassVar[int] = 60
    staleness_minutes: ClassVar[int] = 120
    priority: ClassVar[int] = 3

    @abstractmethod
    def read(self, client: Any, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        """Yield the pages of one slice, from the checkpoint on. Raises the errors of connections.errors."""


class Source(ABC):
    """Reads one account of one provider."""

    kind: ClassVar[str]
    label: ClassVar[str]
    streams: ClassVar[tuple[Stream, ...]]
    credential_fields: ClassVar[tuple[FormField, ...]] = ()
    option_fields: ClassVar[tuple[FormField, ...]] = ()
    slices_in_flight: ClassVar[int] = 4
    demo: ClassVar[DemoAccount | None] = None

    def __init__(self, context: SourceContext) -> None:
        self.context = context

    @classmethod
    def stream(cls, name: str) -> Stream:
        """The stream of that name. Raises KeyError."""
        for stream in cls.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)

    @abstractmethod
    def check(self) -> Account:
        """Ask the provider for the account itself. Raises NeedsReconnect or Misconfigured."""

    @abstractmethod
    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        """Yield the pages of one slice of one of this source's streams, from the checkpoint on.

        Every call passes the gate first. Records have exactly the key and tracked fields of the stream's table,
        except in a sweep (`updated_since`), whose records may hold the key and some of the tracked fields only.
        Lists inside of a field stand in an order of their own, so that one which the provider shuffles is no change.
        """
