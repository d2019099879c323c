"""What one account shows at one moment: the tree, its age, and what was done to it by hand."""

from dataclasses import dataclass
from datetime import datetime

from connections.providers.logikal.sandbox.accounts import Account
from connections.providers.logikal.sandbox.ageing import Age, age, elevation_created, project_created
from connections.providers.logikal.sandbox.draws import guid
from connections.providers.logikal.sandbox.edits import Edit
from connections.providers.logikal.sandbox.records import Record, elevation_record, phase_record, project_record
from connections.providers.logikal.sandbox.tree import Directory, Elevation, Phase, Project

NOT_OF_THE_API = {"directory"}


@dataclass(frozen=True)
class Present:
    account: Account
    now: datetime

    @property
    def _seed(self) -> str:
        return self.account.tree.seed

    def _edit(self, key: str) -> Edit:
        return self.account.edits.of(key)

    def has_directory(self, path: str) -> bool:
        """Nothing is left below one that is gone."""
        steps = path.split("/")
        ancestors = ["/".join(steps[:depth]) for depth in range(1, len(steps) + 1)]
        return path in self.account.tree.directories and not any(self._edit(one).gone for one in ancestors)

    def directories_in(self, path: str) -> list[Directory]:
        every = self.account.tree.directories.values()
        return [one for one in every if one.parent == path and self.has_directory(one.path)]

    def directory_of(self, project: Project) -> str:
        moved_to: str = self._edit(project.id).fields.get("directory", project.directory)
        return moved_to

    def projects_in(self, path: str) -> list[Project]:
        shown = self.has_directory(path)
        every = self.account.tree.projects.values() if shown else ()
        return [one for one in every if self.directory_of(one) == path and not self._edit(one.id).gone]

    def phases_of(self, project: str) -> list[Phase]:
        return [one for one in self.account.tree.phases_of[project] if not self._edit(one.key).gone]

    def elevations_of(self, project: str, phase: str) -> list[Elevation]:
        every = self.account.tree.elevations_of[project]
        return [one for one in every if one.phase == phase and not self._edit(one.id).gone]

    def directory_record(self, directory: Directory) -> Record:
        return {"name": directory.name, "path": directory.path}

    def project_record(self, project: Project) -> Record:
        fields = {name: to for name, to in self._edit(project.id).fields.items() if name not in NOT_OF_THE_API}
        dates = {"createdDate": project_created(self._seed, project), "changedDate": self.project_changed(project)}
        return {**project_record(self._seed, project), **dates, **fields}

    def phase_record(self, phase: Phase) -> Record:
        return {**phase_record(phase), **self._edit(phase.key).fields}

    def elevation_record(self, elevation: Elevation) -> Record:
        own = {
            "versionId": self.version_id(elevation),
            "createdDate": self._created(elevation),
            "changedDate": self.elevation_changed(elevation),
        }
        return {**elevation_record(self._seed, elevation), **own, **self._edit(elevation.id).fields}

    def version_id(self, elevation: Elevation) -> str:
        by_hand = self._edit(elevation.id).versions
        return guid(self._seed, "version", elevation.id, self._age(elevation).versions, by_hand)

    def elevation_changed(self, elevation: Elevation) -> int:
        return max(self._age(elevation).changed, self._edit(elevation.id).changed_at)

    def project_changed(self, project: Project) -> int:
        """When the project or anything in it changed last, even what is gone since."""
        inside = map(self.elevation_changed, self.account.tree.elevations_of[project.id])
        return max(project_created(self._seed, project), self._edit(project.id).changed_at, *inside)

    def _created(self, elevation: Elevation) -> int:
        return elevation_created(self._seed, elevation, self.account.tree.projects[elevation.project])

    def _age(self, elevation: Elevation) -> Age:
        return age(self._seed, elevation, self._created(elevation), self.account.change_days, self.now)
