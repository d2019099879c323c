"""Collect what is missing or odd in a file, each thing once, as sentences for people."""

from collections import Counter


class Doubts:
    def __init__(self) -> None:
        self._said: list[str] = []
        self._counted: Counter[tuple[str, str, str]] = Counter()

    def say(self, sentence: str) -> None:
        self._said.append(sentence)

    def count(self, table: str, field: str, odd: str) -> None:
        self._counted[table, field, odd] += 1

    def sentences(self) -> tuple[str, ...]:
        counted = (
            f"{table}: {field} is {odd} in {counted_rows(number)}."
            for (table, field, odd), number in self._counted.items()
        )
        return (*self._said, *counted)


def counted_rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"
