"""Keep secrets out of the log, whoever wrote the line."""

import logging
import re

import structlog

SECRET = re.compile(
    r"(?i)((?:access_token|appsecret_proof|client_secret|refresh_token|input_token|password)[\"']?\s*[=:]\s*[\"']?"
    r"|bearer\s+)[^\s\"'&,;<>]+"
)


def scrub(text: str) -> str:
    return SECRET.sub(r"\1[removed]", text)


class ScrubbedFormatter(structlog.stdlib.ProcessorFormatter):
    """The last thing that happens to a line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))
