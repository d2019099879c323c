"""manage.py create_token: a token for a program, shown once."""

import pytest
from django.core.management import CommandError, call_command

from connections.models import ApiToken, AuditEvent, Workspace
from tests.fixtures.api import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def create(workspace: Workspace, capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> tuple[str, str]:
        call_command("create_token", *words)
        said = capsys.readouterr()
        return said.out, said.err

    return run


def test_the_text_alone_is_printed_and_opens_the_api(create) -> None:
    said, told = create("My program", "--scope", "trigger")
    text = said.removesuffix("\n")
    answer = make_client().get("/api/connections/", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    token = ApiToken.objects.get()
    assert (token.name, token.scope, token.workspace.name) == ("My program", "trigger", "Alpine Outfitters")
    assert text not in told
    assert f"number {token.pk}" in told


def test_it_is_written_down_without_the_text(create) -> None:
    said, _ = create("My program")
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.after) == ("create_token", "token made", {"scope": "read"})
    assert said.strip() not in str(AuditEvent.objects.values().get())


def test_of_several_workspaces_one_is_named(create, strange_workspace: Workspace) -> None:
    with pytest.raises(CommandError, match="several workspaces to choose from: name one by --workspace"):
        create("x")
    with pytest.raises(CommandError, match=r"There is no such workspace: .*Known are: Alpine Outfitters \("):
        create("x", "--workspace", "Nowhere")
    create("x", "--workspace", strange_workspace.name)
    assert ApiToken.objects.get().workspace == strange_workspace


@pytest.mark.parametrize("words", [("",), (" ",), ("x" * 101,), ("x", "--scope", "root")])
def test_what_makes_no_sense_is_refused(create, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        create(*words)
    assert not ApiToken.objects.exists()


def test_there_has_to_be_a_workspace() -> None:
    with pytest.raises(CommandError, match="create_owner EMAIL makes one"):
        call_command("create_token", "x")
