"""What reaches the log, and what is taken out of it."""

import logging
import sys

import pytest
import structlog

from config.logs import REMOVED, ScrubbedFormatter, as_json, as_text, scrub

SECRET = "EAAs3cret0token"


@pytest.mark.parametrize(
    "line",
    [
        f"GET https://example.com/me?fields=id&access_token={SECRET}&limit=25",
        f"GET https://example.com/back?next=%2Fme%3Faccess_token%3D{SECRET}",
        f"exchange_token={SECRET}, fb_exchange_token={SECRET}",
        f"ACCESS_TOKEN={SECRET} appsecret_proof={SECRET}",
        f"client_secret={SECRET}; app_secret: {SECRET}",
        f'{{"access_token": "{SECRET}", "scope": "read"}}',
        f"{{'refresh_token': '{SECRET}'}}",
        rf'{{"event": "answer {{\"access_token\": \"{SECRET}\"}}"}}',
        f"Authorization: Bearer {SECRET}",
        f"{{'Authorization': 'Token {SECRET}'}}",
        f"sent bearer {SECRET} along",
        f"password={SECRET} for ann",
        f"postgres://ann:{SECRET}@db.example.com/freshet is not there",
        f"redis://:{SECRET}@cache:6379/0",
        f"-----BEGIN {'PRIVATE'} KEY-----\n{SECRET}\nx\n-----END {'PRIVATE'} KEY-----",
        rf"-----BEGIN RSA {'PRIVATE'} KEY-----\n{SECRET}",
        f"SECRET_KEY={SECRET} TOKEN_ENCRYPTION_KEYS={SECRET}",
    ],
)
def test_a_secret_is_taken_out(line: str) -> None:
    assert SECRET not in scrub(line)
    assert REMOVED in scrub(line)


def test_what_surrounds_a_secret_stays() -> None:
    assert scrub(f"/me?access_token={SECRET}&limit=25 [200]") == f"/me?access_token={REMOVED}&limit=25 [200]"
    assert scrub(f'{{"access_token": "{SECRET}", "a": [1]}}') == f'{{"access_token": "{REMOVED}", "a": [1]}}'
    assert scrub(rf"{{\"access_token\": \"{SECRET}\"}}") == rf"{{\"access_token\": \"{REMOVED}\"}}"
    away = f"/sign-in/?next=/connections/oauth/meta/callback%3Fcode%3D{SECRET}%26state%3D{SECRET}%26x%3D1"
    assert scrub(away) == away.replace(SECRET, REMOVED)
    assert scrub(f"postgres://ann:{SECRET}@db/x") == f"postgres://ann:{REMOVED}@db/x"


@pytest.mark.parametrize(
    "line",
    [
        "The access token has expired: connect the account again.",
        "OAuth session expired, token invalid",
        "a bearer of bad news, and the bearer responsibilities",
        "authorization needed: ask the owner",
        "chunk ended chunk=12 stream=ad_metrics lease_token=4f1c",
        "http://localhost:8000/connections/ and ann@example.com",
        "Sign in with the password that you chose",
        "12:30:05 10.0.0.1:8000 GET /jobs/?page=2 200",
        "campaign: Password Manager - Spring",
    ],
)
def test_ordinary_text_stays(line: str) -> None:
    assert scrub(line) == line


def failing() -> logging.LogRecord:
    kept_in_a_variable = SECRET
    try:
        raise ValueError(f"refused access_token={kept_in_a_variable}")
    except ValueError:
        return logging.LogRecord("freshet", logging.ERROR, "x.py", 1, "it broke", None, sys.exc_info())


@pytest.mark.parametrize("renderers", [as_json, as_text])
def test_a_traceback_reaches_the_log_without_its_secrets(renderers) -> None:
    formatter = ScrubbedFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers()],
        foreign_pre_chain=[],
    )
    line = formatter.format(failing())
    assert "it broke" in line
    assert "Traceback (most recent call last)" in line
    assert f"ValueError: refused access_token={REMOVED}" in line
    assert SECRET not in line


def test_no_local_variable_is_shown_where_rich_is_installed() -> None:
    formatter = ScrubbedFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *as_text()], foreign_pre_chain=[]
    )
    assert "locals" not in formatter.format(failing())
