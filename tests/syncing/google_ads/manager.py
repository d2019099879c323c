"""A manager account with many customers below it: most are open, some are not, and one has not let it in yet."""

from datetime import date
from typing import NamedTuple

from connections.providers.google_ads.sandbox.world import CLOSED, MANAGER, SHOP, Customer
from connections.sandbox.server import SandboxServer

OPENED, YESTERDAY = date(2026, 3, 9), date(2026, 3, 11)
"""A few days before the tests' present, so that there is little to store of each."""


class Below(NamedTuple):
    """Numbers of customers."""

    opened: list[str]
    off: dict[str, str]
    invited: str


def forty_customers(sandbox: SandboxServer) -> Below:
    """36 open ones, one of each state in which nobody may read them, and one that has not accepted."""
    world = sandbox.google_ads.customers
    numbers = [f"55500{number:05}" for number in range(40)]
    off = dict(zip(numbers[:3], ("CANCELED", "SUSPENDED", "CLOSED"), strict=True))
    for number in numbers:
        world[number] = Customer(
            number, f"Shop {number[-2:]}", off.get(number, "ENABLED"), opened=OPENED, campaigns=2, groups=1, ads=1
        )
    world[MANAGER].below = tuple(each for each in numbers if each != numbers[3])
    world[MANAGER].invited = (numbers[3],)
    del world[SHOP], world[CLOSED]
    return Below(numbers[4:], off, numbers[3])
