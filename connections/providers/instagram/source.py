"""Instagram as a source: public numbers of professional accounts, asked for with Meta's official SDK."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connections.errors import Misconfigured, ObjectSkipped, SyncError
from connections.providers.instagram import checks, login
from connections.providers.instagram.limits import FIELD, account_id, call_limits
from connections.providers.instagram.reading import Reading
from connections.providers.instagram.streams import Profiles
from connections.sources import (
    Account,
    AccountChoice,
    CallLimit,
    Check,
    Checkpoint,
    DemoAccount,
    FormField,
    Page,
    Slice,
    Source,
    Stream,
)

if TYPE_CHECKING:
    from connections.providers.instagram.client import InstagramApi


class InstagramSource(Source):
    kind = "instagram"
    label = "Instagram"
    data_name = "Instagram"
    streams = (Profiles(),)
    credential_fields = (
        FormField(
            FIELD,
            "Access token",
            secret=True,
            help_text="Of somebody with a professional Instagram account: from this one the others are looked up. "
            "It needs instagram_basic, instagram_manage_insights and pages_read_engagement.",
            help_url="https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/"
            "business-discovery",
        ),
    )
    slices_in_flight = 1
    default_frequency = "smart"
    demo = DemoAccount("17841400000000001", {FIELD: "sandbox-demo-token"})

    @classmethod
    def limits(cls, account: Account, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
        return call_limits(account_id(account.external_id), settings)

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        return (settings["graph_url"],)

    def check(self) -> Account:
        try:
            found = self.api.get(self.own, fields=login.OWN)
        except ObjectSkipped as error:
            refused = Misconfigured(
                "This is not the number of a professional Instagram account.",
                remedy="Leave it out, and pick the account from the list that the token opens.",
                original=error.original,
                code=error.code,
            )
            raise refused from None
        return login.described({"id": self.own, **found})

    def accounts(self) -> Sequence[AccountChoice]:
        return login.accounts(self.api)

    def checks(self) -> Iterator[Check]:
        try:
            own = self.check()
        except SyncError as error:
            return iter([Check(checks.OPEN, error=error)])
        return checks.checks(self.reading, own)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return stream.read(self.reading, piece, checkpoint)

    @property
    def own(self) -> str:
        return account_id(self.context.account.external_id)

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.context, self.api, self.own)

    @cached_property
    def api(self) -> "InstagramApi":
        """The SDK is loaded here: whoever only lists what can be connected does without."""
        from connections.providers.instagram.client import InstagramApi

        return InstagramApi(self.context)
