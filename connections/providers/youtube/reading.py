"""Read the channels that spreadsheets list, batch by batch: one that fails keeps its reason, and the others go on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connections import profiles
from connections.errors import ObjectSkipped, SyncError, Transient
from connections.providers.youtube.addresses import PLATFORM, Address, address
from connections.providers.youtube.channels import Item, handle_of, record
from connections.providers.youtube.uploads import totals
from connections.sources import Checkpoint, Page, Record, SourceContext

CHANNELS = "youtube_channels"
A_BATCH, A_LONG_BATCH = 50, 5
"""Channels on a page; and where each of them takes many calls."""

COUNT = "count"
PATIENCE = 4
"""So many questions in a row may fail: after that it is not the channel's fault."""

NOBODY = "YouTube has no such channel: it was deleted or closed, or has another address now."

Answer = Sequence[Item] | str
"""What was found, or why it was not."""


@dataclass(frozen=True)
class Reading:
    """What a stream is given to read with. api: the YouTubeApi."""

    context: SourceContext
    api: Any

    @property
    def adds_up(self) -> bool:
        """Likes and comments, of all videos."""
        return self.context.options.get("likes") == COUNT


def channel_pages(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """In the order of the addresses, so that another process can go on after the last one."""
    after = str((checkpoint or {}).get("after") or "")
    known = reading.context.held(CHANNELS, PLATFORM)
    left = sorted(profile for profile in known if profile > after)
    size = A_LONG_BATCH if reading.adds_up else A_BATCH
    batches = [left[at : at + size] for at in range(0, len(left), size)] or [[]]
    for batch in batches:
        fetched_at = reading.context.clock()
        records = Batch(reading, {profile: known[profile] for profile in batch}).records()
        following = None if batch is batches[-1] else {"after": batch[-1]}
        yield Page(records, following, fetched_at, is_first=checkpoint is None and batch is batches[0])


class Batch:
    """known: the channels' addresses, with the ids that they had the last time."""

    def __init__(self, reading: Reading, known: Mapping[str, str]) -> None:
        self._api = reading.api
        self._adds_up = reading.adds_up
        self._addresses = {profile: address(profile) for profile in known}
        self._ids = {profile: its.channel_id or known[profile] for profile, its in self._addresses.items()}
        self._failed_in_a_row = 0
        self._last_failure: SyncError | None = None
        self._has_answered = False

    def records(self) -> list[Record]:
        """Raises what says that no channel at all can be read now."""
        found = self._by_id(sorted({pk for pk in self._ids.values() if pk}))
        records = [self._record(profile, its, found) for profile, its in self._addresses.items()]
        if self._last_failure and not self._has_answered:
            raise self._last_failure
        return records

    def _record(self, profile: str, its: Address, found: Mapping[str, Answer]) -> Record:
        if its.refusal:
            return profiles.unread(profile, profiles.UNSUPPORTED, its.refusal)
        answer = found.get(self._ids[profile], ())
        if its.channel_id or isinstance(answer, str) or (answer and _is_still_called(answer[0], its)):
            return self._recorded(profile, answer)
        return self._recorded(profile, self._ask(**its.question))

    def _recorded(self, profile: str, answer: Answer) -> Record:
        if isinstance(answer, str):
            return profiles.unread(profile, profiles.FAILED, answer)
        if not answer:
            return profiles.unread(profile, profiles.MISSING, NOBODY)
        try:
            return record(profile, answer[0], totals(self._api, answer[0]) if self._adds_up else None)
        except Transient as error:
            return profiles.unread(profile, profiles.FAILED, error.sentence)

    def _by_id(self, ids: Sequence[str]) -> dict[str, Answer]:
        """All at once; and one by one, where one of them may be the reason that all were refused."""
        answer = self._ask(id=",".join(ids)) if ids else ()
        if not isinstance(answer, str):
            return {str(item.get("id")): [item] for item in answer}
        return {each: self._ask(id=each) for each in ids} if len(ids) > 1 else {ids[0]: answer}

    def _ask(self, **which: str) -> Answer:
        """Raises what concerns every channel, such as a limit or a dead key."""
        try:
            found: Sequence[Item] = self._api.channels(**which)
        except (Transient, ObjectSkipped) as error:
            self._failed_in_a_row += 1
            if isinstance(error, Transient):
                self._last_failure = error
                if self._failed_in_a_row >= PATIENCE:
                    raise
            return error.sentence
        self._failed_in_a_row, self._has_answered = 0, True
        return found


def _is_still_called(item: Item, its: Address) -> bool:
    """A handle that was given up may be somebody else's by now."""
    return not its.handle or handle_of(item) == its.handle
