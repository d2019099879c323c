"""Django's page for developers, without what must not be seen even there: it shows every variable of every function."""

import re
from typing import Any

from django.http import HttpRequest, QueryDict
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from config.logs import scrub


class NoSecrets(SafeExceptionReporterFilter):
    """Django itself hides only what somebody has marked, and nothing at all while DEBUG is on."""

    hidden_settings = re.compile(f"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|PROVIDERS", re.IGNORECASE)

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """The names only."""
        sent = request.POST if request else QueryDict()
        return dict.fromkeys(sent, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        """None: a decrypted login is an ordinary variable somewhere."""
        return {}.items()


class Reporter(ExceptionReporter):
    def get_traceback_data(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_traceback_data()
        if "exception_value" in found:
            found["exception_value"] = scrub(str(found["exception_value"]))
        return found
