"""Which of the last 90 days has Google restated? One operation tells, and only those days are read again.

The map lists days, each with its totals as a version, and a level is read of the days whose versions have changed.
Today is not among them: it changes all the time, and its totals are read on their own.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from connections.providers.google_ads.reading import pages
from connections.providers.google_ads.streams import AdGroupMetrics, AdMetrics, CampaignMetrics, Metrics
from connections.providers.google_ads.totals import NOTHING, of_days, spans
from connections.sources import Checkpoint, ChunkType, EntityEnd, Page, Slice, Stream

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi

LONGEST_WINDOW = 90
"""Days after a click on which Google may still book its conversion."""

ONCE_A_DAY = 1440
Span = tuple[date, date]


class AccountDays(Stream):
    """Days without a row are listed too: a day that has lost all it had is restated."""

    name = "account_days"
    label = "Days"
    table = "account_day"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("external_id",)
    interval_minutes = ONCE_A_DAY
    staleness_minutes = 2 * ONCE_A_DAY

    def read(self, client: "AdsApi", piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        fetched_at, today = client.now(), client.today()
        days = [today - timedelta(days=back) for back in range(LONGEST_WINDOW, 0, -1)]
        told = of_days(client, days[0], days[-1])
        versions = [{"external_id": str(day), "version": str(told.get(day, NOTHING))} for day in days]
        yield Page(versions, None, fetched_at, is_first=True)


class RestatedDays(Stream):
    """The ids of its slices are days. Those that stand together are one operation."""

    table = "daily_metric"
    primary_key = ("level", "external_id", "date")
    entity_stream = "account_days"
    entity_batch = LONGEST_WINDOW
    reads_changed = True
    interval_minutes = ONCE_A_DAY
    staleness_minutes = 2 * ONCE_A_DAY

    level: ClassVar[Metrics]

    def read(self, client: "AdsApi", piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        """A checkpoint says at which span, and where in it."""
        versions = client.held(AccountDays.name)
        walk = spans(map(date.fromisoformat, piece.ids), LONGEST_WINDOW)
        start, inside = (checkpoint["span"], checkpoint["inside"]) if checkpoint else (0, None)
        for at, span in enumerate(walk[start:], start):
            for page in pages(client, self.level.question(*span), self.level.describe, inside):
                is_first = page.is_first and at == 0
                if page.checkpoint is not None:
                    yield replace(page, checkpoint={"span": at, "inside": page.checkpoint}, is_first=is_first)
                    continue
                ended = {str(day): EntityEnd(versions.get(str(day), "")) for day in _days(span)}
                after = {"span": at + 1, "inside": None} if at + 1 < len(walk) else None
                yield replace(page, checkpoint=after, is_first=is_first, ended=ended)
            inside = None


class RestatedCampaigns(RestatedDays):
    name = "restated_campaign_metrics"
    label = "Restated campaigns by day"
    chunk_type: ClassVar[ChunkType] = "campaign_metrics"
    level = CampaignMetrics()


class RestatedAdGroups(RestatedDays):
    name = "restated_ad_group_metrics"
    label = "Restated ad groups by day"
    chunk_type: ClassVar[ChunkType] = "adset_metrics"
    level = AdGroupMetrics()


class RestatedAds(RestatedDays):
    name = "restated_ad_metrics"
    label = "Restated ads by day"
    chunk_type: ClassVar[ChunkType] = "ad_metrics"
    level = AdMetrics()


def _days(span: Span) -> Iterator[date]:
    first, last = span
    return (first + timedelta(days=each) for each in range((last - first).days + 1))
