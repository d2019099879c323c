"""LOGIKAL as a source: one login of one server, read through its REST API."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from connections.errors import Misconfigured
from connections.providers.logikal import checks
from connections.providers.logikal.client import LogikalApi
from connections.providers.logikal.login import ADDRESS, call_limits
from connections.providers.logikal.reading import Reading
from connections.providers.logikal.session import LogikalSession
from connections.providers.logikal.streams import Directories, Elevations, PartsLists, Phases, Projects, Thumbnails
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


class LogikalSource(Source):
    """A login may have one session at a time, so its slices are read one after the other."""

    kind = "logikal"
    label = "LOGIKAL"
    streams = (Directories(), Projects(), Phases(), Elevations(), Thumbnails(), PartsLists())
    credential_fields = (
        FormField(
            "address",
            "Address of the server",
            required=False,
            help_text="Where the LOGIKAL service answers, such as https://server:8443. "
            "Left empty, the address that this installation is set to.",
            pattern=ADDRESS,
            mistake="An address begins with http:// or https:// and holds no user name.",
        ),
        FormField(
            "username",
            "User name",
            help_text="Best a user of its own: LOGIKAL may allow each user one session at a time.",
        ),
        FormField("password", "Password", secret=True),
    )
    login_is_account = True
    slices_in_flight = 1
    default_frequency = "smart"
    demo = DemoAccount("demo", {"username": "demo", "password": "sandbox-demo-password"})

    @classmethod
    def limits(cls, account: Account, settings: Mapping[str, Any], *, scheduled: bool) -> Sequence[CallLimit]:
        return call_limits(account.external_id, settings)

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        return tuple(address for address in [str(settings.get("api_url") or "")] if address)

    def check(self) -> Account:
        """Signs in and out."""
        asked, opened = self.context.account.external_id, self.api.login.account.external_id
        if asked and asked != opened:
            raise Misconfigured(
                f"This login opens the account {opened}, not the one that was asked for.",
                remedy=f"Ask for {opened}, or enter the login of the other account.",
            )
        with LogikalSession(self.api) as session:
            session.open()
        return self.api.login.account

    def accounts(self) -> Sequence[AccountChoice]:
        """A login opens one account: all that it may see at its server."""
        return (AccountChoice(self.check()),)

    def checks(self) -> Iterator[Check]:
        return checks.checks(self.context)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        with LogikalSession(self.api) as session:
            yield from stream.read(Reading(self.context, session), piece, checkpoint)

    @cached_property
    def api(self) -> LogikalApi:
        return LogikalApi(self.context)
