"""Google Ads as a source: one customer, read through the official SDK over gRPC."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connections.providers.google_ads.login import FIELD
from connections.providers.google_ads.names import call_limits, customer_id
from connections.providers.google_ads.streams import (
    AccountMetrics,
    AdGroupMetrics,
    AdGroups,
    AdMetrics,
    Ads,
    AssetGroups,
    CampaignMetrics,
    Campaigns,
)
from connections.sources import (
    Account,
    AccountChoice,
    CallLimit,
    Checkpoint,
    FormField,
    Page,
    Slice,
    Source,
    Stream,
)

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi


class GoogleAdsSource(Source):
    """Its streams have no entity batches, and only one slice is in flight: operations are scarce, rows are not."""

    kind = "google_ads"
    label = "Google Ads"
    data_name = "Google Ads"
    streams = (
        Campaigns(),
        AdGroups(),
        Ads(),
        AssetGroups(),
        AccountMetrics(),
        CampaignMetrics(),
        AdGroupMetrics(),
        AdMetrics(),
    )
    credential_fields = (
        FormField(
            FIELD,
            "Refresh token",
            secret=True,
            help_text="Of a Google account that may read the Google Ads account, made with this installation's "
            "OAuth client and the scope adwords.",
            help_url="https://developers.google.com/google-ads/api/docs/oauth/overview",
        ),
    )
    option_fields = (
        FormField(
            "login_customer_id",
            "Manager account",
            required=False,
            help_text="Its number, where the Google account reads this one through a manager account only.",
            pattern=r"\d{3}-?\d{3}-?\d{4}",
            mistake="The number of a manager account looks like 123-456-7890.",
        ),
    )
    slices_in_flight = 1
    default_frequency = "daily"
    history_months = 37

    @classmethod
    def limits(cls, account: Account, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
        return call_limits(customer_id(account.external_id), settings, scheduled=scheduled)

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        return (settings["token_url"],)

    def check(self) -> Account:
        from connections.providers.google_ads.accounts import read_account

        return read_account(self.api)

    def accounts(self) -> Sequence[AccountChoice]:
        from connections.providers.google_ads.accounts import choices

        return choices(self.context)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return stream.read(self.api, piece, checkpoint)

    @cached_property
    def api(self) -> "AdsApi":
        """The SDK is loaded here: whoever only lists what can be connected does without."""
        from connections.providers.google_ads.client import api_of

        return api_of(self.context)
