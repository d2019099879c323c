"""The deployment files: valid, alike, without a secret, and with what each process needs and no more."""

import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from config import startup
from config.environment import KEYLESS, REQUIRED
from tests.fixtures.deployment import (
    DOT_ENV,
    ROOT,
    Missing,
    Noted,
    app,
    compose,
    fill_in,
    procfile,
    started,
    started_web,
    words,
)

pytestmark = pytest.mark.once

SPECS = ("app.yaml", "deploy.template.yaml")
ROLES = ("migrate", "web", "worker", "beat")
UNUSED_PORT = 1


def settings_start(environment: dict[str, str]) -> str:
    """The sentence with which a process of this environment ends, or nothing."""
    given = {"ENV_FILE": "/dev/null", **environment}
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(command, cwd=ROOT, env=given, check=False, capture_output=True, text=True, timeout=60)
    return done.stderr.rpartition("ImproperlyConfigured: ")[2].strip() if done.returncode else ""


# Commands: one set, wherever they stand


def lean() -> dict[str, list[str]]:
    """The roles of the lean profile, each in a process of its own: Beat has left the worker."""
    (worker,) = started("lean").values()
    return {"worker": [word for word in worker if word != "--with-beat"], "beat": started("full")["Beat"]}


def test_what_startup_runs_is_what_this_page_compares_with() -> None:
    """Or all comparisons below could hold between empty lists."""
    assert "--with-beat" in started("lean")["worker"]
    assert lean()["worker"][:6] == ["-m", "celery", "--quiet", "-A", "config", "worker"]
    assert lean()["beat"] == "-m celery --quiet -A config beat --pidfile=".split()
    assert started_web(UNUSED_PORT)[:4] == ["-m", "gunicorn", "config.wsgi", "--bind"]


def web_on(port: int) -> list[str]:
    """What startup would run on that port."""
    return [word.replace(f":{UNUSED_PORT}", f":{port}") for word in started_web(UNUSED_PORT)]


@pytest.mark.spec("A90", "A91", "A92")
def test_compose_runs_what_startup_runs() -> None:
    services = compose()["services"]
    assert words(services["worker"]["command"]) == lean()["worker"]
    assert words(services["beat"]["command"]) == lean()["beat"]
    assert words(services["web"]["command"]) == web_on(8000)
    assert words(services["sandbox"]["command"]) == image_command()


def test_the_procfile_runs_what_startup_runs() -> None:
    found = procfile()
    assert list(found) == ["release", "web", "worker", "beat"]
    assert words(found["worker"]) == lean()["worker"]
    assert words(found["beat"]) == lean()["beat"]
    assert words(procfile(PORT="5000")["web"]) == web_on(5000)
    assert words(found["web"]) == web_on(8000)
    assert words(found["release"]) == words(compose()["services"]["migrate"]["command"])


@pytest.mark.parametrize("name", SPECS)
def test_digitalocean_runs_what_startup_runs(name: str) -> None:
    (shipped,) = app(name)["services"]
    assert "run_command" not in shipped  # the image's own, which is config/startup.py
    spec = app(name, enabled=True)
    workers = {worker["name"]: words(worker["run_command"]) for worker in spec["workers"]}
    assert workers == lean()
    (web,), (job,) = spec["services"], spec["jobs"]
    assert words(web["run_command"]) == web_on(web["http_port"])
    assert f"EXPOSE {web['http_port']}" in image_lines()  # where startup listens, whatever the platform says of ports
    assert words(job["run_command"]) == words(compose()["services"]["migrate"]["command"])


def test_the_guide_names_the_commands_of_the_full_profile() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    lines = [words(line) for line in re.findall(r"^\.venv/bin/python -m .+$", guide, re.MULTILINE)]
    assert lines == [web_on(8000), *started("full").values()]


def image_lines() -> list[str]:
    text = (ROOT / "Dockerfile").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [line.strip() for line in code.replace("\\\n", " ").splitlines() if line.strip()]


def image_command() -> list[str]:
    (found,) = [line for line in image_lines() if line.startswith("CMD ")]
    return words(shlex.join(re.findall(r'"([^"]+)"', found)))


def test_the_image_ends_as_the_run_command_does() -> None:
    last = (ROOT / "bin" / "run").read_text().splitlines()[-1]
    assert words(last.removeprefix("exec ").removesuffix(' "$@"')) == image_command()


# The image


def test_static_files_are_collected_where_they_may_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the image they may not: they belong to root, who made them, and no process there is root."""
    for folder, expected in ((tmp_path, ["collectstatic"]), (tmp_path / "nobody may write here", [])):
        noted = Noted()
        monkeypatch.setattr(startup, "STATIC_DIR", folder)
        startup._collect_static(noted)  # type: ignore[arg-type]
        assert list(noted.commands) == expected


def test_the_image_is_made_of_what_is_locked_and_runs_without_rights() -> None:
    lines = image_lines()
    assert [line.split()[1] for line in lines if line.startswith("FROM ")] == ["python:3.11-slim-bookworm"] * 2
    (install,) = [line for line in lines if "pip install" in line]
    assert {"--require-hashes", "--only-binary"} <= set(install.split())
    assert install.endswith("requirements.txt")
    (user,) = [at for at, line in enumerate(lines) if line == "USER freshet"]
    assert all(not line.startswith(("RUN", "COPY", "ADD")) for line in lines[user:])
    assert not any("--chown" in line for line in lines)
    (health,) = [line for line in lines if line.startswith("HEALTHCHECK")]
    assert health.endswith('CMD ["python", "-m", "config.address"]')
    (environment,) = [line for line in lines if "FRESHET_ENV" in line]
    assert {"FRESHET_ENV=production", "HOST=0.0.0.0", "PORT=8000"} <= set(environment.split())
    assert "EXPOSE 8000" in lines


def is_in_the_image(path: str) -> bool:
    """As Docker reads .dockerignore: the last line that fits decides, and what fits a folder fits what is in it."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    places = [path, *map(str, Path(path).parents)]
    ignored = False
    for line in lines:
        pattern = line.removeprefix("!")
        fits = any(fnmatch(place, pattern) or fnmatch(place, pattern.removeprefix("**/")) for place in places)
        if "**/" in pattern:
            fits = pattern.removeprefix("**/") in path.split("/")
        ignored = not line.startswith("!") if fits else ignored
    return not ignored


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *[(f"{name}/x", True) for name in ("config", "connections", "projects", "syncing", "static", "templates")],
        ("manage.py", True),
        ("requirements.txt", True),
        *[(name, False) for name in (".env", ".git/config", ".venv/bin/python", "var/secrets.env", "tests/run.py")],
        *[(name, False) for name in ("docs/deploy.md", "requirements-dev.txt", "config/__pycache__/settings.pyc")],
    ],
)
def test_the_image_holds_the_product_and_nothing_private(path: str, expected: bool) -> None:
    assert is_in_the_image(path) is expected


# Compose


def validated(path: Path) -> int:
    program = Path(sys.executable).with_name("check-jsonschema")
    command: list[Path | str] = [program, "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode


@pytest.mark.spec("L39")
def test_the_compose_file_is_one(tmp_path: Path) -> None:
    assert validated(ROOT / "docker-compose.yml") == 0
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "health_check:"))
    assert validated(wrong) == 1


@pytest.mark.spec("A90", "A91")
def test_the_seeds_limits_hold_and_everything_starts_again() -> None:
    services = compose()["services"]
    limits = {
        name: service["deploy"]["resources"]["limits"] for name, service in services.items() if "deploy" in service
    }
    assert limits == {"worker": {"memory": "256M"}, "beat": {"memory": "128M"}}
    once = {"migrate", "sandbox"}
    assert {services[name]["restart"] for name in services.keys() - once} == {"unless-stopped"}
    assert not any("restart" in services[name] for name in once)


def test_nobody_starts_before_what_it_needs() -> None:
    services = compose()["services"]
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "valkey": {"condition": "service_healthy"},
        }
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("postgres", "valkey"):
        assert services[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert set(compose()["volumes"]) == {"postgres", "sandbox"}


@pytest.mark.parametrize("name", sorted(DOT_ENV))
def test_compose_names_what_is_missing_in_a_sentence(name: str) -> None:
    with pytest.raises(Missing, match=f"{name}: write {name} to .env, "):
        compose({key: text for key, text in DOT_ENV.items() if key != name})


def test_compose_fills_in_what_nobody_wrote() -> None:
    assert fill_in("${A:-x${B:-y}}", {}) == "xy"
    assert fill_in("${A:-x${B:-y}}", {"B": "z"}) == "xz"
    services = compose(DOT_ENV | {"PORT": "9000"})["services"]
    assert services["web"]["ports"] == ["127.0.0.1:9000:8000"]
    assert services["web"]["environment"]["PUBLIC_URL"] == "http://localhost:9000"


@pytest.mark.spec("A90", "A91", "A93")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_it_needs_and_starts_with_it(role: str) -> None:
    service = compose()["services"][role]
    given = {"FRESHET_ENV": "production", **service["environment"]}  # the image sets that one
    assert settings_start(given) == ""
    assert set(KEYLESS if role == "beat" else REQUIRED) <= given.keys()
    if role == "beat":
        assert service["environment"].keys() == {*KEYLESS, "WITHOUT_KEYS"}
        assert "env_file" not in service
    else:
        assert service["env_file"] == [{"path": ".env", "required": False}]  # all that .env.example explains
    assert settings_start({**given, "REDIS_URL": ""}).startswith("Production needs what is not set: REDIS_URL (")


def test_a_stand_in_stays_within_its_container() -> None:
    """Or the logins of a demo could reach a real provider: nothing is shared with the services that hold real ones."""
    services = compose()["services"]
    demo = services["sandbox"]
    assert demo["profiles"] == ["sandbox"]
    assert not demo.keys() & {"network_mode", "env_file", "depends_on", "links"}
    assert demo["environment"].keys() == {"FRESHET_ENV", "PORT", "META_APP_ID", "GOOGLE_DIALOG_URL"}
    asked = (demo["environment"]["META_APP_ID"], demo["environment"]["GOOGLE_DIALOG_URL"])
    assert asked == ("", "none"), "no browser reaches the sign-in page of the stand-in"
    assert demo["volumes"] == ["sandbox:/app/var"]
    assert demo["ports"] == [f"127.0.0.1:{demo['environment']['PORT']}:{demo['environment']['PORT']}"]
    everything = [service.get("environment", {}).keys() for service in services.values()]
    assert not any(name.endswith(("_SANDBOX", "_GRAPH_URL")) for names in everything for name in names)


# Variables


def explained() -> set[str]:
    return set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_variable_that_is_given_is_one_that_is_read() -> None:
    services = compose()["services"]
    named = {name for role in (*ROLES, "sandbox") for name in services[role]["environment"]}
    for spec in SPECS:
        named |= {each["key"] for each in variables(app(spec, enabled=True))}
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Procfile").read_text()
    named |= set(re.findall(r"\$\{(\w+)", text)) - {
        "POSTGRES_PASSWORD"
    }  # the database's, which becomes part of an address
    assert named - explained() == set()


def test_every_variable_that_is_explained_is_one_that_is_read() -> None:
    """Or somebody sets what nobody looks at. The names of a provider's settings are made in its own folder."""
    paths = [
        path for folder in ("config", "connections", "bin") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    source = "\n".join(path.read_text() for path in paths if path.suffix in ("", ".py"))
    assert {name for name in explained() if not re.search(rf"""["']{name}["']""", source)} == {
        "BROWSER_PATH",
        "RECORDINGS_DIR",
    }  # which only the tests read


def variables(spec: dict[str, Any]) -> list[dict[str, Any]]:
    components = [each for kind in ("services", "workers", "jobs") for each in spec.get(kind, [])]
    return [each for part in (spec, *components) for each in part.get("envs", [])]


def environment(spec: dict[str, Any], component: dict[str, Any]) -> dict[str, str]:
    """As the platform gives it, with something in the place of what it fills in, and of what a person has to."""
    known = {
        "${APP_URL}": "https://freshet.example.com",
        "${db.DATABASE_URL}": "postgresql://doadmin:s3cret@db.example.com:25060/defaultdb?sslmode=require",
        "${cache.DATABASE_URL}": "rediss://default:s3cret@cache.example.com:25061",
    }
    given = {each["key"]: each.get("value", DOT_ENV.get(each["key"], "")) for each in spec["envs"]}
    given |= {each["key"]: each["value"] for each in component.get("envs", [])}
    return {name: known.get(text, text) for name, text in given.items()}


@pytest.mark.spec("L2", "L32", "L33", "L46")
@pytest.mark.parametrize("name", SPECS)
def test_every_component_on_digitalocean_starts_with_what_it_is_given(name: str) -> None:
    shipped, enabled = app(name), app(name, enabled=True)
    for component in (*shipped["services"], *shipped["jobs"]):
        given = environment(shipped, component)
        assert given["BACKGROUND_SYNC_ENABLED"] == "false"
        assert settings_start(given) == ""
        without_broker = settings_start(given | {"BACKGROUND_SYNC_ENABLED": "true"})
        assert without_broker.startswith("Production needs what is not set: REDIS_URL (")
    for component in (*enabled["services"], *enabled["jobs"], *enabled["workers"]):
        assert settings_start(environment(enabled, component) | {"BACKGROUND_SYNC_ENABLED": "true"}) == ""


def test_no_secret_stands_in_a_deployment_file() -> None:
    for name in SPECS:
        secrets = [each for each in variables(app(name, enabled=True)) if re.search("SECRET|TOKEN|KEYS$", each["key"])]
        assert {each["key"] for each in secrets} >= {"SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "CRON_TOKENS"}
        wrong = [each for each in secrets if each.get("type") != "SECRET" or "value" in each]
        assert [each["key"] for each in wrong if each["key"] != "WITHOUT_KEYS"] == []
    for name in ("docker-compose.yml", "Dockerfile", "Procfile", ".do/app.yaml", ".do/deploy.template.yaml"):
        assert not re.search(r"[A-Za-z0-9+/_-]{40,}={0,2}(?![\w/.])", re.sub(r"\S+/\S+", "", (ROOT / name).read_text()))
