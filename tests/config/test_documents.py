"""The schema and the page to try it are for those whom we know."""

import pytest

from tests.fixtures.api import Caller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["vera", "read token", "charlie"])
def test_whoever_we_know_sees_them(callers: dict[str, Caller], name: str) -> None:
    for end in ("", "/"):
        schema = callers[name].get(f"/api/schema{end}")
        assert (schema.status_code, schema.json()["info"]["title"]) == (200, "Freshet")
        page = callers[name].get(f"/api/docs{end}")
        assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "<style" not in page.content.decode()


def test_others_do_not(callers: dict[str, Caller]) -> None:
    assert callers["nobody"].get("/api/schema/").status_code == 401
    for query in ("", "?script="):
        page = callers["nobody"].get(f"/api/docs/{query}")
        assert (page.status_code, page["Location"].partition("?")[0]) == (302, "/sign-in/")


def test_the_script_comes_apart_from_the_page(callers: dict[str, Caller]) -> None:
    script = callers["vera"].get("/api/docs/?script=")
    assert (script.status_code, script["Content-Type"]) == (200, "application/javascript")
    assert b"SwaggerUIBundle" in script.content
