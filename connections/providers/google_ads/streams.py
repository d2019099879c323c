"""What we read of a Google Ads account: its campaigns, ad groups, ads and asset groups, and what they did each day.

A question is one operation at any size, so lists are always read whole and days in one window: no entity batches.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from connections.providers.google_ads import records
from connections.providers.google_ads.reading import AFTER, Question, pages
from connections.providers.google_ads.rows import Row, Values
from connections.providers.google_ads.values import identified
from connections.sources import Checkpoint, ChunkType, Page, Record, Slice, Stream, months_before

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi


DATE = "segments.date"
DAY = timedelta(days=1)
MONTHS_KEPT = 37
LONGEST_WINDOW = 90
"""Days after a click on which Google may still book its conversion, on the day of the click."""


class Structure(Stream):
    """The whole list each time, removed ones too. A sweep needs no other question: it costs the same."""

    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("external_id",)
    interval_minutes = 60
    staleness_minutes = 120
    priority = 3

    resource: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    order: ClassVar[tuple[str, ...]]

    @abstractmethod
    def describe(self, values: Values) -> Record:
        """The record of a row."""

    def read(self, client: "AdsApi", piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        question = Question(self.resource, self.fields, self.order)
        selected = question.selected
        return pages(client, question, lambda row: self.describe(dict(zip(selected, row, strict=True))), checkpoint)


class Campaigns(Structure):
    name = "campaigns"
    label = "Campaigns"
    table = "campaign"
    resource = "campaign"
    fields = records.CAMPAIGN
    order = ("campaign.id",)

    def describe(self, values: Values) -> Record:
        return records.campaign(values)


class AdGroups(Structure):
    name = "ad_groups"
    label = "Ad groups"
    table = "ad_set"
    parent = "campaigns"
    resource = "ad_group"
    fields = records.AD_GROUP
    order = ("ad_group.id",)

    def describe(self, values: Values) -> Record:
        return records.ad_group(values)


class Ads(Structure):
    name = "ads"
    label = "Ads"
    table = "ad"
    parent = "ad_groups"
    resource = "ad_group_ad"
    fields = records.AD
    order = ("ad_group.id", "ad_group_ad.ad.id")

    def describe(self, values: Values) -> Record:
        return records.ad(values)


class AssetGroups(Structure):
    name = "asset_groups"
    label = "Asset groups"
    table = "asset_group"
    parent = "campaigns"
    resource = "asset_group"
    fields = records.ASSET_GROUP
    order = ("asset_group.id",)

    def describe(self, values: Values) -> Record:
        return records.asset_group(values)


class Metrics(Stream):
    """Rows in which nothing happened are not sent. Which of the older days Google has restated, their totals tell."""

    table = "daily_metric"
    primary_key = ("level", "external_id", "date")
    cursor_field = "date"
    lookback_days = 1
    window_days = 31
    summed_up_by: ClassVar[str | None] = "account_metrics"
    follows_totals: ClassVar[bool] = True
    interval_minutes = 30
    staleness_minutes = 60
    priority = 2

    level: ClassVar[str]
    resource: ClassVar[str]
    ids: ClassVar[tuple[str, ...]]
    told_apart_by: ClassVar[int] = 1

    def read(self, client: "AdsApi", piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return pages(client, self.question(*self.days(client, piece)), self.describe, checkpoint)

    def days(self, client: "AdsApi", piece: Slice) -> tuple[date, date]:
        """Without those that Google has let go of since the slice was planned; it refuses one that has no others."""
        if piece.since is None or piece.until is None:
            raise ValueError(f"{self.name} is read by dates, and this slice has none.")
        kept_since = months_before(client.today(), MONTHS_KEPT) + DAY
        return max(piece.since, kept_since) if kept_since <= piece.until else piece.since, piece.until

    def question(self, since: date, until: date) -> Question:
        """A row is a date, then the ids, then the numbers."""
        order = (DATE, *self.ids[: self.told_apart_by])
        return Question(self.resource, (*self.ids, *records.NUMBERS), order, (since, until))

    @abstractmethod
    def describe(self, row: Row) -> Record:
        """The record of a row."""


class AccountMetrics(Metrics):
    name = "account_metrics"
    label = "Account by day"
    chunk_type: ClassVar[ChunkType] = "account_metrics"
    summed_up_by = None
    follows_totals = False
    lookback_days = LONGEST_WINDOW
    window_days = LONGEST_WINDOW + 1
    level = "account"
    resource = "customer"
    ids = ("customer.id",)

    def read(self, client: "AdsApi", piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        """One operation tells of the days that Google may still restate. Those without a row are told too, with
        nothing: a day may lose all that it had."""
        since, until = self.days(client, piece)
        first = date.fromisoformat(checkpoint[AFTER][0]) + DAY if checkpoint else since
        for page in super().read(client, piece, checkpoint):
            last = until if page.checkpoint is None else date.fromisoformat(page.checkpoint[AFTER][0])
            told = {record["date"] for record in page.records} | {each.day for each in page.quarantined}
            days = (first + back * DAY for back in range((min(last, client.today()) - first).days + 1))
            empty = [self._nothing(client, day) for day in days if day not in told]
            yield replace(page, records=[*page.records, *empty])
            first = last + DAY

    def _nothing(self, client: "AdsApi", day: date) -> Record:
        ids = (client.customer, "", "")
        return records.a_day(self.level, ids, (day.isoformat(), client.currency, 0, 0, 0, 0.0, 0.0))

    def describe(self, row: Row) -> Record:
        return records.a_day(self.level, (identified(row[1], "customer.id"), "", ""), row)


class CampaignMetrics(Metrics):
    """All that is spent is spent by a campaign; below it, Performance Max has neither ad groups nor ads."""

    name = "campaign_metrics"
    label = "Campaigns by day"
    chunk_type: ClassVar[ChunkType] = "campaign_metrics"
    parent = "campaigns"
    adds_up = True
    level = "campaign"
    resource = "campaign"
    ids = ("campaign.id",)

    def describe(self, row: Row) -> Record:
        own = identified(row[1], "campaign.id")
        return records.a_day(self.level, (own, own, ""), row)


class AdGroupMetrics(Metrics):
    name = "adset_metrics"
    label = "Ad groups by day"
    chunk_type: ClassVar[ChunkType] = "adset_metrics"
    parent = "ad_groups"
    level = "ad_set"
    resource = "ad_group"
    ids = ("ad_group.id", "campaign.id")

    def describe(self, row: Row) -> Record:
        own = identified(row[1], "ad_group.id")
        return records.a_day(self.level, (own, str(row[2] or ""), own), row)


class AdMetrics(Metrics):
    name = "ad_metrics"
    label = "Ads by day"
    chunk_type: ClassVar[ChunkType] = "ad_metrics"
    parent = "ads"
    level = "ad"
    resource = "ad_group_ad"
    ids = ("ad_group.id", "ad_group_ad.ad.id", "campaign.id")
    told_apart_by = 2

    def describe(self, row: Row) -> Record:
        return records.a_day(self.level, records.ids_of_ad(row[1], row[2], row[3]), row)
