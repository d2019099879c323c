from projects.models.ads import Ad, AdSet, Campaign, DailyMetric
from projects.models.changes import Change
from projects.models.coverage import Coverage

__all__ = ["Ad", "AdSet", "Campaign", "Change", "Coverage", "DailyMetric"]
