"""Which accounts a login opens, and what is looked at before one of them is connected."""

import pytest

from connections.errors import Misconfigured, NeedsReconnect, RateLimited, Transient
from connections.providers.meta.sandbox.accounts import DEMO_TOKEN
from connections.sources import MOST_CHOICES, Account, Check
from tests.connections.providers.meta.asking import Graph
from tests.connections.providers.meta.reading import TOKEN, RememberingGate, source_at
from tests.connections.providers.meta.scripted_server import as_json, fault, scripted

NOBODY = Account("")
OPEN = {"account_status": 1, "currency": "EUR", "timezone_name": "Europe/Vienna"}
GRANTED = as_json({"data": [{"permission": "ads_read", "status": "granted"}]})
NODE = as_json({"id": "act_42", "name": "Bluebird", **OPEN})
NO_ROWS = as_json({"data": []})


def page(*rows, more=""):
    return as_json({"data": list(rows), "paging": {"next": more} if more else {}})


def row(number, **fields):
    return {"id": f"act_{number}", "name": f"Account {number}", **OPEN, **fields}


def listed(*answers, **settings):
    with scripted(*answers) as server:
        return source_at(server.url, account=NOBODY, **settings).accounts(), server.asked


# The list


def test_every_page_is_read_whose_links_name_the_person_by_number():
    link = "https://graph.facebook.com/v26.0/900100200300/adaccounts?access_token=EAAother&limit=200&after=a"
    choices, asked = listed(page(row(1), more=link), page(row(2)))
    assert [choice.account for choice in choices] == [
        Account("act_1", "Account 1", "Europe/Vienna", "EUR"),
        Account("act_2", "Account 2", "Europe/Vienna", "EUR"),
    ]
    assert [each.path for each in asked] == ["/v26.0/me/adaccounts"] * 2
    assert (asked[1].params["after"], asked[1].params["access_token"]) == ("a", TOKEN)
    assert asked[0].params["limit"] == "200"


def test_a_link_to_another_list_is_not_followed():
    with pytest.raises(Transient, match="another address"):
        listed(page(row(1), more="https://graph.facebook.com/v26.0/900100200300/accounts?after=a"))


def test_an_empty_page_is_not_the_end():
    link = "https://graph.facebook.com/v26.0/9/adaccounts?after="
    choices, _ = listed(page(more=f"{link}a"), page(row(1)))
    assert len(choices) == 1


def test_nothing_is_asked_for_that_needs_more_than_ads_read():
    _, asked = listed(page())
    assert "business" not in asked[0].params["fields"]


def test_they_come_by_name_each_once():
    choices, _ = listed(page(row(3, name="b"), row(1, name="C"), row(2, name="a"), row(3, name="b")))
    assert [choice.account.name for choice in choices] == ["a", "b", "C"]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"account_status": 2, "disable_reason": 3}, "disabled this ad account because of a payment problem. Open"),
        ({"account_status": 101}, "This ad account is closed. Connect another"),
        ({"account_status": 3}, ""),
        ({"account_status": 9}, ""),
        ({}, ""),
    ],
    ids=["disabled", "closed", "unsettled", "in grace", "active"],
)
def test_an_account_that_cannot_be_read_says_why(fields, refusal):
    (choice,) = listed(page(row(1, **fields)))[0]
    assert refusal in choice.refusal
    assert bool(choice.refusal) is bool(refusal)


def test_odd_rows_stop_nothing():
    odd = ["text", None, {}, {"id": 7.5}, {"id": "act_x"}, {"id": "act_" + "9" * 100}]
    choices, _ = listed(page(*odd, row(1), {"id": "act_2"}))
    assert [choice.account for choice in choices] == [
        Account("act_2"),
        Account("act_1", "Account 1", "Europe/Vienna", "EUR"),
    ]


def test_a_list_without_an_end_is_cut():
    rows = [row(number) for number in range(1, 401)]
    links = [f"https://graph.facebook.com/v26.0/9/adaccounts?after={number}" for number in range(9)]
    pages = [
        page(*({**each, "id": f"act_{at}{each['id'][4:]:0>4}"} for each in rows), more=link)
        for at, link in enumerate(links, 1)
    ]
    choices, asked = listed(*pages)
    assert (len(choices), len(asked)) == (MOST_CHOICES, 3)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (fault(190), NeedsReconnect, "Meta does not accept this access token."),
        (fault(190, 463), NeedsReconnect, "has expired"),
        (fault(200, status=403), Misconfigured, "may not read"),
        (fault(4), RateLimited, "too many calls"),
        (fault(17, 2446079), RateLimited, "too often"),
        (fault(2), Transient, "could not answer"),
    ],
    ids=["unknown", "expired", "no permission", "limit of the app", "limit of the person", "passing"],
)
def test_a_refusal_says_what_to_do_next(answer, error, words):
    with pytest.raises(error, match=words) as caught:
        listed(answer)
    assert TOKEN not in caught.value.original


def test_calls_count_for_the_person_and_the_app_and_tell_no_token():
    gate = RememberingGate()
    listed(page(row(1)), gate=gate, app_id="77")
    (limits,) = gate.calls
    person, app = (limit.bucket for limit in limits)
    assert (person.startswith("login_"), app) == (True, "app_77")
    assert TOKEN not in person
    assert "EAA" not in person


def test_the_same_login_counts_in_the_same_bucket():
    gates = [RememberingGate() for _ in range(3)]
    for gate, token in zip(gates, (TOKEN, TOKEN, "another-token"), strict=True):
        listed(page(), gate=gate, token=token)
    first, again, other = (gate.calls[0][0].bucket for gate in gates)
    assert first == again != other


# The checks


def checked(*answers, **settings):
    with scripted(*answers) as server:
        return list(source_at(server.url, **settings).checks()), [each.path for each in server.asked]


def outcome(checks: list[Check]) -> list[tuple[str, bool]]:
    return [(check.name, check.error is None) for check in checks]


def test_all_is_well_in_three_calls():
    checks, asked = checked(GRANTED, NODE, NO_ROWS)
    assert outcome(checks) == [
        ("The token is valid", True),
        ("It may read ads (ads_read)", True),
        ("The account is open", True),
        ("Insights can be read", True),
        ("Time zone and currency are known", True),
    ]
    assert [path.removeprefix("/v26.0/") for path in asked] == ["me/permissions", "act_42/", "act_42/insights"]
    assert checks[2].sentence == "It is called Bluebird."
    assert checks[4].sentence == "Its days end in Europe/Vienna, its money is EUR."


@pytest.mark.parametrize(
    ("answers", "failed", "calls"),
    [
        ([fault(190, 463)], "The token is valid", 1),
        ([as_json({"data": [{"permission": "email", "status": "granted"}]})], "It may read ads (ads_read)", 1),
        ([as_json({"data": [{"permission": "ads_read", "status": "declined"}]})], "It may read ads (ads_read)", 1),
        ([GRANTED, as_json({"id": "act_42", "account_status": 101})], "The account is open", 2),
        ([GRANTED, fault(100, 33), fault(100, 33)], "The account is open", 3),
    ],
    ids=["dead token", "another permission", "declined", "closed", "not there"],
)
def test_nothing_is_looked_at_after_what_makes_it_pointless(answers, failed, calls):
    checks, asked = checked(*answers)
    assert (checks[-1].name, len(asked)) == (failed, calls)
    assert checks[-1].error.sentence
    assert checks[-1].error.remedy
    assert [check for check in checks[:-1] if check.error] == []


def test_numbers_that_cannot_be_read_leave_the_last_question_open():
    checks, _ = checked(GRANTED, NODE, fault(200, status=403))
    assert [passed for _, passed in outcome(checks)] == [True, True, True, False, True]


@pytest.mark.parametrize(
    "fields",
    [{"currency": ""}, {"timezone_name": ""}, {"timezone_name": "Mars/Olympus"}, {"timezone_name": "../etc/passwd"}],
    ids=["no currency", "no zone", "unknown zone", "a path"],
)
def test_days_and_money_must_be_known(fields):
    checks, _ = checked(GRANTED, as_json(row(42) | fields), NO_ROWS)
    assert outcome(checks)[-1] == ("Time zone and currency are known", False)


def test_managing_ads_includes_reading_them():
    granted = as_json({"data": [{"permission": "ads_management", "status": "granted"}]})
    assert outcome(checked(granted, NODE, NO_ROWS)[0])[1] == ("It may read ads (ads_read)", True)


def test_an_id_that_is_none_is_said_without_asking_for_it():
    checks, asked = checked(GRANTED, account=Account("forty-two"))
    assert (checks[-1].name, len(asked)) == ("The account is open", 1)
    assert "not the id" in checks[-1].error.sentence


# Against the stand-in


def test_the_stand_in_answers_as_expected(graph: Graph) -> None:
    for number in range(2000, 2450):
        graph.meta.add_account(str(number), name=f"Shop {number}")
    graph.meta.add_account("2450", account_status=2, disable_reason=1)
    url = graph.server.url("meta")
    choices = source_at(url, account=NOBODY, token=DEMO_TOKEN).accounts()
    assert len(choices) == 452
    assert [choice.account.external_id for choice in choices if choice.refusal] == ["act_2450"]
    assert "broke Meta's advertising policies" in next(choice.refusal for choice in choices if choice.refusal)
    asked = [call.path for call in graph.meta.calls.all()]
    assert asked == ["/v26.0/me/adaccounts"] * 3
    checks = source_at(url, account=Account("act_1001001"), token=DEMO_TOKEN).checks()
    assert [check.error for check in checks] == [None] * 5
