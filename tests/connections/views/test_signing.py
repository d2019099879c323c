"""Sign in and out: the only page for who is not signed in."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from connections.models import AuditEvent, Workspace
from tests.fixtures.people import PASSWORD

SIGN_IN = reverse("sign_in")


def credentials(person: User, password: str = PASSWORD) -> dict[str, str]:
    return {"username": person.get_username(), "password": password}


@pytest.mark.spec("A50")
def test_the_right_password_leads_to_the_connections(client: Client, alice: User) -> None:
    assert client.post(SIGN_IN, credentials(alice)).headers["Location"] == reverse("overview")
    assert client.get("/").status_code == 200


def test_one_comes_back_to_the_page_one_wanted(client: Client, alice: User) -> None:
    wanted = client.get("/?days=28").headers["Location"]
    assert wanted == f"{SIGN_IN}?next=/%3Fdays%3D28"
    assert client.post(wanted, credentials(alice)).headers["Location"] == "/?days=28"


def test_nobody_is_led_to_another_site(client: Client, alice: User) -> None:
    answer = client.post(f"{SIGN_IN}?next=https://evil.example/", credentials(alice))
    assert answer.headers["Location"] == reverse("overview")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["alice@example.com", "nobody@example.com"], ids=["known", "unknown"])
def test_a_wrong_password_is_answered_in_the_same_words(client: Client, alice: User, name: str) -> None:
    page = client.post(SIGN_IN, {"username": name, "password": "wrong"}).content.decode()
    assert "That email and password do not belong together" in page
    assert "wrong" not in page


@pytest.mark.django_db
def test_an_empty_form_says_what_is_missing(client: Client) -> None:
    assert client.post(SIGN_IN, {}).content.decode().count("This field is required.") == 2


def test_what_was_typed_is_escaped(client: Client, alice: User) -> None:
    page = client.post(SIGN_IN, {"username": '"><script>x</script>', "password": "x"}).content.decode()
    assert "<script>x" not in page


def test_the_session_gets_a_new_key_at_sign_in(client: Client, alice: User) -> None:
    client.cookies["sessionid"] = "chosen-by-somebody-else"
    client.post(SIGN_IN, credentials(alice))
    assert client.cookies["sessionid"].value != "chosen-by-somebody-else"


def test_who_is_signed_in_needs_no_form(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(SIGN_IN).headers["Location"] == reverse("overview")


def test_signing_out_ends_the_session_on_the_server(client: Client, alice: User) -> None:
    client.post(SIGN_IN, credentials(alice))
    kept = client.cookies["sessionid"].value
    assert client.post(reverse("sign_out")).headers["Location"] == SIGN_IN
    client.cookies["sessionid"] = kept
    assert client.get("/").status_code == 302


def test_a_link_signs_nobody_out(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(reverse("sign_out")).status_code == 405


def test_a_form_without_its_token_is_refused_in_words(alice: User) -> None:
    answer = Client(enforce_csrf_checks=True).post(SIGN_IN, credentials(alice))
    assert answer.status_code == 403
    assert "This form had expired" in answer.content.decode()


# Too many failures


def fail(client: Client, name: str, times: int = 5, headers: dict[str, str] | None = None) -> list[int]:
    """The codes of so many wrong passwords."""
    form = {"username": name, "password": "wrong"}
    return [client.post(SIGN_IN, form, headers=headers).status_code for _ in range(times)]


@pytest.mark.parametrize("name", ["alice@example.com", "nobody@example.com"], ids=["known", "unknown"])
def test_the_fifth_failure_closes_the_door_in_the_same_words(client: Client, alice: User, name: str) -> None:
    assert fail(client, name) == [200, 200, 200, 200, 429]
    answer = client.post(SIGN_IN, {"username": name, "password": PASSWORD})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "Nobody can with it from here for the next 15 minutes, not even with the right password." in page
    assert 880 < int(answer.headers["Retry-After"]) <= 900
    assert name not in page
    assert client.get("/").status_code == 302


def test_the_door_opens_at_the_time_that_was_told_however_often_one_knocks(client: Client, alice: User) -> None:
    with time_machine.travel("2026-03-20 12:00:00Z", tick=False) as clock:
        fail(client, "alice@example.com")
        clock.shift(timedelta(minutes=10))
        answer = client.post(SIGN_IN, credentials(alice))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
        clock.shift(timedelta(minutes=5, seconds=1))
        assert client.post(SIGN_IN, credentials(alice)).status_code == 302


def test_failures_of_long_ago_do_not_count(client: Client, alice: User) -> None:
    with time_machine.travel("2026-03-20 12:00:00Z", tick=False) as clock:
        fail(client, "alice@example.com", 4)
        clock.shift(timedelta(minutes=16))
        assert fail(client, "alice@example.com", 4) == [200] * 4
        assert client.post(SIGN_IN, credentials(alice)).status_code == 302


def test_a_success_forgives_the_failures_before(client: Client, alice: User) -> None:
    for _ in range(2):
        assert fail(client, "alice@example.com", 4) == [200] * 4
        client.post(SIGN_IN, credentials(alice))
        client.post(reverse("sign_out"))


def test_others_and_other_addresses_are_not_shut_out(client: Client, alice: User, bob: User) -> None:
    fail(client, "alice@example.com")
    assert Client().post(SIGN_IN, credentials(bob)).status_code == 302
    assert Client(REMOTE_ADDR="192.0.2.7").post(SIGN_IN, credentials(alice)).status_code == 302


def test_another_browser_and_an_invented_address_do_not_open_it(client: Client, alice: User) -> None:
    """Nobody has said that a proxy stands in front, so X-Forwarded-For is what anybody writes into it."""
    for number in range(5):
        invented = {"X-Forwarded-For": f"192.0.2.{number}", "User-Agent": f"browser {number}"}
        client.post(SIGN_IN, {"username": "alice@example.com", "password": "wrong"}, headers=invented)
    answer = client.post(SIGN_IN, credentials(alice), headers={"X-Forwarded-For": "192.0.2.99", "User-Agent": "new"})
    assert answer.status_code == 429


def test_behind_a_proxy_people_are_told_apart_by_what_it_adds(client: Client, alice: User, settings: Any) -> None:
    settings.PROXIES_IN_FRONT = 1
    mine, theirs = ({"X-Forwarded-For": f"203.0.113.1, {address}"} for address in ("192.0.2.1", "192.0.2.2"))
    assert fail(client, "alice@example.com", headers=mine)[-1] == 429
    assert client.post(SIGN_IN, credentials(alice), headers=theirs).status_code == 302
    assert set(AuditEvent.objects.values_list("address", flat=True)) == {"192.0.2.1", "192.0.2.2"}


def test_the_admins_own_form_is_no_way_around(client: Client, staff: User) -> None:
    fail(client, "staff@example.com", 4)
    form = reverse("admin:login")
    assert client.post(form, {"username": "staff@example.com", "password": "wrong"}).status_code == 429
    assert client.post(form, credentials(staff)).status_code == 429


def test_a_command_opens_the_door(client: Client, alice: User) -> None:
    fail(client, "alice@example.com")
    call_command("axes_reset_username", "alice@example.com")
    assert client.post(SIGN_IN, credentials(alice)).status_code == 302


def test_no_password_is_kept_of_those_who_fail(client: Client, alice: User, caplog: pytest.LogCaptureFixture) -> None:
    """Not even of those who type it into the field for the name."""
    caplog.set_level("DEBUG")
    for _ in range(6):
        client.post(SIGN_IN, {"username": "alice@example.com", "password": "hunter2-typed"})
        client.post(SIGN_IN, {"username": "hunter2-typed", "password": "hunter2-typed"})
    held = [*AccessAttempt.objects.values(), *AuditEvent.objects.values()]
    assert len(held) == 2 + 10
    assert "hunter2-typed" not in str(held) + caplog.text


# Sessions


@pytest.mark.parametrize(("hours", "code"), [(11.9, 200), (12.1, 302)])
def test_a_session_ends_after_twelve_hours(client: Client, alice: User, hours: float, code: int) -> None:
    with time_machine.travel("2026-03-20 07:00:00Z", tick=False) as clock:
        client.post(SIGN_IN, credentials(alice))
        clock.shift(timedelta(hours=hours))
        assert client.get("/").status_code == code


def test_signing_in_gives_a_session_another_key(client: Client, alice: User, bob: User) -> None:
    client.post(SIGN_IN, credentials(alice))
    before = client.cookies["sessionid"].value
    client.post(reverse("sign_out"))
    client.post(SIGN_IN, credentials(bob))
    assert client.cookies["sessionid"].value != before


def test_a_new_password_ends_every_other_session(client: Client, staff: User) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.post(SIGN_IN, credentials(staff))
        assert browser.get("/").status_code == 200
    new = "another horse battery staple"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse("admin:password_change"), form).status_code == 302
    assert (client.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client: Client, alice: User) -> None:
    client.post(SIGN_IN, credentials(alice))
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 12 * 3600)


# What is written down


def test_signing_in_and_out_and_failing_are_written_down(client: Client, alice: User, workspace: Workspace) -> None:
    client.post(SIGN_IN, credentials(alice, "wrong"))
    client.post(SIGN_IN, {"username": "nobody@example.com", "password": "wrong"})
    client.post(SIGN_IN, credentials(alice))
    client.post(reverse("sign_out"))
    events = list(AuditEvent.objects.order_by("pk").values_list("action", "actor", "address", "workspace_id"))
    assert events == [
        ("sign-in failed", "alice@example.com", "127.0.0.1", workspace.pk),
        ("sign-in failed", "nobody", "127.0.0.1", None),
        ("signed in", "alice@example.com", "127.0.0.1", workspace.pk),
        ("signed out", "alice@example.com", "127.0.0.1", workspace.pk),
    ]


def test_knocking_at_a_closed_door_fills_no_table(client: Client, alice: User) -> None:
    fail(client, "alice@example.com", 9)
    assert AuditEvent.objects.count() == 5
