"""The provider contract: what a source declares, and how one slice of a stream is read. No Django here."""

from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Literal, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connections.errors import Misconfigured, SyncError

Record = dict[str, Any]
"""One item with our field names: the key fields and tracked fields of the table that the stream names."""

Checkpoint = dict[str, Any]
"""JSON that lets a slice be continued after the page it came with, in another process."""

Clock = Callable[[], datetime]
ChunkType = Literal["structure", "account_metrics", "campaign_metrics", "adset_metrics", "ad_metrics", "parts_lists"]


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
    """A record that makes no sense, put aside. raw is scrubbed and cut to 2,000 characters. day: if it has one. entity:
    the id of the one that it was read in, where a stream is read entity by entity."""

    key: str
    reason: str
    raw: str
    day: date | None = None
    entity: str = ""


@dataclass(frozen=True)
class EntityEnd:
    """How the reading of one entity ended. version: of the entity, where all of it was read. refusal: why it could not
    be read now, a sentence for people; it is tried again later, more and more seldom while it has not changed.
    is_left_out: because the connection's options say so; nothing has failed then.
    """

    version: str = ""
    refusal: str = ""
    is_left_out: bool = False


@dataclass(frozen=True)
class Page:
    """Some records of a slice, and how to go on after them.

    checkpoint: None when this was the last page of the slice. fetched_at: when the request left (aware).
    is_first: the slice begins with this page, or begins anew because the provider no longer knew the checkpoint.
    again_after: the provider is still at work on what the checkpoint names. Then this page has no records, nobody waits
    for the next one, and the slice is taken up again after so long, maybe by another process.
    stream: whose records these are, where they came along with those of the slice's own (Stream.brings).
    complete: field -> value; the records of this page are all that there are with these, so what is held beside them
    has gone. ended: by id, the entities of Stream.reads_changed whose reading has ended with this page.
    """

    records: list[Record]
    checkpoint: Checkpoint | None
    fetched_at: datetime
    quarantined: tuple[Quarantined, ...] = ()
    is_first: bool = False
    again_after: timedelta | None = None
    stream: str = ""
    complete: Mapping[str, str] | None = None
    ended: Mapping[str, EntityEnd] = field(default_factory=dict)


def zone_of(name: str) -> ZoneInfo:
    """UTC where nobody knows a zone of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder of the zones' files
        return ZoneInfo("UTC")


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of a month that is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


LONGEST_ID, LONGEST_NAME = 100, 200
"""Of an account, in characters."""

LONGEST_TYPED = 300
"""Of an account's id as people type it: some providers take its address too."""


@dataclass(frozen=True)
class Account:
    """An account that a login may read. timezone is an IANA name, currency an ISO 4217 code; both may be empty.

    opened: its first day, in its own time zone; None where the provider does not tell.
    """

    external_id: str
    name: str = ""
    timezone: str = ""
    currency: str = ""
    opened: date | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The account's days are the days of its numbers."""
        return zone_of(self.timezone)


MOST_CHOICES = 1000
"""Nobody picks from a longer list: whoever has more accounts types an id."""


@dataclass(frozen=True)
class AccountChoice:
    """An account that a login opens. refusal: why it cannot be connected, and what to do; empty where it can."""

    account: Account
    refusal: str = ""


@dataclass(frozen=True)
class Check:
    """One thing looked at before an account is connected. name: what should be true, in words ("The token is valid").

    sentence: what was found. error: why it is not true; None where it is.
    """

    name: str
    sentence: str = ""
    error: SyncError | None = None


@dataclass(frozen=True)
class CallLimit:
    """At most so many calls an hour, or a minute, against `bucket`, which names what the provider counts. None: only
    its blocks count."""

    bucket: str
    per_hour: int | None = None
    per_minute: int | None = None


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


class Sessions(Protocol):
    """Remembers which sessions of a login are open at the provider, also when a process dies and leaves one open."""

    def left(self) -> Sequence[str]:
        """Tokens of those that nobody uses any more: they are to be ended before another one is opened."""

    def opened(self, token: str) -> None: ...

    def closed(self, token: str) -> None: ...


class NoSessions:
    """Remembers none, for checks beside a sync."""

    def left(self) -> Sequence[str]:
        return ()

    def opened(self, token: str) -> None:
        return None

    def closed(self, token: str) -> None:
        return None


@dataclass(frozen=True)
class FormField:
    """One thing a person fills in to connect or configure a source.

    is_long: a text of several lines, such as a file. help_url: where the provider explains it. pattern: a regular
    expression that the whole text has to fit, with `mistake` as the sentence where it does not; none where any text may
    be right.
    """

    name: str
    label: str
    secret: bool = False
    is_long: bool = False
    required: bool = True
    help_text: str = ""
    help_url: str = ""
    pattern: str = ""
    mistake: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def longest(self) -> int:
        """How many characters a person may fill in, in a page's form and through the API."""
        return 4096 if self.secret else 200


@dataclass(frozen=True)
class LoginFacts:
    """What a provider says of a login. subject: whose it is. scopes: what it may do.

    expires_at: when it ends by itself. data_access_expires_at: when its person has to sign in again, though it lives.
    None: never.
    """

    subject: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None


@dataclass(frozen=True)
class Trip:
    """One trip to a provider's own page and back: what has to be the same at both ends.

    state: nobody else can guess it. verifier: the secret of PKCE, which never leaves before the code is turned in.
    again: a permission was left out the last time, so it is asked for once more.
    """

    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    again: bool = False

    @property
    def challenge(self) -> str:
        """Of the verifier, by S256."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class OAuth(ABC):
    """How people sign in at a provider's own page, so that no token has to be pasted.

    settings: as in SourceContext. scopes: no more than the streams read. uses_pkce: the provider checks the verifier.
    """

    scopes: ClassVar[tuple[str, ...]]
    uses_pkce: ClassVar[bool] = True

    @abstractmethod
    def is_configured(self, settings: Mapping[str, Any]) -> bool:
        """Whether this installation has an application at the provider."""

    @abstractmethod
    def dialog(self, trip: Trip, settings: Mapping[str, Any]) -> str:
        """The address that people are sent to. It holds the state, no secret, and the challenge where PKCE is used."""

    def origins(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Where that address, and whatever it sends a browser on to, may be: as the content policy writes it."""
        there = urlsplit(self.dialog(Trip("", "", ""), settings))
        return (f"{there.scheme}://{there.netloc}",)

    @abstractmethod
    def secrets(self, trip: Trip, code: str, context: "SourceContext") -> Mapping[str, str]:
        """Turn in the code: the same secrets that a person would paste. context: without any yet.

        Raises the errors of connections.errors, free of the code; ConsentIncomplete when a permission is missing.
        """


@dataclass(frozen=True)
class DemoAccount:
    """An account of the provider's sandbox, for whoever wants to try. Its secrets open nothing else; those that the
    sandbox makes for itself are none of these, see Source.demo_secrets.

    frequency: how often it is read, so that people see something happen.
    """

    account_id: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    frequency: str = "smart"


Held = Callable[[str, str], Mapping[str, str]]


def nothing_held(stream: str, entity: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class SourceContext:
    """Everything a source may know about the connection it reads.

    secrets: the decrypted credential. options: the connection's own choices. settings: the installation's
    settings for this provider (addresses, application id, limits). scheduled: nobody waits for this run. held: by the
    name of a stream and the id of an entity, the versions of what is stored below it, by id. sessions: for a provider
    that has some.
    """

    account: Account
    secrets: Mapping[str, str] = field(repr=False)
    options: Mapping[str, Any]
    settings: Mapping[str, Any] = field(repr=False)
    gate: CallGate
    clock: Clock
    scheduled: bool = False
    held: Held = nothing_held
    sessions: Sessions = field(default_factory=NoSessions, repr=False)


class Stream(ABC):
    """A list of records of one shape. The attributes say what; `read` says how.

    table: a name in projects.tables.TABLES. primary_key: fields that tell records apart within a connection.
    parent: the stream that must be read before this one. cursor_field "date" marks a stream that is sliced by
    dates, at most `window_days` a slice; lookback_days: how far behind today the provider still restates.
    summed_up_by: the stream whose rows are the totals of this one's: where these have not changed, a fast connection
    leaves this stream for its own interval. follows_totals: the totals are read first, and a day of this stream is read
    again whenever its own has changed since, so a short lookback is enough. adds_up: its rows of a day are all that its
    totals are made of, to the last digit; where they are not, something is missing. entity_batch: how many entities a
    slice names when history is read. brings: streams that are read along with this one, in the same calls; their pages
    name them. reads_changed: read entity by entity of entity_stream, once that has been read, and only what its table
    holds for outdated; the ids of a slice are then addresses of that table. listed_in: the table in which other
    connections of the workspace list what this stream reads; new rows there make it due at once.
    interval, staleness, priority, queue: the defaults of its ObjectSyncConfig (minutes, minutes, 1 highest to 5).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    table: ClassVar[str]
    chunk_type: ClassVar[ChunkType]
    primary_key: ClassVar[tuple[str, ...]]
    parent: ClassVar[str | None] = None
    summed_up_by: ClassVar[str | None] = None
    follows_totals: ClassVar[bool] = False
    adds_up: ClassVar[bool] = False
    cursor_field: ClassVar[str | None] = None
    lookback_days: ClassVar[int] = 0
    window_days: ClassVar[int] = 7
    entity_batch: ClassVar[int] = 100
    entity_stream: ClassVar[str | None] = None
    brings: ClassVar[tuple[str, ...]] = ()
    reads_changed: ClassVar[bool] = False
    listed_in: ClassVar[str | None] = None
    queue: ClassVar[str] = "sync"
    interval_minutes: ClassVar[int] = 60
    staleness_minutes: ClassVar[int] = 120
    priority: ClassVar[int] = 3

    @abstractmethod
    def read(self, client: Any, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        """Yield the pages of one slice, from the checkpoint on. Raises the errors of connections.errors."""


class Source(ABC):
    """Reads one account of one provider. default_frequency: what a new connection begins with, a frequency's name.
    data_name: what people call its data, where that is not its label ("Syncing Your ... Data").

    oauth: how people sign in at the provider's own page; None where they can only paste. login_is_account: a login
    opens one account, so nobody is asked which.

    history_months: how far back its daily numbers can be read. A new connection then begins with the recent window, and
    history follows in the background; without it, the first sync reads what every sync reads.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    data_name: ClassVar[str] = ""
    streams: ClassVar[tuple[Stream, ...]]
    credential_fields: ClassVar[tuple[FormField, ...]] = ()
    option_fields: ClassVar[tuple[FormField, ...]] = ()
    slices_in_flight: ClassVar[int] = 4
    default_frequency: ClassVar[str] = "smart"
    history_months: ClassVar[int | None] = None
    demo: ClassVar[DemoAccount | None] = None
    oauth: ClassVar[OAuth | None] = None
    login_is_account: ClassVar[bool] = False

    def __init__(self, context: SourceContext) -> None:
        self.context = context

    @classmethod
    def stream(cls, name: str) -> Stream:
        """The stream of that name. Raises KeyError."""
        for stream in cls.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)

    @classmethod
    def reads_what_others_list(cls) -> bool:
        """So there is nothing to read for it before they are read."""
        return any(stream.listed_in for stream in cls.streams)

    @classmethod
    def demo_secrets(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        """What opens the demo account. Asked of the running sandbox, where such a secret may stand in no repository.
        settings: as in SourceContext. Raises the errors of connections.errors."""
        return cls.demo.secrets if cls.demo else {}

    @classmethod
    def limits(cls, account: Account, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
        """What every call for this account counts against, known without its login; so that work which does not fit
        is not begun. settings: as in SourceContext. Raises Misconfigured where the account's id makes no sense."""
        return ()

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        """Where its calls go, so that somebody can look whether these places answer at all: of the web, or `grpcs://`
        with host and port. settings: as in SourceContext."""
        return ()

    @classmethod
    def lacks(cls, settings: Mapping[str, Any]) -> Misconfigured | None:
        """What the installation has to have before any account of it can be read."""
        return None

    @abstractmethod
    def check(self) -> Account:
        """Ask the provider for the account itself. Raises NeedsReconnect or Misconfigured."""

    def accounts(self) -> Sequence[AccountChoice]:
        """The accounts that this login opens, all pages of them, up to MOST_CHOICES.

        The context's account is empty: nobody has chosen one. Raises the errors of connections.errors. A provider
        that lists none answers none, and a person types the id.
        """
        return ()

    def login_facts(self) -> LoginFacts | None:
        """What the provider says of the login itself, pasted or not; None where it does not tell.

        The context's account is empty. Raises the errors of connections.errors.
        """
        return None

    def checks(self) -> Iterator[Check]:
        """What a person should know before this account is connected, the most basic first.

        Raises none of connections.errors: each ends as a check that failed, with a sentence and a remedy. Ends
        after the first failure that makes the others pointless. Asks in as few calls as it can.
        """
        name = "The account can be read"
        try:
            account = self.check()
        except SyncError as error:
            yield Check(name, error=error)
        else:
            yield Check(name, f"It is called {account.name}." if account.name else "")

    @abstractmethod
    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        """Yield the pages of one slice of one of this source's streams, from the checkpoint on.

        Every call passes the gate first. Records have exactly the key and tracked fields of the stream's table,
        except in a sweep (`updated_since`), whose records may hold the key and some of the tracked fields only.
        Lists inside of a field stand in an order of their own, so that one which the provider shuffles is no change.
        """
