"""Is this installation well? Each part is looked at, and what is wrong comes with what to do."""

from config.doctor.examination import examine
from config.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
