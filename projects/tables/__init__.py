"""The tables that streams write into, by the name that a stream gives."""

from projects.tables.ads import AdSetTable, AdTable, CampaignTable, DailyMetricTable
from projects.tables.base import Changes, Table

TABLES: dict[str, Table] = {
    table.name: table for table in (CampaignTable(), AdSetTable(), AdTable(), DailyMetricTable())
}

__all__ = ["TABLES", "Changes", "Table"]
