"""The logins that exist in the sandbox, and how large the tree is that each of them opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from connections.providers.logikal.sandbox.edits import Edits
from connections.providers.logikal.sandbox.tree import Tree

DEMO_USER = "demo"
LARGE_USER = "large"
SEVENTEEN_USER = "seventeen"
DEMO_PASSWORD = "sandbox-demo-password"  # noqa: S105 - opens nothing but the sandbox


@dataclass
class Account:
    """How large a tree is; everything in it follows from the user name, or the seed, and the time.

    elevations: the fewest and the most in a project. change_days: how long an elevation stays as it is, in the mean;
    0 is for ever. parts_bytes: the smallest and the largest parts list, before base64. parts_variant: of every
    elevation that has none of its own.
    """

    username: str
    password: str = DEMO_PASSWORD
    seed: str = ""
    directories: int = 11
    projects: int = 6
    elevations: tuple[int, int] = (2, 6)
    further_phases: bool = True
    change_days: float = 3
    parts_bytes: tuple[int, int] = (700_000, 1_700_000)
    parts_variant: str = ""
    edits: Edits = field(default_factory=Edits)

    @classmethod
    def from_json(cls, wish: Mapping[str, Any]) -> "Account":
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in wish.items()
        }
        unknown = values.keys() - {known.name for known in fields(cls) if known.name != "edits"}
        if unknown:
            raise ValueError(f"An account has no {', '.join(sorted(unknown))}.")
        account = cls(**values)
        if account.projects and not account.directories:
            raise ValueError("A project needs a directory.")
        return account

    @cached_property
    def tree(self) -> Tree:
        return Tree(self.seed or self.username, self.directories, self.projects, self.elevations, self.further_phases)


def standing_accounts() -> list[Account]:
    """The demo; a tree of 500 projects; one project of 17 elevations in its default phase."""
    return [
        Account(DEMO_USER),
        Account(LARGE_USER, directories=60, projects=500, elevations=(1, 4), change_days=30),
        Account(SEVENTEEN_USER, directories=1, projects=1, elevations=(17, 17), further_phases=False, change_days=0),
    ]


class Accounts:
    """Every account, by user name."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._accounts = {account.username: account for account in standing_accounts()}

    def add(self, account: Account) -> Account:
        """Create it, or replace the one of the same name."""
        self._accounts[account.username] = account
        return account

    def get(self, username: str) -> Account:
        """Raises KeyError."""
        return self._accounts[username]

    def all(self) -> list[Account]:
        return list(self._accounts.values())

    def opened_by(self, username: str, password: str) -> Account | None:
        account = self._accounts.get(username)
        return account if account and account.password == password else None

    def holder_of(self, key: str, username: str = "") -> Account:
        """Whose tree has this object: that of the named account, else the first that has one."""
        candidates = [self.get(username)] if username else self.all()
        found = next((account for account in candidates if key in account.tree), None)
        if found is None:
            raise LookupError(f"There is no object {key!r}.")
        return found
