"""The picture of an elevation: only pictures, only for those who may, and only once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.models import Connection, Workspace
from projects.models import ElevationThumbnail
from tests.fixtures.synced import make_connection
from tests.fixtures.windows import SEEN_AT, plant, png

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def windows(workspace: Workspace) -> Connection:
    connection = make_connection(workspace, "Windows")
    plant(connection)
    return connection


@pytest.fixture
def address(windows: Connection) -> str:
    return reverse("thumbnail", args=[windows.pk, "e1"])


def test_it_is_a_picture_that_one_browser_may_keep(alice: User, address: str, signed_in: SignIn) -> None:
    answer = signed_in(alice).get(address)
    assert (answer.status_code, answer.content) == (200, png())
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-cache"


def test_it_is_sent_again_only_when_it_is_another(alice: User, address: str, signed_in: SignIn) -> None:
    client = signed_in(alice)
    etag = client.get(address)["ETag"]
    with CaptureQueriesContext(database) as asked:
        again = client.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert not any('"image"' in query["sql"] for query in asked)
    ElevationThumbnail.objects.update(image=png(2, 2), changed_at=SEEN_AT + timedelta(hours=1))
    other = client.get(address, headers={"if-none-match": etag})
    assert (other.status_code, other.content) == (200, png(2, 2))
    assert other["ETag"] != etag


@pytest.mark.parametrize(
    "image", [b"", b"<svg onload=alert(1)>", b"GIF89a", b"<html>", png()[1:]], ids=["none", "svg", "gif", "html", "cut"]
)
def test_what_is_no_picture_is_not_sent(image: bytes, alice: User, address: str, signed_in: SignIn) -> None:
    ElevationThumbnail.objects.update(image=image)
    answer = signed_in(alice).get(address)
    assert answer.status_code == 404
    assert not image or image not in answer.content


def test_a_stranger_gets_none(alice: User, charlie: User, windows: Connection, address: str, signed_in: SignIn) -> None:
    etag = signed_in(alice).get(address)["ETag"]
    assert signed_in(charlie).get(address).status_code == 404
    assert signed_in(charlie).get(address, headers={"if-none-match": etag}).status_code == 404
    assert Client().get(address).status_code == 302
    assert signed_in(alice).get(reverse("thumbnail", args=[windows.pk, "e9"])).status_code == 404
