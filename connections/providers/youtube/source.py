"""YouTube as a source: public numbers of channels, read through Google's official client with an API key."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connections.errors import Misconfigured, ObjectSkipped
from connections.providers.youtube import checks
from connections.providers.youtube.reading import COUNT, Reading
from connections.providers.youtube.streams import Channels
from connections.providers.youtube.wire import FIELD, base_url
from connections.sources import (
    Account,
    AccountChoice,
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
    from connections.providers.youtube.client import YouTubeApi

PUBLIC = "public-channels"
"""A key opens no account: it reads what everybody may see."""


class YouTubeSource(Source):
    """Its limits hang on the key, which nobody knows from the account alone; so `limits` names none."""

    kind = "youtube"
    label = "YouTube"
    data_name = "YouTube"
    streams = (Channels(),)
    credential_fields = (
        FormField(
            FIELD,
            "API key",
            secret=True,
            help_text="Of a Google Cloud project in which the YouTube Data API v3 is switched on. It reads the public "
            "numbers of the channels that the workspace's spreadsheets list.",
            help_url="https://developers.google.com/youtube/registering_an_application",
        ),
    )
    option_fields = (
        FormField(
            "likes",
            "Likes and comments",
            required=False,
            help_text="YouTube gives them for single videos only. Adding up takes two of the day's 10,000 calls for "
            "each 50 videos, so it is for few channels, and for those with up to 1,000 videos.",
            choices=(("skip", "Leave out"), (COUNT, "Add up")),
        ),
    )
    login_is_account = True
    slices_in_flight = 1
    default_frequency = "smart"
    demo = DemoAccount(PUBLIC, {FIELD: "sandbox-demo-key"})

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        return (base_url(settings),)

    def check(self) -> Account:
        if self.context.account.external_id not in ("", PUBLIC):
            raise Misconfigured("A YouTube key opens no account of its own.", remedy=f"Ask for {PUBLIC}.")
        try:
            self.api.languages()
        except ObjectSkipped as error:
            refused = Misconfigured(
                "YouTube refuses what every key may ask.",
                remedy="Look at this key and its restrictions in Google Cloud, or paste another one.",
                original=error.original,
                code=error.code,
            )
            raise refused from None
        return Account(PUBLIC, "YouTube channels")

    def accounts(self) -> Sequence[AccountChoice]:
        return (AccountChoice(self.check()),)

    def checks(self) -> Iterator[Check]:
        return checks.checks(self)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return stream.read(Reading(self.context, self.api), piece, checkpoint)

    @cached_property
    def api(self) -> "YouTubeApi":
        """The client is loaded here: whoever only lists what can be connected does without."""
        from connections.providers.youtube.client import YouTubeApi

        return YouTubeApi(self.context)
