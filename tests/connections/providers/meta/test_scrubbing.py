"""No secret survives in a text, however it is written."""

from urllib.parse import quote, quote_plus

import pytest

from connections.providers.meta.scrubbing import scrubber

TOKEN = "2001|s3cret/with+odd=signs"
SCRUB = scrubber(TOKEN, "app-secret", "")


@pytest.mark.parametrize(
    "text",
    [
        f"bad token {TOKEN}!",
        f"GET /me?x=1&access_token={quote(TOKEN, safe='')}&y=2",
        f"https://h/p?token={quote_plus(TOKEN)}",
        "signed with app-secret",
        "appsecret_proof=0123abcdef and more",
        '{"access_token": "s3cret"}',
        "{'access_token': 's3cret'}",
        r"{\"access_token\":\"s3cret\"}",
        "access_token%3Ds3cret",
        "ACCESS_TOKEN=s3cret",
        "client_secret=s3cret",
        "fb_exchange_token=s3cret",
        "Authorization: Bearer s3crets3crets3crets3cret",
        "another EAABwzLixnjYBAs3crets3cret of somebody",
    ],
)
def test_a_secret_is_taken_out(text):
    scrubbed = SCRUB(text)
    assert "[removed]" in scrubbed
    assert not any(part in scrubbed for part in ("s3cret", "app-secret", "0123abcdef"))


def test_the_rest_of_the_text_stays():
    assert SCRUB("GET /me?access_token=abc&limit=25 failed") == "GET /me?access_token=[removed]&limit=25 failed"
    assert SCRUB("(#190) OAuth session expired, token invalid") == "(#190) OAuth session expired, token invalid"
