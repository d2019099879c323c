"""The specifications for DigitalOcean against what its App Platform takes: keys, sizes, words, nothing deprecated."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fixtures.deployment import ROOT, app

pytestmark = pytest.mark.once

SPECS = ("app.yaml", "deploy.template.yaml")
SOURCES = {"github": {"repo", "branch", "deploy_on_push"}, "git": {"repo_clone_url", "branch"}}
COMPONENT = set("name dockerfile_path source_dir run_command envs instance_size_slug alerts".split()) | {
    *SOURCES,
    "log_destinations",
    "termination",
}
RUNNING = COMPONENT | {"instance_count", "autoscaling", "liveness_health_check"}
KEYS = {
    "app": set(
        "name region services workers jobs static_sites functions databases domains envs alerts ingress egress features"
        " maintenance vpc".split()
    ),
    "services": RUNNING | {"http_port", "internal_ports", "health_check"},
    "workers": RUNNING,
    "jobs": COMPONENT | {"kind", "schedule", "timeout"},
    "databases": set("name engine version production cluster_name db_name db_user".split()),
    "envs": {"key", "value", "scope", "type"},
    "alerts": {"rule", "operator", "value", "window", "disabled"},
    "health_check": {"http_path", "port", "success_threshold", "failure_threshold"}
    | {f"{what}_seconds" for what in ("initial_delay", "period", "timeout")},
    "termination": {"grace_period_seconds", "drain_seconds"},
    **SOURCES,
}
"""`routes` of a service, `size` and `num_nodes` of a database are deprecated."""
WORDS = {
    "kind": set("PRE_DEPLOY POST_DEPLOY FAILED_DEPLOY SCHEDULED".split()),
    "scope": {"RUN_TIME", "BUILD_TIME", "RUN_AND_BUILD_TIME"},
    "type": {"GENERAL", "SECRET"},
    "engine": {"PG", "MYSQL", "MONGODB", "KAFKA", "OPENSEARCH", "VALKEY"},  # REDIS has come to its end there
    "instance_size_slug": {f"apps-s-1vcpu-{memory}" for memory in ("0.5gb", "1gb-fixed", "1gb", "2gb")}
    | {"apps-s-2vcpu-4gb"}
    | {f"apps-d-1vcpu-{memory}" for memory in ("0.5gb", "1gb", "2gb", "4gb")}
    | {"apps-d-2vcpu-4gb"},
    "operator": {"GREATER_THAN", "LESS_THAN"},
    "window": {"FIVE_MINUTES", "TEN_MINUTES", "THIRTY_MINUTES", "ONE_HOUR"},
}
RULES = {
    "app": {
        f"{what}_{how}"
        for what, hows in {"DEPLOYMENT": "FAILED LIVE STARTED CANCELED", "DOMAIN": "FAILED LIVE"}.items()
        for how in hows.split()
    },
    "component": set(
        "CPU_UTILIZATION MEM_UTILIZATION RESTART_COUNT REQUESTS_PER_SECOND REQUEST_DURATION_P95_MS"
        " JOB_INVOCATION_FAILED".split()
    ),
}
RANGES = {"instance_count": (1, 250), "grace_period_seconds": (1, 600), "http_port": (1, 65535)}
OF_A_DATABASE = set("DATABASE_URL HOSTNAME PORT USERNAME PASSWORD DATABASE CA_CERT".split())
OF_THE_APP = {"APP_URL", "APP_DOMAIN", "_self.PUBLIC_URL"}


def problems(spec: dict[str, Any]) -> list[str]:
    return [
        *unknown("app", spec),
        *wrong_words(spec),
        *wrong_references(spec),
        *wrong_databases(spec),
        *wrong_rules(spec),
        *wrong_ingress(spec),
    ]


def unknown(kind: str, part: Any) -> Iterator[str]:
    """Keys that are not in the table, all the way down."""
    for each in part if isinstance(part, list) else [part]:
        yield from (f"{kind} has no {key}" for key in each.keys() - KEYS[kind])
        for key, value in each.items():
            if key in KEYS:
                yield from unknown(key, value)


def leaves(part: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, list | dict):
        for name, value in part.items() if isinstance(part, dict) else [(key, value) for value in part]:
            yield from leaves(value, name)
    else:
        yield key, part


def wrong_words(spec: dict[str, Any]) -> Iterator[str]:
    for key, value in leaves(spec):
        if key in WORDS and value not in WORDS[key]:
            yield f"{key} may not be {value}"
        if key in RANGES and not RANGES[key][0] <= value <= RANGES[key][1]:
            yield f"{key} may not be {value}"
    for variable in [each for kind in ("services", "workers", "jobs") for each in envs(spec, kind)]:
        if not isinstance(variable.get("value", ""), str):
            yield f"{variable['key']} has to be in quotes"


def envs(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for part in (spec, *spec.get(kind, [])) for each in part.get("envs", [])]


def wrong_references(spec: dict[str, Any]) -> Iterator[str]:
    databases = {each["name"] for each in spec.get("databases", [])}
    known = OF_THE_APP | {f"{name}.{value}" for name in databases for value in OF_A_DATABASE}
    for _, value in leaves(spec):
        yield from (
            f"nothing is called {name}" for name in re.findall(r"\$\{([^}]+)\}", str(value)) if name not in known
        )


def wrong_databases(spec: dict[str, Any]) -> Iterator[str]:
    for each in spec.get("databases", []):
        if each.get("production") and "cluster_name" not in each:
            yield f"{each['name']} needs a cluster_name"
        if not each.get("production") and each["engine"] not in ("PG", "VALKEY"):
            yield f"{each['engine']} is not there for development"


def wrong_rules(spec: dict[str, Any]) -> Iterator[str]:
    yield from (f"an app has no {each['rule']}" for each in spec.get("alerts", []) if each["rule"] not in RULES["app"])
    for component in [each for kind in ("services", "workers", "jobs") for each in spec.get(kind, [])]:
        for alert in component.get("alerts", []):
            if alert["rule"] not in RULES["component"] or not {"operator", "value", "window"} <= alert.keys():
                yield f"{alert['rule']} of {component['name']} is not whole"


def wrong_ingress(spec: dict[str, Any]) -> Iterator[str]:
    names = {each["name"] for each in spec["services"]}
    for rule in spec["ingress"]["rules"]:
        if rule.keys() != {"component", "match"} or rule["component"]["name"] not in names:
            yield "a rule leads nowhere"
        if not rule["match"]["path"]["prefix"].startswith("/"):
            yield "a path begins with /"


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("enabled", [False, True], ids=["shipped", "enabled"])
def test_the_platform_takes_it(name: str, enabled: bool) -> None:
    assert problems(app(name, enabled=enabled)) == []


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path.split(".")

    def change(spec: dict[str, Any]) -> None:
        part: Any = spec
        for step in way:
            part = part[int(step)] if step.isdecimal() else part[step]
        part[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (put("services.0.routes", [{"path": "/"}]), "services has no routes"),
        (put("databases.0.size", "db-s-dev-database"), "databases has no size"),
        (put("databases.0.num_nodes", 1), "databases has no num_nodes"),
        (put("databases.1.engine", "REDIS"), "engine may not be REDIS"),
        (put("databases.1.production", True), "cache needs a cluster_name"),
        (put("databases.1.name", "logikal-redis"), "nothing is called cache.DATABASE_URL"),
        (put("services.0.instance_size_slug", "basic-xxs"), "instance_size_slug may not be basic-xxs"),
        (put("services.0.health_check.path", "/"), "health_check has no path"),
        (put("services.0.git", {"url": "x"}), "git has no url"),
        (put("services.0.name", "site"), "a rule leads nowhere"),
        (put("workers.1.instance_count", 0), "instance_count may not be 0"),
        (put("workers.0.termination.grace_period_seconds", 900), "grace_period_seconds may not be 900"),
        (put("jobs.0.kind", "BEFORE"), "kind may not be BEFORE"),
        (put("envs.0.type", "PLAIN"), "type may not be PLAIN"),
        (put("envs.6.value", False), "BACKGROUND_SYNC_ENABLED has to be in quotes"),
        (put("alerts.0.rule", "FAILED"), "an app has no FAILED"),
        (put("services.0.alerts.0.rule", "MEMORY"), "MEMORY of web is not whole"),
    ],
    ids=lambda each: each.replace(" ", "-") if isinstance(each, str) else "",
)
def test_what_it_would_not_take_is_found(change: Callable[[dict[str, Any]], None], problem: str) -> None:
    spec = copy.deepcopy(app("app.yaml", enabled=True))
    change(spec)
    assert problem in problems(spec)


@pytest.mark.spec("L2", "L6", "L32", "L33", "C15")
@pytest.mark.parametrize("name", SPECS)
def test_background_sync_is_off_and_all_that_it_takes_stands_there_in_comments(name: str) -> None:
    shipped, enabled = app(name), app(name, enabled=True)
    values = {each["key"]: each.get("value") for each in shipped["envs"]}
    assert values["BACKGROUND_SYNC_ENABLED"] == "false"
    assert "REDIS_URL" not in values
    assert "workers" not in shipped
    assert [each["name"] for each in shipped["databases"]] == ["db"]

    assert [each["name"] for each in enabled["databases"]] == ["db", "cache"]
    assert enabled["databases"][1] == {"name": "cache", "engine": "VALKEY", "production": False}
    (url,) = [each["value"] for each in enabled["envs"] if each["key"] == "REDIS_URL"]
    assert url == "${cache.DATABASE_URL}"
    assert "Optional: Redis for Celery" in (ROOT / ".do" / name).read_text()


@pytest.mark.spec("C12")
@pytest.mark.parametrize("name", SPECS)
def test_there_is_one_service_one_job_before_each_release_and_never_a_second_beat(name: str) -> None:
    spec = app(name, enabled=True)
    assert [each["name"] for each in spec["services"]] == ["web"]
    assert [(each["name"], each["kind"]) for each in spec["jobs"]] == [("migrate", "PRE_DEPLOY")]
    _, beat = spec["workers"]
    assert (beat["name"], beat["instance_count"]) == ("beat", 1)
    assert "autoscaling" not in beat
    assert spec["services"][0]["health_check"]["http_path"] == "/healthz"  # /readyz would end it with its broker
    assert {each["dockerfile_path"] for kind in ("services", "jobs", "workers") for each in spec[kind]} == {
        "Dockerfile"
    }


@pytest.mark.parametrize("enabled", [False, True], ids=["shipped", "enabled"])
def test_the_button_makes_the_same_from_a_public_repository(enabled: bool) -> None:
    own, public = app("app.yaml", enabled=enabled), app("deploy.template.yaml", enabled=enabled)
    for kind in ("services", "jobs", "workers"):
        for each in own.get(kind, []):
            each["git"] = {"repo_clone_url": f"https://github.com/{each.pop('github')['repo']}.git", "branch": "main"}
    assert public == own
