"""The stream of a YouTube connection: the channels that the workspace's spreadsheets list."""

from collections.abc import Iterator
from typing import ClassVar

from connections.providers.youtube.reading import CHANNELS, Reading, channel_pages
from connections.sources import Checkpoint, ChunkType, Page, Slice, Stream


class Channels(Stream):
    """A sweep reads all of them too: fifty cost one call."""

    name = CHANNELS
    label = "Channels"
    table = "platform_profiles"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("profile",)
    listed_in = "sheet_accounts"
    interval_minutes = 60
    staleness_minutes = 120

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return channel_pages(client, checkpoint)
