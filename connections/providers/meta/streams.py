"""What we read of a Meta ad account: its campaigns, ad sets and ads, and what each did on each day."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from connections.providers.meta import objects
from connections.providers.meta.client import AdAccountApi
from connections.providers.meta.metrics import PURCHASES, DailyMetric
from connections.providers.meta.paging import GraphList
from connections.providers.meta.records import as_page
from connections.providers.meta.reports import ReportList
from connections.providers.meta.values import Row
from connections.sources import Checkpoint, ChunkType, Page, Record, Slice, Stream


@dataclass(frozen=True)
class Reading:
    """What a stream needs: the account to ask, its currency, and which actions count as conversions."""

    api: AdAccountApi
    currency: str
    conversions: tuple[str, ...] = PURCHASES


# Without ARCHIVED in such a list Meta leaves archived objects out. It refuses DELETED in lists, and a status that the
# level does not know makes it refuse the whole question.
CAMPAIGN_STATUSES = ("ACTIVE", "ARCHIVED", "IN_PROCESS", "PAUSED", "WITH_ISSUES")
AD_SET_STATUSES = (*CAMPAIGN_STATUSES, "CAMPAIGN_PAUSED")
AD_STATUSES = (
    *AD_SET_STATUSES,
    "ADSET_PAUSED",
    "DISAPPROVED",
    "PENDING_BILLING_INFO",
    "PENDING_REVIEW",
    "PREAPPROVED",
)

Part = Literal["all", "edited", "sweep"]
SWEPT_FIELDS = ("id", "effective_status")


class Structure(Stream):
    """Objects that people set up. Edits are found by updated_time; delivery changes without it, hence the sweep."""

    chunk_type = "structure"
    primary_key = ("external_id",)
    interval_minutes = 60
    staleness_minutes = 120
    priority = 3

    edge: ClassVar[str]
    entity: ClassVar[str]
    statuses: ClassVar[tuple[str, ...]]
    fields: ClassVar[tuple[str, ...]]
    optional_fields: ClassVar[frozenset[str]] = frozenset({"start_time", "stop_time", "end_time", "creative"})

    @abstractmethod
    def describe(self, row: Row, currency: str) -> Record:
        """The record of a row."""

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        resume = dict(checkpoint or {})
        parts: list[Part] = ["edited", "sweep"] if piece.updated_since else ["all"]
        if "part" in resume:
            parts = parts[parts.index(resume.pop("part")) :]
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            yield from self._read_part(client, piece, part, resume, following)
            resume = {}

    def _read_part(
        self, client: Reading, piece: Slice, part: Part, resume: Checkpoint, following: Part | None
    ) -> Iterator[Page]:
        describe = objects.delivery if part == "sweep" else self.describe
        listing = GraphList(client.api, self.edge, self._question(piece, part), optional_fields=self.optional_fields)
        for found in listing.pages(resume):
            on_this_part = found.resume and {"part": part, **found.resume}
            on_the_next = {"part": following} if following else None
            yield as_page(
                found, on_this_part or on_the_next, lambda row: describe(row, client.currency), client.api.scrub
            )

    def _question(self, piece: Slice, part: Part) -> dict[str, Any]:
        filters = _only(self.entity, piece.ids)
        if part == "edited" and piece.updated_since:
            # A second earlier: GREATER_THAN leaves out what was edited within the very second.
            since = int(piece.updated_since.timestamp()) - 1
            filters.append({"field": f"{self.entity}.updated_time", "operator": "GREATER_THAN", "value": since})
        fields = SWEPT_FIELDS if part == "sweep" else self.fields
        return {"fields": list(fields), "effective_status": list(self.statuses), **_filtering(filters)}


class Campaigns(Structure):
    name = "campaigns"
    label = "Campaigns"
    table = "campaign"
    edge = "campaigns"
    entity = "campaign"
    statuses = CAMPAIGN_STATUSES
    fields = (
        "id",
        "name",
        "configured_status",
        "effective_status",
        "objective",
        "daily_budget",
        "lifetime_budget",
        "start_time",
        "stop_time",
    )

    def describe(self, row: Row, currency: str) -> Record:
        return objects.campaign(row, currency)


class AdSets(Structure):
    name = "ad_sets"
    label = "Ad sets"
    table = "ad_set"
    parent = "campaigns"
    edge = "adsets"
    entity = "adset"
    statuses = AD_SET_STATUSES
    fields = (
        "id",
        "name",
        "campaign_id",
        "configured_status",
        "effective_status",
        "daily_budget",
        "lifetime_budget",
        "start_time",
        "end_time",
    )

    def describe(self, row: Row, currency: str) -> Record:
        return objects.ad_set(row, currency)


class Ads(Structure):
    name = "ads"
    label = "Ads"
    table = "ad"
    parent = "ad_sets"
    edge = "ads"
    entity = "ad"
    statuses = AD_STATUSES
    fields = ("id", "name", "campaign_id", "adset_id", "creative", "configured_status", "effective_status")

    def describe(self, row: Row, currency: str) -> Record:
        return objects.ad(row, currency)


class Insights(Stream):
    """Meta restates a day's numbers for 28 days, as late conversions come in, so we read those again."""

    table = "daily_metric"
    primary_key = ("level", "external_id", "date")
    cursor_field = "date"
    lookback_days = 28
    window_days = 7
    interval_minutes = 30
    staleness_minutes = 60
    priority = 2

    level: ClassVar[str]
    graph_level: ClassVar[str]
    ids: ClassVar[tuple[str, ...]]

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        if piece.since is None or piece.until is None:
            raise ValueError(f"{self.name} is read by dates, and this slice has none.")
        describe = DailyMetric(
            level=self.level,
            id_field=self.ids[-1] if self.ids else "",
            account_id=client.api.account_id,
            currency=client.currency,
            since=piece.since,
            until=piece.until,
            conversions=client.conversions,
        )
        resume = checkpoint or {}
        for found in self._listing(client.api, piece, resume).pages(resume):
            yield as_page(found, found.resume, describe, client.api.scrub)

    def _listing(self, api: AdAccountApi, piece: Slice, resume: Checkpoint) -> GraphList | ReportList:
        """What was begun goes on as it was begun."""
        question, optional = self._question(piece), frozenset({"reach"})
        if "report" in resume or (not resume and self._rows_expected(piece) > api.report_rows):
            return ReportList(api, question, optional_fields=optional)
        return GraphList(api, "insights", question, optional_fields=optional)

    def _rows_expected(self, piece: Slice) -> int:
        """At most. Nobody knows how many objects a slice has that names none: then 0."""
        days = (piece.until - piece.since).days + 1 if piece.since and piece.until else 0
        return days * (len(piece.ids) if self.ids else 1)

    def _question(self, piece: Slice) -> dict[str, Any]:
        return {
            "level": self.graph_level,
            "time_range": {"since": str(piece.since), "until": str(piece.until)},
            "time_increment": 1,
            "fields": [*self.ids, *INSIGHTS_FIELDS],
            **_filtering(_only(self.graph_level, piece.ids)),
        }


INSIGHTS_FIELDS = (
    "date_start",
    "account_currency",
    "impressions",
    "clicks",
    "spend",
    "reach",
    "actions",
    "action_values",
)


class AccountMetrics(Insights):
    name = "account_metrics"
    label = "Account by day"
    chunk_type: ClassVar[ChunkType] = "account_metrics"
    level = "account"
    graph_level = "account"
    ids = ()


class CampaignMetrics(Insights):
    name = "campaign_metrics"
    label = "Campaigns by day"
    chunk_type: ClassVar[ChunkType] = "campaign_metrics"
    parent = "campaigns"
    summed_up_by = "account_metrics"
    entity_stream = "campaigns"
    entity_batch = 50
    level = "campaign"
    graph_level = "campaign"
    ids = ("campaign_id",)


class AdSetMetrics(Insights):
    name = "adset_metrics"
    label = "Ad sets by day"
    chunk_type: ClassVar[ChunkType] = "adset_metrics"
    parent = "ad_sets"
    summed_up_by = "account_metrics"
    entity_stream = "ad_sets"
    entity_batch = 50
    level = "ad_set"
    graph_level = "adset"
    ids = ("campaign_id", "adset_id")


class AdMetrics(Insights):
    name = "ad_metrics"
    label = "Ads by day"
    chunk_type: ClassVar[ChunkType] = "ad_metrics"
    parent = "ads"
    summed_up_by = "account_metrics"
    entity_stream = "ads"
    entity_batch = 100
    level = "ad"
    graph_level = "ad"
    ids = ("campaign_id", "adset_id", "ad_id")


def _only(entity: str, ids: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"field": f"{entity}.id", "operator": "IN", "value": list(ids)}] if ids else []


def _filtering(filters: list[dict[str, Any]]) -> Mapping[str, Any]:
    return {"filtering": filters} if filters else {}
