"""Makers of the values in a parts list: each draws from a generator with a seed of its own."""

from collections.abc import Callable
from random import Random

Value = str | int | float | None
Maker = Callable[[Random, int], Value]


def counted() -> Maker:
    return lambda dice, row: row + 1


def code(prefix: str) -> Maker:
    return lambda dice, row: f"{prefix}{dice.randrange(1000, 9999)}.{row:02d}"


def word(*choices: str) -> Maker:
    return lambda dice, row: dice.choice(choices)


def whole(low: int, high: int) -> Maker:
    return lambda dice, row: dice.randint(low, high)


def decimal(low: float, high: float, digits: int = 3) -> Maker:
    return lambda dice, row: round(dice.uniform(low, high), digits)
