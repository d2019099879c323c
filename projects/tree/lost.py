"""How much of a tree has gone while a sync ran?"""

from datetime import datetime
from uuid import UUID

from projects.models import Directory, Elevation, LogikalProject, Phase


def lost(connection_id: UUID, since: datetime, until: datetime) -> int:
    """Rows of all levels that a complete list lacked for the first time between these moments."""
    models = (Directory, LogikalProject, Phase, Elevation)
    return sum(
        model._default_manager.filter(connection=connection_id, missing_since__range=(since, until)).count()
        for model in models
    )
