"""The commands of docs/using.md do what the page says."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import requests
from celery.schedules import crontab
from django.core.management import get_commands
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from connections.models import ApiToken, Connection
from projects.models import CreatorProject
from syncing.models import ConnectionSync, SyncJob
from tests.fixtures.creators import fill_sheet, sheet_row
from tests.fixtures.synced import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
FOLDER = Path(__file__).parents[1]
PAGE = (FOLDER / "docs" / "using.md").read_text()


def recipes(words: str) -> list[str]:
    """The lines of the first block below the sentence that begins like this."""
    block = PAGE.partition(words)[2].partition("```sh\n")[2].partition("```")[0]
    return block.replace("\\\n", " ").strip().splitlines()


class Shell:
    """As much of sh, curl and jq as the page uses, so that neither of them has to be installed."""

    def __init__(self, **variables: str) -> None:
        self.variables = variables

    def run(self, line: str) -> Any:
        call, _, jq = line.partition(" | jq ")
        words = shlex.split(re.sub(r"\$(\w+)", lambda name: self.variables[name[1]], call))
        assert words.pop(0) == "curl"
        method, headers, data, url = "GET", {}, None, ""
        while words:
            word = words.pop(0)
            if word == "-X":
                method = words.pop(0)
            elif word == "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            elif word == "-d":
                data = words.pop(0)
            elif word != "-s":
                url = word
        answer = requests.request(method, url, headers=headers, data=data, timeout=10)
        assert answer.ok, answer.text
        found = json.loads(answer.text)
        return found[jq.strip("'").removeprefix(".")] if jq else found


@pytest.fixture
def shell(live_server: LiveServer, synced: Connection) -> Shell:
    now = timezone.now()
    _, text = ApiToken.issue(synced.workspace, "recipes", ApiToken.Scope.TRIGGER, now=now)
    return Shell(FRESHET=live_server.url, TOKEN=text, ID=str(synced.pk))


@pytest.fixture
def sheet(synced: Connection) -> Connection:
    """One that is paused, which is said at once."""
    sheet = make_connection(synced.workspace, "Creators", paused=True)
    Connection.objects.filter(pk=sheet.pk).update(provider="google_sheets")
    fill_sheet(sheet, timezone.now(), sheet_row())
    return sheet


def frequency(connection: Connection) -> str:
    return ConnectionSync.objects.get(connection=connection).sync_frequency


@pytest.mark.spec("A102")
def test_enable_trigger_check_and_pause(shell: Shell, synced: Connection) -> None:
    (listed,) = map(shell.run, recipes("List the connections"))
    assert [each["id"] for each in listed] == [str(synced.pk)]
    (enabled,) = map(shell.run, recipes("Enable realtime sync"))
    assert (enabled["sync_frequency"], frequency(synced)) == ("realtime", "realtime")
    (triggered,) = map(shell.run, recipes("Trigger a sync"))
    assert triggered["status"] == "queued"
    assert SyncJob.objects.active().filter(pk=triggered["job_id"]).exists()
    (status,) = map(shell.run, recipes("Look how far it is"))
    assert status["sync_status"] == "queued"
    changed, completed = map(shell.run, recipes("Check whether data is fresh"))
    assert changed.endswith("Z")
    assert completed > changed
    (paused,) = map(shell.run, recipes("Take it off the schedule"))
    assert (paused["sync_frequency"], frequency(synced)) == ("manual", "manual")


def test_the_other_recipes_answer(shell: Shell) -> None:
    objects, numbers = map(shell.run, recipes("Read only the objects"))
    assert objects["job_id"]
    assert numbers["job_id"]
    (jobs,) = map(shell.run, recipes("The jobs, newest first"))
    assert objects["job_id"] in [job["id"] for job in jobs]
    coverage, changes = map(shell.run, recipes("Whether a day is missing"))
    assert {each["stream"] for each in coverage} > {"account_metrics", "ad_metrics"}
    assert changes == []


@pytest.mark.spec("A97", "A98", "A100", "A101", "A105")
def test_every_audience_finds_what_it_looks_for() -> None:
    named = set(re.findall(r"manage\.py (\w+)", PAGE))
    assert named - set(get_commands()) == set()
    operators = PAGE.partition("## For operators")[2]
    assert {"workers", "sync_status"} <= set(re.findall(r"manage\.py (\w+)", operators))
    assert all(part in operators for part in ("`celery.beat`", "`syncing.*`", "`gunicorn.*`"))
    assert "Is the frequency manual?" in operators.partition("### When nothing is enqueued")[2]
    fails = operators.partition("### When a sync fails")[2].partition("###")[0]
    assert all(part in fails for part in ("`last_sync_error`", "what to do", "worker's log"))
    assert "--pool threads" in PAGE.partition("On macOS")[2]
    deploy = (FOLDER / "docs" / "deploy.md").read_text()
    worker = "celery --quiet -A config worker"
    commands = ("manage.py migrate", "manage.py collectstatic", "gunicorn", worker, "/readyz")
    assert all(command in deploy for command in commands)


@pytest.mark.spec("V43", "V44")
def test_when_numbers_of_creators_do_not_come_the_guide_says_where_to_look() -> None:
    said = PAGE.partition("### Creators")[2].partition("###")[0].partition("When numbers do not come:")[2]
    nothing, same, snapshots = said.split("\n- ")[1:]
    assert all(words in nothing for words in ("the log", "service\n  account", "`sync-now` by hand", "Redis"))
    assert all(words in same for words in ("The sheet may say more", "locked", "its address"))
    assert "the workspace's time zone" in snapshots


@pytest.mark.spec("A103")
def test_there_is_a_guide_for_each_audience() -> None:
    assert re.findall(r"^## (For \w+)", PAGE, re.MULTILINE) == ["For people", "For developers", "For operators"]
    assert "# One sync, from button to row" in (FOLDER / "docs" / "architecture.md").read_text()
    assert "# Deploying Freshet" in (FOLDER / "docs" / "deploy.md").read_text()
    assert re.search(r"^## .+ - \d{4}-\d\d-\d\d$", (FOLDER / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.spec("V15", "V47")
def test_creators_projects_by_cron(shell: Shell, sheet: Connection, settings: Any) -> None:
    settings.CRON_TOKENS = ["a-cron-token-of-the-tests"]
    project = CreatorProject.objects.get()
    shell.variables |= {"CRON_TOKEN": settings.CRON_TOKENS[0], "PROJECT": str(project.uuid)}
    everything, one, status = map(shell.run, recipes("Call it by hand"))
    assert [each["project_id"] for each in everything["results"]] == [str(project.uuid)]
    assert [each["project_name"] for each in one["results"]] == ["Spring"]
    assert (status["total_projects"], status["active_projects"]) == (1, 1)
    for paced in ("*/30 * * * *", "0 * * * *", "0 */2 * * *"):
        assert paced in PAGE
        crontab.from_string(paced)
