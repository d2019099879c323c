"""Meta Ads as a source: one ad account, read through the official SDK."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from connections.providers.meta import checks, login
from connections.providers.meta.account import explain_missing, read_account
from connections.providers.meta.client import AdAccountApi, account_id, call_limits
from connections.providers.meta.errors import ObjectMissing
from connections.providers.meta.metrics import PURCHASES
from connections.providers.meta.oauth import MetaOAuth, facts
from connections.providers.meta.streams import (
    AccountMetrics,
    AdMetrics,
    Ads,
    AdSetMetrics,
    AdSets,
    CampaignMetrics,
    Campaigns,
    Reading,
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


class MetaSource(Source):
    kind = "meta"
    label = "Meta Ads"
    data_name = "Facebook Ads"
    streams = (Campaigns(), AdSets(), Ads(), AccountMetrics(), CampaignMetrics(), AdSetMetrics(), AdMetrics())
    credential_fields = (
        FormField(
            "access_token",
            "Access token",
            secret=True,
            help_text="A system user's token is best: it does not expire. It needs ads_read.",
            help_url="https://developers.facebook.com/docs/business-management-apis/system-users/"
            "install-apps-and-generate-tokens",
        ),
    )
    option_fields = (
        FormField(
            "conversion_action",
            "Action that counts as a conversion",
            required=False,
            help_text="An action type of Meta, such as lead. Left empty, purchases count.",
            pattern=r"[a-z0-9_]+(\.[A-Za-z0-9_]+)*",
            mistake="Meta's action types are small letters, digits, underscores and dots, such as lead.",
        ),
    )

    oauth = MetaOAuth()
    default_frequency = "daily"
    history_months = 37
    demo = DemoAccount("act_1001001", {"access_token": "sandbox-demo-token"}, frequency="realtime")

    @classmethod
    def limits(cls, account: Account, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
        return call_limits(account_id(account.external_id), settings, scheduled=scheduled)

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        return (settings["graph_url"],)

    def check(self) -> Account:
        return read_account(self.api)

    def accounts(self) -> Sequence[AccountChoice]:
        return login.accounts(login.LoginApi(self.context))

    def login_facts(self) -> LoginFacts | None:
        return facts(self.context)

    def checks(self) -> Iterator[Check]:
        return checks.checks(self.context)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        try:
            yield from stream.read(self.reading, piece, checkpoint)
        except ObjectMissing as error:
            raise explain_missing(self.api, error) from None

    @cached_property
    def api(self) -> AdAccountApi:
        return AdAccountApi(self.context)

    @cached_property
    def reading(self) -> Reading:
        currency = self.context.account.currency or read_account(self.api).currency
        return Reading(self.api, currency, self._conversions())

    def _conversions(self) -> tuple[str, ...]:
        chosen = str(self.context.options.get("conversion_action") or "").strip()
        return (chosen,) if chosen else PURCHASES
