"""Which releases run here?"""

import platform
import tomllib
from functools import cache
from importlib.metadata import version

import django
from django.conf import settings


@cache
def versions() -> dict[str, str]:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return {
        "Freshet": project["version"],
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "Celery": version("celery"),
    }
