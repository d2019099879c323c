"""Sign in and out: the only page for who is not signed in."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.fixtures.people import PASSWORD

SIGN_IN = reverse("sign_in")


def credentials(person: User, password: str = PASSWORD) -> dict[str, str]:
    return {"username": person.get_username(), "password": password}


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
