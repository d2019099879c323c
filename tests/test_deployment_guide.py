"""docs/deploy.md: what somebody follows who deploys has to be true word for word."""

import re

import pytest
from django.core.management import get_commands

from config import startup
from tests.fixtures.deployment import ROOT, app

pytestmark = pytest.mark.once

GUIDE = (ROOT / "docs" / "deploy.md").read_text()


def section(title: str) -> str:
    """What stands below a heading, up to the next one of its rank."""
    marks, rest = re.search(rf"^(#+) {re.escape(title)}$(.*)", GUIDE, re.MULTILINE | re.DOTALL).groups()  # type: ignore[union-attr]
    found: str = re.split(rf"^#{{1,{len(marks)}}} ", rest, flags=re.MULTILINE)[0]
    return found


@pytest.mark.spec("L48")
def test_the_lines_to_look_for_are_those_that_are_logged() -> None:
    said = section("Verify")
    source = (ROOT / "config" / "startup.py").read_text()
    for line in (startup.WORKER_LINE, startup.BEAT_LINE):
        assert line % 27 in said
    for line in (
        "Starting smart sync scheduler task",
        "Background sync is enabled",
        "Background sync is disabled, skipping Celery services",
    ):
        assert f"\n{line}\n" in said
        assert f'log.info("{line}")' in source
    for place in (
        "/ui/sync-intervals",
        "/ops/",
        "/readyz",
        "manage.py doctor",
        "manage.py workers",
        "LLEN freshet:sync",
    ):
        assert place in said


@pytest.mark.spec("L31", "L32", "L33", "L34")
def test_the_checklist_names_what_stands_in_the_specification() -> None:
    steps = re.findall(r"^(\d)\. \*\*(\w+)\*\*: (.+(?:\n   .+)*)", section("Turn background sync on"), re.MULTILINE)
    assert [title for _, title, _ in steps] == ["Broker", "Switch", "Address", "Size"]
    broker, switch, address, size = (text for _, _, text in steps)
    assert all(words in broker for words in ("Valkey", "db-s-dev-database", "$7", "$15"))
    assert '`BACKGROUND_SYNC_ENABLED: "true"`' in switch
    enabled = app("app.yaml", enabled=True)
    (url,) = [each["value"] for each in enabled["envs"] if each["key"] == "REDIS_URL"]
    assert f"`{url}`" in address
    assert f"`{enabled['services'][0]['instance_size_slug']}` (512 MB, $5)" in size
    assert f"`{enabled['workers'][0]['instance_size_slug']}` (1 GB, $12)" in size
    comments = (ROOT / ".do" / "app.yaml").read_text()
    assert re.findall(r"## Enable (\d)", comments) == ["2", "3", "4", "1"]  # in the order of the file


def test_an_update_keeps_the_secrets_that_were_set_by_hand() -> None:
    """An update replaces the whole specification: the file as shipped has no value of a secret, and would take them."""
    secrets = [each["key"] for each in app("app.yaml")["envs"] if each.get("type") == "SECRET"]
    assert secrets == ["SECRET_KEY", "TOKEN_ENCRYPTION_KEYS"]
    assert not [each for each in app("app.yaml")["envs"] if each["key"] in secrets and "value" in each]
    said = section("Change the specification later")
    assert all(f"`{name}`" in said for name in secrets)
    get, update = said.index("doctl apps spec get APP > app.yaml"), said.index("doctl apps update APP --spec app.yaml")
    assert get < said.index("EV[") < update
    assert "a copy" in said
    assert "doctl apps update APP --spec .do/app.yaml" not in GUIDE
    assert "(#change-the-specification-later)" in section("Turn background sync on")


@pytest.mark.spec("L34", "L45")
def test_each_monthly_sum_is_one() -> None:
    rows = re.findall(r"^\| ([a-z].+) \|$", section("Turn background sync on"), re.MULTILINE)[1:]
    assert len(rows) == 3
    for row in rows:
        *parts, together = [[int(price) for price in re.findall(r"\$(\d+)", cell)] for cell in row.split("|")[1:]]
        least, most = (sum(pick(part) for part in parts if part) for pick in (min, max))
        assert together == sorted({least, most})
    assert "adds $14 a month, or about $22 with a managed broker" in section("Turn background sync on")
    assert "To keep it low" in section("Turn background sync on")


@pytest.mark.spec("L38", "L46")
def test_the_roll_out_goes_from_long_intervals_to_tuned_ones() -> None:
    said = section("Roll it out in steps")
    steps = re.findall(r"^\d\. \*\*(\w+)\*\*", said, re.MULTILINE)
    assert steps == ["Infrastructure", "Trial", "Production", "Tuning"]
    assert said.index("leave the switch off") < said.index("4 hours\n   (240 minutes)") < said.index("48 hours")
    assert "Each step is configuration alone" in said


@pytest.mark.spec("L47")
def test_it_helps_to_decide() -> None:
    for question in ("Enable it if", "Wait if", "Middle ground"):
        assert f"**{question}**" in section("Should you?")


def test_what_to_watch_is_all_there() -> None:
    for what in ("Memory", "The broker", "Conflicts with manual syncs", "Cost"):
        assert f"- **{what}**" in section("What to watch")


def test_every_command_that_is_named_is_there() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", GUIDE))
    assert named >= {"create_owner", "migrate", "workers", "doctor", "enqueue_due"}
    assert named - get_commands().keys() == set()


def test_the_way_without_a_broker_is_described() -> None:
    said = section("HTTP cron, without a broker")
    for words in ("BACKGROUND_SYNC_ENABLED=false", "CRON_TOKENS", "curl -fsS -X POST", "Authorization: Bearer"):
        assert words in said
    for path in ("/api/admin/smart_sync", "/api/admin/sync_status"):
        assert path in said


@pytest.mark.spec("C14")
def test_pools_that_crash_elsewhere_are_named() -> None:
    said = section("Several machines")
    assert "On macOS" in said
    assert "`--pool threads` or `--pool solo`" in said
