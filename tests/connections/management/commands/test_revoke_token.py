"""manage.py revoke_token: list the tokens, take one back."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from connections.models import ApiToken, AuditEvent, Workspace
from tests.fixtures.api import make_client

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def revoke(capsys: pytest.CaptureFixture[str]):
    def run(*words: object) -> str:
        call_command("revoke_token", *words)
        return capsys.readouterr().out

    return run


def test_a_revoked_token_opens_nothing_and_the_other_still_does(revoke, workspace: Workspace) -> None:
    first, text = ApiToken.issue(workspace, "Reports", "read", now=NOW)
    _, other = ApiToken.issue(workspace, "Other", "read", now=NOW)
    assert revoke(first.pk) == "Reports opens nothing any more.\n"
    asked = [make_client().get("/api/jobs/", headers={"Authorization": f"Bearer {each}"}) for each in (text, other)]
    assert [answer.status_code for answer in asked] == [401, 200]
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target_name) == ("revoke_token", "token revoked", "Reports (read)")
    with pytest.raises(CommandError, match="Reports was revoked already"):
        revoke(first.pk)
    assert AuditEvent.objects.count() == 1


def test_the_list_names_all_and_shows_no_text(revoke, workspace: Workspace) -> None:
    first, text = ApiToken.issue(workspace, "Reports", "read", now=NOW)
    second, _ = ApiToken.issue(workspace, "Robot", "admin", now=NOW)
    third, _ = ApiToken.issue(workspace, "Old", "trigger", now=NOW)
    second.note_use(NOW)
    third.revoke(NOW)
    said = revoke()
    assert said.splitlines() == [
        f"{first.pk:>4}  read    Reports, Alpine Outfitters: never used",
        f"{second.pk:>4}  admin   Robot, Alpine Outfitters: last used 2026-03-20 12:00",
        f"{third.pk:>4}  trigger Old, Alpine Outfitters: revoked 2026-03-20 12:00",
    ]
    assert text not in said
    assert first.sha256 not in said


def test_an_unknown_number_is_refused(revoke, db: None) -> None:
    with pytest.raises(CommandError, match="There is no token 7"):
        revoke(7)
