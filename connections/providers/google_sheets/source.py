"""Google Sheets as a source: one spreadsheet, read through gspread with a service account's key."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from connections.errors import Misconfigured, SyncError
from connections.providers.google_sheets import checks
from connections.providers.google_sheets.demo import DEMO_BOOK, key_of_the_sandbox
from connections.providers.google_sheets.key import FIELD, ServiceAccount
from connections.providers.google_sheets.reading import ALWAYS, BELIEVE, READ_HIDDEN, Reading
from connections.providers.google_sheets.streams import SheetAccounts, SheetProjects
from connections.providers.google_sheets.wire import HOSTS
from connections.sources import (
    MOST_CHOICES,
    Account,
    AccountChoice,
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
    from connections.providers.google_sheets.client import SheetsApi

ADDRESS = re.compile(r"(?:https?://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/)?([\w-]{15,90})(?:[/?#]\S*)?")


class GoogleSheetsSource(Source):
    """Its limits hang on the key, which nobody knows from the spreadsheet alone; so `limits` names none."""

    kind = "google_sheets"
    label = "Google Sheets"
    data_name = "Spreadsheet"
    streams = (SheetProjects(), SheetAccounts())
    credential_fields = (
        FormField(
            FIELD,
            "Key of a service account (JSON)",
            secret=True,
            is_long=True,
            help_text="The whole file that Google Cloud gives for a key of type JSON. Then share the spreadsheet "
            "with the client_email that stands in it; Viewer is enough.",
            help_url="https://developers.google.com/workspace/guides/create-credentials#service-account",
        ),
    )
    option_fields = (
        FormField(
            "hidden_tabs",
            "Hidden tabs",
            required=False,
            help_text="Left out, unless you want them read.",
            choices=(("skip", "Leave out"), (READ_HIDDEN, "Read too")),
        ),
        FormField(
            "look",
            "Read again",
            required=False,
            help_text="A spreadsheet that nobody has changed is looked at, and read once a day. One with formulas that "
            "fetch numbers from elsewhere changes without that, and has to be read each time.",
            choices=(("changed", "When it was changed"), (ALWAYS, "Each time")),
        ),
        FormField(
            "vanished",
            "Rows that vanish",
            required=False,
            help_text="When more than half of a tab's accounts are gone at once, somebody may have wiped it.",
            choices=(("keep", "Keep their accounts and tell"), (BELIEVE, "Believe it")),
        ),
    )
    slices_in_flight = 1
    default_frequency = "smart"
    demo = DemoAccount(DEMO_BOOK)

    @classmethod
    def demo_secrets(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        return {FIELD: key_of_the_sandbox(str(settings["api_url"]))}

    @classmethod
    def addresses(cls, settings: Mapping[str, Any]) -> Sequence[str]:
        base = str(settings.get("api_url") or "")
        return (base,) if base else HOSTS

    def check(self) -> Account:
        book = self.api.book(book_id(self.context.account.external_id))
        return Account(book_id(self.context.account.external_id), book.title, book.timezone)

    def accounts(self) -> Sequence[AccountChoice]:
        found = islice(self.api.books(), MOST_CHOICES)
        known = {str(each.get("id")): str(each.get("name") or "") for each in found if each.get("id")}
        return [AccountChoice(Account(each, name)) for each, name in known.items()]

    def login_facts(self) -> LoginFacts | None:
        """A key says itself whose it is, and lasts until somebody deletes it."""
        return LoginFacts(subject=ServiceAccount.of(self.context).email)

    def checks(self) -> Iterator[Check]:
        try:
            reading = self.reading
        except SyncError as error:
            return iter([Check(checks.CHANGES, error=error)])
        return checks.checks(reading)

    def read(self, stream: Stream, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return stream.read(self.reading, piece, checkpoint)

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.context, self.api, book_id(self.context.account.external_id))

    @cached_property
    def api(self) -> "SheetsApi":
        """The libraries are loaded here: whoever only lists what can be connected does without."""
        from connections.providers.google_sheets.client import SheetsApi

        return SheetsApi(self.context)


def book_id(typed: str) -> str:
    """Of a spreadsheet's address, or of the id itself. Raises Misconfigured."""
    found = ADDRESS.fullmatch(typed.strip())
    if found is None:
        raise Misconfigured(
            "This is not the id of a spreadsheet.",
            remedy="Copy its address from the browser: the id stands between /d/ and /edit.",
            original=typed[:100],
        )
    return found[1]
