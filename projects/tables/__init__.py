"""The tables that streams write into, by the name that a stream gives."""

from projects.tables.ads import AdSetTable, AdTable, AssetGroupTable, CampaignTable, DailyMetricTable
from projects.tables.base import Changes, Table
from projects.tables.creators import SheetAccountTable, SheetProjectTable
from projects.tables.logikal import (
    DirectoryTable,
    ElevationTable,
    LogikalProjectTable,
    PartsListTable,
    PhaseTable,
    ThumbnailTable,
)
from projects.tables.platforms import PlatformTable

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CampaignTable(),
        AdSetTable(),
        AdTable(),
        AssetGroupTable(),
        DailyMetricTable(),
        DirectoryTable(),
        LogikalProjectTable(),
        PhaseTable(),
        ElevationTable(),
        ThumbnailTable(),
        PartsListTable(),
        SheetProjectTable(),
        SheetAccountTable(),
        PlatformTable(),
    )
}

__all__ = ["TABLES", "Changes", "Table"]
