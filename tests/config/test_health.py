"""/healthz: whether this process serves, for whoever asks."""

import pytest
from django.test import Client, override_settings


@pytest.mark.spec("A49")
def test_anybody_may_ask() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["freshet.example.com"])
def test_a_platform_asks_by_the_machines_address_over_plain_http() -> None:
    assert Client().get("/healthz", headers={"host": "10.244.3.7:8080"}).json() == {"status": "ok"}
    assert Client().get("/sign-in/", headers={"host": "10.244.3.7:8080"}, secure=True).status_code == 400
    assert Client().get("/sign-in/", headers={"host": "freshet.example.com"}).status_code == 301
