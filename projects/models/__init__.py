from projects.models.ads import Ad, AdSet, Campaign, DailyMetric
from projects.models.changes import Change
from projects.models.coverage import Coverage
from projects.models.logikal import Directory, Elevation, ElevationThumbnail, LogikalProject, Part, PartsList, Phase

__all__ = [
    "Ad",
    "AdSet",
    "Campaign",
    "Change",
    "Coverage",
    "DailyMetric",
    "Directory",
    "Elevation",
    "ElevationThumbnail",
    "LogikalProject",
    "Part",
    "PartsList",
    "Phase",
]
