"""Write log lines, and keep secrets out of them, whoever wrote the line."""

import logging
import re

import structlog
from structlog.typing import Processor

REMOVED = "[removed]"
NAMES = (
    r"(?:access|refresh|id|input|exchange|developer)[_-]?token|appsecret_proof|(?:client|app)[_-]secret|secret_key|"
    r"token_encryption_keys?|api[_-]?key|passw(?:or)?d"
)
# Around the value there may be quotes, escaped when JSON stands inside JSON.
NAMED = re.compile(rf"""((?:{NAMES})[\\"']*\s*(?:=|:|%3D)\s*[\\"']*)[^\s\\"'&,;<>(){{}}\[\]]+""", re.IGNORECASE)
HEADER = re.compile(
    r"""(authorization[\\"']*\s*[:=]\s*[\\"']*(?:basic|bearer|oauth|token)\s+)[^\s\\"',;<>]+""", re.IGNORECASE
)
# Without its header only what has a digit: "bearer of bad news" is no secret.
BEARER = re.compile(r"(\bbearer\s+)(?=[\w.|~+/=%-]*\d)[\w.|~+/=%-]{8,}", re.IGNORECASE)
# What a provider's sign-in page sends people back with.
CODE = re.compile(r"((?:[?&]|%3F|%26)(?:code|state)(?:=|%3D))(?:(?!%26)[^&\s\"'])+", re.IGNORECASE)
PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|\Z)")
IN_ADDRESS = re.compile(r"(\w://[^\s/:@\"']*:)[^\s/@\"']+(?=@)")


def scrub(text: str) -> str:
    for secret in (NAMED, HEADER, BEARER, CODE, PRIVATE_KEY, IN_ADDRESS):
        text = secret.sub(rf"\1{REMOVED}", text)
    return text


def as_json() -> list[Processor]:
    """For machines; tracebacks too are text in it."""
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def as_text() -> list[Processor]:
    """For people. Plain tracebacks: where Rich is installed they would show local variables, tokens among them."""
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


class ScrubbedFormatter(structlog.stdlib.ProcessorFormatter):
    """The last thing that happens to a line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))
