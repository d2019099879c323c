from projects.models.ads import Ad, AdSet, AssetGroup, Campaign, DailyMetric
from projects.models.changes import Change
from projects.models.coverage import Coverage
from projects.models.creators import (
    AccountSnapshot,
    CellProblem,
    CreatorAccount,
    CreatorProject,
    MergeConflict,
    Reading,
)
from projects.models.logikal import Directory, Elevation, ElevationThumbnail, LogikalProject, Part, PartsList, Phase
from projects.models.platforms import PlatformProfile

__all__ = [
    "AccountSnapshot",
    "Ad",
    "AdSet",
    "AssetGroup",
    "Campaign",
    "CellProblem",
    "Change",
    "Coverage",
    "CreatorAccount",
    "CreatorProject",
    "DailyMetric",
    "Directory",
    "Elevation",
    "ElevationThumbnail",
    "LogikalProject",
    "MergeConflict",
    "Part",
    "PartsList",
    "Phase",
    "PlatformProfile",
    "Reading",
]
