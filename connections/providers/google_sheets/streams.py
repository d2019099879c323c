"""The streams of a spreadsheet: each tab is a project, each row of it an account of a creator."""

from collections.abc import Iterator
from typing import ClassVar

from connections.providers.google_sheets.reading import ACCOUNTS, PROJECTS, Reading, account_pages, project_pages
from connections.sources import Checkpoint, ChunkType, Page, Slice, Stream


class SheetProjects(Stream):
    name = PROJECTS
    label = "Projects"
    table = "sheet_projects"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("project_id",)
    interval_minutes = 30
    staleness_minutes = 60
    priority = 2

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return project_pages(client, piece)


class SheetAccounts(Stream):
    """One question gives all tabs, so that the list of these comes along."""

    name = ACCOUNTS
    label = "Accounts of creators"
    table = "sheet_accounts"
    chunk_type: ClassVar[ChunkType] = "structure"
    primary_key = ("project_id", "row_number")
    parent = PROJECTS
    brings = (PROJECTS,)
    interval_minutes = 30
    staleness_minutes = 60
    priority = 2

    def read(self, client: Reading, piece: Slice, checkpoint: Checkpoint | None) -> Iterator[Page]:
        return account_pages(client, piece, checkpoint)
