"""Why a parts list could not be read at all."""

from typing import Literal

Kind = Literal["empty", "not_base64", "not_sqlite", "too_large", "too_slow", "corrupt", "refused"]


class PartsListError(Exception):
    """kind: for programs. sentence: for people, free of what the file holds. code: SQLite's name of it, for the log.

    empty: no bytes, or none of the tables of a parts list. refused: reading would have done more than read tables.
    """

    def __init__(self, kind: Kind, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.code = code
