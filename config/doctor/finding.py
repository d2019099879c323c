"""One line of the doctor's: what was looked at, what was found and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """remedy: what a person can do; empty where nothing is to be done."""

    name: str
    level: Level
    sentence: str
    remedy: str = ""


def ok(name: str, sentence: str) -> Finding:
    return Finding(name, Level.OK, sentence)


def warning(name: str, sentence: str, remedy: str) -> Finding:
    return Finding(name, Level.WARNING, sentence, remedy)


def wrong(name: str, sentence: str, remedy: str) -> Finding:
    return Finding(name, Level.WRONG, sentence, remedy)


def many(number: int, word: str) -> str:
    """1 worker, 2 workers."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
