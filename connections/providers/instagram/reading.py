"""Read the profiles that spreadsheets list, one by one: one that fails keeps its reason, and the others go on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections import profiles
from connections.errors import ObjectSkipped, SyncError, Transient
from connections.providers.instagram.answers import question, record
from connections.providers.instagram.errors import NotProfessional
from connections.providers.instagram.names import NOT_A_NAME, PLATFORM, username
from connections.sources import Checkpoint, Page, Record, SourceContext

PROFILES = "instagram_profiles"
A_PAGE = 10
PATIENCE = 4
"""So many questions in a row may fail: after that it is not the profile's fault."""


@dataclass(frozen=True)
class Reading:
    """What a stream is given to read with. api: the InstagramApi. own: the account that questions are asked from."""

    context: SourceContext
    api: Any
    own: str


def profile_pages(reading: Reading, checkpoint: Checkpoint | None) -> Iterator[Page]:
    """In the order of the addresses, so that another process can go on after the last one. Each costs a call, so what
    was read before a limit is kept."""
    after = str((checkpoint or {}).get("after") or "")
    left = sorted(profile for profile in reading.context.held(PROFILES, PLATFORM) if profile > after)
    walk, is_first = Walk(reading), checkpoint is None
    for at in range(0, len(left), A_PAGE) if left else (0,):
        profiles_of_page = left[at : at + A_PAGE]
        is_last = at + A_PAGE >= len(left)
        fetched_at, records, failure = walk.read(profiles_of_page)
        done = records[-1]["profile"] if records else after
        following = None if is_last and not failure else {"after": done}
        if records or not failure:
            yield Page(records, following, fetched_at, is_first=is_first)
            is_first = False
        if failure:
            raise failure


class Walk:
    """Remembers over pages whether anything can be read at all."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._failed_in_a_row = 0
        self._has_answered = False

    def read(self, wanted: list[str]) -> tuple[datetime, list[Record], SyncError | None]:
        """When it was begun, what was read, and what put an end to it."""
        fetched_at, records = self._reading.context.clock(), []
        last: SyncError | None = None
        for profile in wanted:
            try:
                records.append(self._record(profile))
            except (Transient, ObjectSkipped) as error:
                last = error
                self._failed_in_a_row += 1
                if self._failed_in_a_row >= PATIENCE and isinstance(error, Transient):
                    return fetched_at, _without_failed_end(records), error
                records.append(profiles.unread(profile, profiles.FAILED, error.sentence))
            except SyncError as error:
                return fetched_at, records, error
        if isinstance(last, Transient) and not self._has_answered:
            return fetched_at, [], last
        return fetched_at, records, None

    def _record(self, profile: str) -> Record:
        """Raises what concerns every profile, such as a limit or a dead token; and what may concern this one only."""
        name = username(profile)
        if not name:
            return profiles.unread(profile, profiles.UNSUPPORTED, NOT_A_NAME)
        try:
            answer = self._reading.api.get(self._reading.own, fields=question(name))
        except NotProfessional as error:
            found: Record = profiles.unread(profile, profiles.UNSUPPORTED, error.sentence)
        else:
            found = _recorded(profile, answer.get("business_discovery"))
        self._failed_in_a_row, self._has_answered = 0, True
        return found


def _without_failed_end(records: list[Record]) -> list[Record]:
    """What failed last failed for the reason that ended it all, and is asked for again."""
    last = max((at for at, record in enumerate(records) if record["state"] != profiles.FAILED), default=-1)
    return records[: last + 1]


def _recorded(profile: str, answer: Any) -> Record:
    if not isinstance(answer, dict):
        return profiles.unread(profile, profiles.MISSING, "Instagram answered, but without this profile.")
    return record(profile, answer)
