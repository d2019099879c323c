"""Meta Ads as a source: one ad account, read through the official SDK."""

from collections.abc import Iterator
from functools import cached_property

from connections.providers.meta.account import explain_missing, read_account
from connections.providers.meta.client import AdAccountApi
from connections.providers.meta.errors import ObjectMissing
from connections.providers.meta.metrics import PURCHASES
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
from connections.sources import Account, Checkpoint, DemoAccount, FormField, Page, Slice, Source, Stream


class MetaSource(Source):
    kind = "meta"
    label = "Meta Ads"
    streams = (Campaigns(), AdSets(), Ads(), AccountMetrics(), CampaignMetrics(), AdSetMetrics(), AdMetrics())
    credential_fields = (
        FormField(
            "access_token",
            "Access token",
            secret=True,
            help_text="A system user's token is best: it does not expire. It needs ads_read.",
        ),
    )
    option_fields = (
        FormField(
            "conversion_action",
            "Action that counts as a conversion",
            required=False,
            help_text="An action type of Meta, such as lead. Left empty, purchases count.",
        ),
    )

    demo = DemoAccount("act_1001001", {"access_token": "sandbox-demo-token"})

    def check(self) -> Account:
        return read_account(self.api)

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
