"""Does a list that has become much shorter say what is gone, or was it wiped by accident? Pure."""

import re
from dataclasses import replace

from connections.providers.google_sheets.tabs import Project

MOST_LOST = 0.5
FEW = 5
"""So many may go at once, unless they are all."""

LEADS_SOMEWHERE = re.compile(r"\b(youtube|youtu|instagram|tiktok|facebook|fb)\.", re.IGNORECASE)
BELIEVED = "If this is right, choose Believe it under Rows that vanish, in the settings of the connection."
TABS = f"Most tabs of the spreadsheet are gone at once. Their projects are kept as they were. {BELIEVED}"


def is_doubtful(before: int, now: int) -> bool:
    """More than half of them at once, or all of them."""
    lost = before - now
    return (before > 1 and now == 0) or (lost >= FEW and lost > before * MOST_LOST)


def held_back(project: Project, before: int) -> Project:
    """With a problem where most of the accounts that we hold of this tab no longer stand in it."""
    now = sum(1 for each in project.accounts if LEADS_SOMEWHERE.search(each["url"] or ""))
    if not (project.is_complete and is_doubtful(before, now)):
        return project
    why = f"Of {before} accounts {now or 'none'} {'is' if now == 1 else 'are'} left in this tab. "
    return replace(project, doubt=f"{why}The others are kept as they were. {BELIEVED}")
