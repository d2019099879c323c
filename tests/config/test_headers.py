"""Where the site has HTTPS, cookies stay on it and browsers are told to."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.config.installation import PRODUCTION, ROOT

pytestmark = pytest.mark.once
STRICT = {
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_AGE": 12 * 3600,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_SSL_REDIRECT": True,
    "PROXIES_IN_FRONT": 0,
    "ADMIN_PATH": "admin",
}


def settings_of(folder: Path, **more: str) -> dict[str, Any]:
    """As a process of production has them."""
    own = {"ENV_FILE": "/dev/null", "VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/x.sqlite3"}
    environment = PRODUCTION | own | {"REDIS_URL": "redis://cache.example.com:6379/0"} | more
    code = (
        f"import json; from config import settings; print(json.dumps({{n: getattr(settings, n) for n in {[*STRICT]}}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_production_is_strict_by_default(tmp_path: Path) -> None:
    assert settings_of(tmp_path) == STRICT


@pytest.mark.parametrize(("asked", "path"), [("/back-office/", "back-office"), ("/", "admin"), ("", "admin")])
def test_the_admin_may_be_somewhere_else(tmp_path: Path, asked: str, path: str) -> None:
    assert settings_of(tmp_path, ADMIN_PATH=asked)["ADMIN_PATH"] == path
