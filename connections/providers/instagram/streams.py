"""The stream of an Instagram connection: the profiles that the workspace's spreadsheets list."""

from collections.abc import Iterator
from typing import ClassVar

from connections.providers.instagram.reading import PROFILES, Reading, profile_pages
from connections.sources import Checkpoint, ChunkType, Page, Slice, Stream


class Profiles(Stream):
    """Each costs a call, of which Meta gives a few hundred an hour."""

    name = PROFILES
    label = "Profiles"
    table = "platform_profiles"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("profile",)
    listed_in = "sheet_accounts"
    interval_minutes = 60
    staleness_minutes = 120

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return profile_pages(client, checkpoint)
