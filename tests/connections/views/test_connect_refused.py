"""Connecting accounts: what goes wrong on the way, and what may not be sent."""

import re
from typing import Any

import pytest

from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from tests.fixtures.sandbox import configure
from tests.fixtures.wizard import TOKEN, Visitor, arrive, paste, said, text

NOBODY_LISTENS = "http://127.0.0.1:1/meta"


# What goes wrong


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("made-up-token", "Meta does not accept this access token."),
        ("sandbox-token-463", "The Meta sign-in has expired."),
    ],
    ids=["unknown", "expired"],
)
def test_a_login_that_is_dead_is_refused_at_once(alices: Visitor, token: str, sentence: str) -> None:
    page = paste(alices, token)
    assert page.status_code == 200
    assert f"{sentence} What to do: Check that you copied all of it, or make a new one" in text(page)
    assert token not in page.content.decode()
    assert "connect_draft_id" not in alices.session


def test_where_nobody_answers_one_may_ask_again(alices: Visitor, settings: Any) -> None:
    there = settings.PROVIDERS["meta"]["graph_url"]
    configure(settings, graph_url=NOBODY_LISTENS)
    picking = paste(alices)
    shown = arrive(alices, picking)
    assert "The line to Meta broke. What to do: Try again in a minute." in shown
    assert "The account's id" in shown.replace("&#x27;", "'")
    shown = arrive(alices, alices.post(alices.post(picking.url, {"typed": "act_41"}).url, {"action": "again"}))
    assert "Not yet ready to connect" in shown
    assert "The token is valid : failed" in shown
    configure(settings, graph_url=there)
    assert "Bluebird" in arrive(alices, alices.post(picking.url, {"action": "again"}))


def test_a_limit_says_when_to_come_back(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.faults.add({"kind": "error", "error": "4", "path": "/me/adaccounts", "seconds": 60})
    assert re.search(
        r"too many calls; Meta asks it to wait. What to do: Come back at \d\d:\d\d \(Europe/Zurich\)",
        arrive(alices, paste(alices)),
    )


def test_a_login_without_accounts_says_what_to_do(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.world.accounts.revive_token("opens-nothing")
    shown = arrive(alices, paste(alices, "opens-nothing"))
    assert "This login opens no account What to do: Ask whoever runs the account" in shown
    assert 'name="typed"' in shown


def test_a_token_without_the_permission_says_which_one(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.world.accounts.decline(TOKEN, ["ads_read"])
    picking = paste(alices)
    assert "This login may not read the ad account." in arrive(alices, picking)
    shown = arrive(alices, alices.post(picking.url, {"typed": "act_41"}))
    assert "The token is valid : passed It may read ads (ads_read) : failed This token was made without" in shown
    assert "The account is open" not in shown
    assert "Connect</button>" not in shown


def test_a_failed_check_holds_its_account_back_and_no_other(alices: Visitor, bluebird: SandboxServer) -> None:
    picking = paste(alices)
    bluebird.meta.account("42").account_status = 101
    checking = alices.post(picking.url, {"accounts": ["act_41", "act_42"]})
    shown = arrive(alices, checking)
    assert "1 of 2 accounts can be connected" in shown
    assert "The account is open : failed This ad account is closed." in shown
    alices.post(checking.url)
    assert [connection.name for connection in Connection.objects.all()] == ["Bluebird"]


def test_checks_can_be_asked_for_again(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.faults.add({"kind": "error", "error": "2", "path": "/insights", "times": 1})
    checking = alices.post(paste(alices).url, {"accounts": ["act_41"]})
    assert "Insights can be read : failed" in arrive(alices, checking)
    assert "Ready to connect" in arrive(alices, alices.post(checking.url, {"action": "again"}))


def test_nothing_is_connected_while_nothing_passed(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.faults.add({"kind": "error", "error": "2", "path": "/insights"})
    checking = alices.post(paste(alices).url, {"accounts": ["act_41"]})
    assert alices.post(checking.url).status_code == 200
    assert not Connection.objects.exists()


def test_trouble_at_the_last_moment_connects_nothing(alices: Visitor, bluebird: SandboxServer) -> None:
    checking = alices.post(paste(alices).url, {"accounts": ["act_41", "act_42"]})
    bluebird.meta.account("42").account_status = 101
    answer = alices.post(checking.url)
    assert answer.url == checking.url
    (sentence,) = said(answer)
    assert sentence.startswith("This ad account is closed. Connect another ad account")
    assert sentence.endswith("Nothing was connected.")
    assert not Connection.objects.exists()


# What may be sent


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"access_token": ""}, "Access token: this is needed."),
        ({"access_token": "x" * 4097}, "Ensure this value has at most 4096 characters"),
        ({"access_token": "a\0b"}, "Null characters are not allowed."),
        ({"workspace": "999999"}, "Connect Meta Ads"),
    ],
    ids=["empty", "too long", "with a NUL", "another workspace"],
)
def test_what_cannot_be_a_login_is_refused_in_words(
    alices: Visitor, bluebird: SandboxServer, fields: dict[str, str], sentence: str
) -> None:
    page = paste(alices, **fields)
    assert page.status_code == 200
    assert sentence in text(page)
    assert bluebird.meta.calls.all() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Pick at least one account, or type an id."),
        ({"accounts": ["act_43"]}, "That account cannot be picked."),
        ({"accounts": ["act_999"]}, "That account cannot be picked."),
        ({"typed": "x" * 301}, "at most 300 characters"),
        ({"typed": "a\0b"}, "Null characters are not allowed."),
    ],
    ids=["nothing", "a disabled one", "one that is not in the list", "too long", "with a NUL"],
)
def test_what_cannot_be_picked_is_refused_in_words(alices: Visitor, fields: dict[str, Any], sentence: str) -> None:
    page = alices.post(paste(alices).url, fields)
    assert page.status_code == 200
    assert sentence in text(page)


def test_at_most_twenty_at_a_time(alices: Visitor, bluebird: SandboxServer) -> None:
    for number in range(100, 121):
        bluebird.meta.add_account(str(number), tokens=["opens-many"])
    picking = paste(alices, "opens-many")
    assert "account-search" in alices.get(picking.url).content.decode()
    page = alices.post(picking.url, {"accounts": [f"act_{number}" for number in range(100, 121)]})
    assert "Pick at most 20 at a time" in text(page)


def test_fields_that_are_not_asked_for_change_nothing(alices: Visitor, strange_workspace: Workspace) -> None:
    foreign = {"name": "Mine", "paused": "on", "is_sandbox": "", "currency": "XXX", "workspace": strange_workspace.pk}
    checking = alices.post(paste(alices, id="1").url, {"accounts": ["act_41"], **foreign})
    alices.post(checking.url, {"external_account_id": "act_42", "secrets": "x", **foreign})
    made = Connection.objects.get()
    assert (made.name, made.paused, made.is_sandbox, made.currency, made.external_account_id, made.options) == (
        "Bluebird",
        False,
        True,
        "EUR",
        "act_41",
        {},
    )
    assert made.workspace != strange_workspace


def test_names_that_mean_harm_are_shown_as_they_are(alices: Visitor, bluebird: SandboxServer) -> None:
    bluebird.meta.account("41").name = "<script>alert(1)</script>{{7*7}}"
    bluebird.meta.account("42").name = "A" * 10_000
    picking = paste(alices)
    checking = alices.post(picking.url, {"accounts": ["act_41", "act_42"]})
    for page in (alices.get(picking.url), alices.get(checking.url)):
        assert "<script>alert" not in page.content.decode()
        assert "{{7*7}}" in page.content.decode()
        assert "A" * 400 not in page.content.decode()
    alices.post(checking.url)
    assert Connection.objects.get(external_account_id="act_42").name == "A" * 200
