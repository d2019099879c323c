"""Campaigns, ad sets and ads of an account: names, states and money that follow from its seed alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from connections.providers.meta.sandbox.accounts import AdAccount

Kind = Literal["campaign", "adset", "ad"]
KIND_DIGITS: dict[str, int] = {"campaign": 1, "adset": 2, "ad": 3, "creative": 4}
THEMES = ("Prospecting", "Retargeting", "Spring launch", "Bestsellers", "Lookalikes", "Brand", "Clearance", "New in")
OBJECTIVES = ("OUTCOME_SALES", "OUTCOME_SALES", "OUTCOME_TRAFFIC", "OUTCOME_AWARENESS", "OUTCOME_LEADS")
AUDIENCES = ("Broad 25-54", "Lookalike 1 %", "Cart abandoners", "Past buyers", "Interest: outdoor", "Site visitors")
PLACES = ("US", "CA", "UK", "DACH")
FORMATS = ("Video", "Carousel", "Static", "Collection", "Story")
IDEAS = ("unboxing", "customer review", "free shipping", "founder story", "before and after", "colours", "gift guide")
FOREVER = date.max


@dataclass(frozen=True)
class Node:
    """One campaign, ad set or ad. fields: what the API says of it. flight: the dates on which it may deliver."""

    id: str
    kind: Kind
    index: int
    campaign_id: str
    adset_id: str
    effective_status: str
    flight: tuple[date, date]
    fields: dict[str, Any]
    gone: bool = False

    @property
    def deleted(self) -> bool:
        return self.gone or self.effective_status == "DELETED"

    def belongs_to(self, identifier: str) -> bool:
        return identifier in (self.id, self.adset_id, self.campaign_id)


def digest(*parts: object, size: int = 16) -> bytes:
    return blake2b("|".join(map(str, parts)).encode(), digest_size=size).digest()


class Structure:
    """All nodes of one account, oldest first."""

    def __init__(self, account: "AdAccount") -> None:
        self.account = account
        self.campaigns = [self._campaign(index) for index in range(account.campaigns)]
        self.ad_sets = [self._ad_set(index) for index in range(account.ad_sets)]
        self.ads = [self._ad(index) for index in range(account.ads + account.deleted_ads)]
        self.by_id = {node.id: node for node in self.nodes()}
        self.by_kind: dict[str, list[Node]] = {"campaign": self.campaigns, "adset": self.ad_sets, "ad": self.ads}

    def nodes(self) -> Iterator[Node]:
        yield from self.campaigns
        yield from self.ad_sets
        yield from self.ads

    def active_ads(self) -> int:
        return sum(ad.effective_status == "ACTIVE" for ad in self.ads)

    def identifier(self, kind: str, index: int) -> str:
        return f"{self.account.id_prefix}{KIND_DIGITS[kind]}{index:06d}"

    def _campaign(self, index: int) -> Node:
        state = self._first_state_of_campaign(index)
        words = f"{THEMES[index % len(THEMES)]} | {PLACES[index // len(THEMES) % len(PLACES)]}"
        extra = {
            "name": words if index < 32 else f"{words} | {index}",
            "objective": OBJECTIVES[index % len(OBJECTIVES)],
            "buying_type": "AUCTION",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "special_ad_categories": [],
            "smart_promotion_type": "GUIDED_CREATION",
            **({"daily_budget": str(self._daily_budget("campaign", index) * 3)} if index % 2 else {}),
        }
        return self._node("campaign", index, state, state, (self.account.start_date, FOREVER), extra, "", "")

    def _ad_set(self, index: int) -> Node:
        account = self.account
        campaign = self.campaigns[index % account.campaigns]
        effective = {"ACTIVE": "ACTIVE", "PAUSED": "CAMPAIGN_PAUSED"}.get(campaign.effective_status)
        words = f"{AUDIENCES[index % len(AUDIENCES)]} | {THEMES[campaign.index % len(THEMES)]}"
        extra = {
            "name": words if index < 24 else f"{words} | {index}",
            "campaign_id": campaign.id,
            "campaign": {"id": campaign.id, "name": campaign.fields["name"]},
            "billing_event": "IMPRESSIONS",
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "destination_type": "WEBSITE",
            "targeting": {"age_min": 25, "age_max": 54, "geo_locations": {"countries": ["US"]}},
            **({} if campaign.index % 2 else {"daily_budget": str(self._daily_budget("adset", index))}),
            **({"frequency_control_specs": [dict(FREQUENCY_CAP)]} if index % 5 == 0 else {}),
        }
        state = effective or campaign.effective_status
        configured = state if state in ("ARCHIVED", "DELETED") else "ACTIVE"
        flight = (account.start_date, FOREVER)
        return self._node("adset", index, configured, state, flight, extra, campaign.id, "")

    def _ad(self, index: int) -> Node:
        ad_set = self.ad_sets[index % self.account.ad_sets]
        configured = self._configured_state_of_ad(index)
        above = ad_set.effective_status
        inherited = {"ACTIVE": configured, "PAUSED": "ADSET_PAUSED"}.get(above, above)
        effective = configured if configured in ("DELETED", "ARCHIVED") else inherited
        words = f"{FORMATS[index % len(FORMATS)]} - {IDEAS[index % len(IDEAS)]}"
        creative = self.identifier("creative", index)
        extra = {
            "name": words if index < 35 else f"{words} v{index // 35 + 1}",
            "campaign_id": ad_set.campaign_id,
            "adset_id": ad_set.id,
            "campaign": {"id": ad_set.campaign_id},
            "adset": {"id": ad_set.id, "name": ad_set.fields["name"]},
            "creative": {"id": creative, "name": f"{words} creative"},
            "conversion_domain": "shop.example",
        }
        flight = self._flight(index, configured, ad_set)
        return self._node("ad", index, configured, effective, flight, extra, ad_set.campaign_id, ad_set.id)

    def _configured_state_of_ad(self, index: int) -> str:
        account = self.account
        if index >= account.ads:
            return "DELETED"
        if index < account.archived_ads:
            return "ARCHIVED"
        return "PAUSED" if index < account.archived_ads + account.paused_ads else "ACTIVE"

    def _first_state_of_campaign(self, index: int) -> str:
        account = self.account
        if index < account.archived_campaigns:
            return "ARCHIVED"
        return "PAUSED" if index < account.archived_campaigns + account.paused_campaigns else "ACTIVE"

    def _flight(self, index: int, configured: str, ad_set: Node) -> tuple[date, date]:
        """Dense accounts deliver throughout; elsewhere ads come and go. A later edit does not rewrite history."""
        start = self.account.start_date
        if self.account.dense:
            return start, FOREVER
        lot = digest(self.account.seed or self.account.account_id, "flight", index)
        begins = start + timedelta(days=0 if index % 3 == 0 else lot[0] % 120)
        campaign = self._first_state_of_campaign(ad_set.index % self.account.campaigns)
        running = configured == campaign == "ACTIVE"
        return begins, FOREVER if running else begins + timedelta(days=30 + lot[1] % 120)

    def _daily_budget(self, kind: str, index: int) -> int:
        units = (20 + digest(self.account.account_id, kind, index)[0] % 30) * 5
        return units * self.account.minor_units

    def _node(
        self,
        kind: Kind,
        index: int,
        configured: str,
        effective: str,
        flight: tuple[date, date],
        extra: dict[str, Any],
        campaign_id: str,
        adset_id: str,
    ) -> Node:
        identifier = self.identifier(kind, index)
        edits = self.account.edits.get(identifier, {})
        if edits.get("status"):
            configured = effective = edits["status"]
        effective = edits.get("effective_status", effective)
        created = self._moment(flight[0], index)
        fields = {
            "id": identifier,
            "account_id": self.account.account_id,
            "status": configured,
            "configured_status": configured,
            "created_time": created,
            "start_time": created,
            "updated_time": created,
            **extra,
            **{key: value for key, value in edits.items() if key != "gone"},
            "effective_status": effective,
        }
        own_set = identifier if kind == "adset" else adset_id
        gone = bool(edits.get("gone"))
        return Node(identifier, kind, index, campaign_id, own_set, effective, flight, fields, gone)

    def _moment(self, day: date, index: int) -> str:
        local = datetime.combine(day, time(6, 0), self.account.zone) + timedelta(minutes=index % 600)
        return graph_time(local)


FREQUENCY_CAP = {"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}


def graph_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")


def parse_graph_time(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC).timestamp()
