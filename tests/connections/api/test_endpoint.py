"""What every address has in common: both spellings, JSON for what is not there, nothing kept by strangers."""

import pytest

from connections.models import Connection
from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["/api/", "/api", "/api/nowhere", "/api/connections/7", "/api/jobs/x/retry"])
def test_what_does_not_exist_says_so_in_json(callers: dict[str, Caller], method: str, path: str) -> None:
    for name in ("alice", "read token"):
        answer = callers[name].ask(method, path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such address."})
    assert callers["nobody"].ask(method, path).status_code == 401


def test_what_cannot_be_done_there_says_so(api: Caller, connection: Connection) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        assert api.ask(method, "/api/connections/").status_code == 405


def test_nobody_on_the_way_keeps_an_answer(api: Caller) -> None:
    assert "private" in api.get("/api/connections/")["Cache-Control"]
