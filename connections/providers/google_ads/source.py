"""Google Ads as a source: one customer, read through the official SDK over gRPC."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from connections.errors import Misconfigured
from connections.providers.google_ads.demo import DEMO_CUSTOMER, DEMO_TOKEN
from connections.providers.google_ads.errors import AccessDenied
from connections.providers.google_ads.login import FIELD, Login, no_client
from connections.providers.google_ads.names import GOOGLE, call_limits, customer_id
from connections.providers.google_ads.oauth import GoogleOAuth, facts
from connections.providers.google_ads.streams import (
    MONTHS_KEPT,
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
    Check,
    Checkpoint,
    DemoAccount,
    FormField,
    LoginFacts,
    Page,
    Slice,
    Source,
    Stream,
)

if TYPE_CHECKING:
    from connections.providers.google_ads.client import AdsApi

T = TypeVar("T")


class GoogleAdsSource(Source):
    """Its streams have no entity batches, and only one slice is in flight: operations are scarce, rows are not; and
    totals are read before what they are the totals of."""

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
            help_text="Its number, where the Google account reads this one through a manager account. Left empty, "
            "Freshet looks for one.",
            pattern=r"\d{3}-?\d{3}-?\d{4}",
            mistake="The number of a manager account looks like 123-456-7890.",
        ),
    )
    oauth = GoogleOAuth()
    slices_in_flight = 1
    default_frequency = "daily"
    history_months = MONTHS_KEPT
    demo = DemoAccount(DEMO_CUSTOMER, {FIELD: DEMO_TOKEN})

    @classmethod
    def limits(cls, account: Account, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
        return call_limits(customer_id(account.external_id), settings, scheduled=scheduled)

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        return (settings["sign_in_url"], f"grpcs://{settings['endpoint'] or GOOGLE}")

    @classmethod
    def lacks(cls, settings: Mapping[str, Any]) -> Misconfigured | None:
        return None if settings["client_id"] and settings["client_secret"] else no_client()

    def check(self) -> Account:
        from connections.providers.google_ads.accounts import read_account

        return next(self._by_some_way(lambda: iter([read_account(self.api)])))

    def checks(self) -> Iterator[Check]:
        from connections.providers.google_ads import checks

        def look(ask: Callable[[], T]) -> T:
            return next(self._by_some_way(lambda: iter([ask()])))

        return checks.checks(self.context, lambda: self.api, look)

    def accounts(self) -> Sequence[AccountChoice]:
        from connections.providers.google_ads.accounts import choices

        return choices(self.context)

    def login_facts(self) -> LoginFacts:
        return facts(self.context)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return self._by_some_way(lambda: stream.read(self.api, piece, checkpoint))

    def _by_some_way(self, ask: Callable[[], Iterator[T]]) -> Iterator[T]:
        """Where the login does not reach the account directly, look for a manager account that does, and ask again."""
        from connections.providers.google_ads import managers

        try:
            yield from ask()
        except AccessDenied:
            if self._named_manager or not managers.find(self.context, self.api.customer):
                raise
            del self.api
        else:
            return
        yield from ask()

    @property
    def _named_manager(self) -> str:
        named = str(self.context.options.get("login_customer_id") or "").strip()
        return customer_id(named) if named else ""

    @cached_property
    def api(self) -> "AdsApi":
        """The SDK is loaded here: whoever only lists what can be connected does without."""
        from connections.providers.google_ads import client, managers

        customer = customer_id(self.context.account.external_id)
        manager = self._named_manager or managers.known(Login.of(self.context), customer)
        return client.AdsApi(self.context, customer=customer, manager=manager)
