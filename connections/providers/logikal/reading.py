"""What a stream is given to read with: a session, and what the connection wants and holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connections.providers.logikal.session import LogikalSession
from connections.sources import SourceContext


@dataclass(frozen=True)
class Reading:
    context: SourceContext
    session: LogikalSession

    def now(self) -> datetime:
        return self.context.clock()

    def held(self, stream: str, project: str) -> Mapping[str, str]:
        """Versions by elevation, of what is stored of a project."""
        return self.context.held(stream, project)

    def is_excluded(self, path: str) -> bool:
        """With all that is below it."""
        wished = self.context.options.get("excluded_directories") or ()
        excluded = [str(each).strip().strip("/") for each in wished]
        return any(each and (path == each or path.startswith(f"{each}/")) for each in excluded)
