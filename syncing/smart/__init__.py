"""The smart sync of creators' projects: read sheets and platforms, and say project by project what came of it."""

from syncing.smart.asked import NoProject, Round, active_projects, known_projects, start
from syncing.smart.standalone import report, summary, sync_all_projects_standalone, sync_project_standalone

__all__ = [
    "NoProject",
    "Round",
    "active_projects",
    "known_projects",
    "report",
    "start",
    "summary",
    "sync_all_projects_standalone",
    "sync_project_standalone",
]
