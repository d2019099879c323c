"""Which pages may lead to a provider's own page, and which may not."""

from typing import Any

from django.http import HttpResponse

from connections.sandbox.server import SandboxServer
from connections.views.leaving import lets_leave
from tests.fixtures.sandbox import configure


def allowed(page: HttpResponse) -> Any:
    return getattr(page, "_csp_update", None)


def test_its_origin_is_allowed_and_nothing_below_it_is_named(sandbox: SandboxServer, settings: Any) -> None:
    """And the way back: browsers hold each redirect to the policy. Phones are sent on to m.facebook.com."""
    settings.PUBLIC_URL = "https://freshet.example.com"
    assert allowed(lets_leave(HttpResponse(), "meta")) == {"form-action": [sandbox.url(), settings.PUBLIC_URL]}
    configure(settings, dialog_url="https://www.facebook.com")
    origins = ["https://www.facebook.com", "https://*.facebook.com", settings.PUBLIC_URL]
    assert allowed(lets_leave(HttpResponse(), "meta")) == {"form-action": origins}


def test_where_nobody_can_sign_in_the_policy_stays_as_it_is(sandbox: SandboxServer, settings: Any) -> None:
    configure(settings, app_secret="")
    assert allowed(lets_leave(HttpResponse(), "meta")) is None
