"""The ad accounts that exist in the sandbox, and the tokens that may read them."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from connections.providers.meta.sandbox import oauth
from connections.providers.meta.sandbox.structure import Structure

DEMO_TOKEN = "sandbox-demo-token"  # noqa: S105 - opens nothing but the sandbox
DEMO_ACCOUNT = "1001001"
HISTORY_STARTS = date(2025, 10, 1)
DEAD_TOKENS = {f"sandbox-token-{code}": f"190-{code}" for code in (458, 459, 460, 463, 464, 467, 492, 493)}
SCOPES = ("ads_read", "business_management", "public_profile")
READS_ADS = {"ads_read", "ads_management"}
ZERO_DECIMAL = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})


@dataclass
class AdAccount:
    """How large an account is and how it behaves; everything in it follows from this and the time.

    ads counts those that lists can show, archived ones included; deleted_ads come on top. dense: every ad delivers
    every day since start_date. drift: numbers settle with time, as the real ones do. active_ads: what the quotas are
    computed from, else counted. calls_per_hour: replaces the quota of each bucket. rows_per_call: more days x objects
    than this is too much data. page_limit: a larger page is asked to be reduced. report_seconds: how long
    an asynchronous report takes.
    """

    account_id: str
    name: str = "Test Shop"
    campaigns: int = 2
    ad_sets: int = 4
    ads: int = 8
    paused_campaigns: int = 0
    archived_campaigns: int = 0
    paused_ads: int = 0
    archived_ads: int = 0
    deleted_ads: int = 0
    timezone: str = "America/New_York"
    currency: str = "USD"
    seed: str = ""
    start_date: date = HISTORY_STARTS
    tokens: tuple[str, ...] = (DEMO_TOKEN,)
    dense: bool = False
    drift: bool = True
    tier: str = "standard_access"
    active_ads: int | None = None
    calls_per_hour: int | None = None
    rows_per_call: int | None = None
    page_limit: int | None = None
    report_seconds: float = 5
    account_status: int = 1
    disable_reason: int = 0
    edits: dict[str, dict[str, Any]] = field(default_factory=dict)
    bumps: dict[tuple[int, date], int] = field(default_factory=dict)
    version: int = 0
    _structure: Structure | None = None

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> "AdAccount":
        """`account_id` with or without act_; `token` is short for one of `tokens`."""
        values = dict(wish)
        values["account_id"] = str(values["account_id"]).removeprefix("act_")
        if "token" in values:
            values["tokens"] = (values.pop("token"),)
        values["tokens"] = tuple(values.get("tokens", (DEMO_TOKEN,)))
        if isinstance(values.get("start_date"), str):
            values["start_date"] = date.fromisoformat(values["start_date"])
        unknown = values.keys() - {known.name for known in fields(cls)}
        if unknown:
            raise ValueError(f"An account has no {', '.join(sorted(unknown))}.")
        return cls(**values)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def decimals(self) -> int:
        return 0 if self.currency in ZERO_DECIMAL else 2

    @property
    def minor_units(self) -> int:
        return 100 if self.decimals else 1

    @property
    def id_prefix(self) -> str:
        return f"1202{zlib.crc32(self.account_id.encode()) % 10**7:07d}"

    @property
    def structure(self) -> Structure:
        if self._structure is None:
            self._structure = Structure(self)
        return self._structure

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def edit(self, identifier: str, changes: Mapping[str, Any]) -> None:
        self.edits[identifier] = {**self.edits.get(identifier, {}), **changes}
        self.changed()

    def bump(self, ad_index: int, day: date) -> None:
        self.bumps[ad_index, day] = self.bumps.get((ad_index, day), 0) + 1

    def changed(self) -> None:
        self._structure = None
        self.version += 1


def demo_account() -> AdAccount:
    return AdAccount(
        DEMO_ACCOUNT,
        name="Demo Shop",
        campaigns=8,
        ad_sets=24,
        ads=60,
        paused_campaigns=1,
        archived_campaigns=1,
        paused_ads=4,
        archived_ads=3,
        deleted_ads=2,
    )


class Accounts:
    """Every account, by number; which token may read which; which tokens are dead."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._accounts: dict[str, AdAccount] = {}
            self._dead: dict[str, str] = dict(DEAD_TOKENS)
            self._revived: set[str] = set()
            self._declined: dict[str, tuple[str, ...]] = {}
            self.add(demo_account())

    def add(self, account: AdAccount) -> AdAccount:
        """Create it, or replace the one of the same number."""
        with self._lock:
            prefixes = {known.id_prefix: known.account_id for known in self._accounts.values()}
            if prefixes.get(account.id_prefix, account.account_id) != account.account_id:
                raise ValueError(f"Choose another number than {account.account_id}: its ids would meet another's.")
            self._accounts[account.account_id] = account
            return account

    def remove(self, account_id: str) -> None:
        with self._lock:
            del self._accounts[account_id.removeprefix("act_")]

    def get(self, account_id: str) -> AdAccount:
        """Raises KeyError."""
        with self._lock:
            return self._accounts[account_id.removeprefix("act_")]

    def all(self) -> list[AdAccount]:
        with self._lock:
            return list(self._accounts.values())

    def owner_of(self, identifier: str) -> AdAccount | None:
        """The account that holds this campaign, ad set or ad."""
        return next((account for account in self.all() if identifier.startswith(account.id_prefix)), None)

    def opens(self, token: str, account: AdAccount) -> bool:
        """A token of the sign-in page opens what the demo's does, or whose accounts it was made for."""
        held = oauth.parse(token)
        return (held.owner or DEMO_TOKEN if held else token) in account.tokens

    def readable_with(self, token: str) -> list[AdAccount]:
        return [account for account in self.all() if self.opens(token, account)]

    def knows(self, token: str) -> bool:
        is_made_here = token == DEMO_TOKEN or oauth.parse(token) is not None
        return is_made_here or token in self._revived or bool(self.readable_with(token))

    def error_of(self, token: str) -> str | None:
        """The name of the error that this token meets; None for a good one."""
        if token in self._dead:
            return self._dead[token]
        return None if self.knows(token) else "190"

    def scopes_of(self, token: str) -> list[str]:
        """What whoever made the token has granted to it."""
        if held := oauth.parse(token):
            return list(held.scopes)
        declined = self._declined.get(token, ())
        return [scope for scope in SCOPES if scope not in declined]

    def declined_by(self, token: str) -> list[str]:
        held = oauth.parse(token)
        return list(held.declined if held else self._declined.get(token, ()))

    def may_read_ads(self, token: str) -> bool:
        return bool(READS_ADS.intersection(self.scopes_of(token)))

    def decline(self, token: str, scopes: Iterable[str]) -> None:
        """The token is good, and made without these scopes."""
        self.revive_token(token)
        self._declined[token] = tuple(scopes)

    def kill_token(self, token: str, subcode: int | None = 460) -> None:
        self._dead[token] = f"190-{subcode}" if subcode else "190"

    def revive_token(self, token: str) -> None:
        self._dead.pop(token, None)
        self._revived.add(token)
