"""Connecting a platform in the browser: a key or a token, the one account that it opens, checks, and done."""

import pytest
from django.contrib.auth.models import User

from connections import registry
from connections.models import Connection, Workspace
from connections.sandbox.server import SandboxServer
from tests.fixtures.wizard import PROVIDERS, SignIn, arrive

pytestmark = pytest.mark.django_db


@pytest.mark.spec("V38")
@pytest.mark.parametrize(
    ("kind", "account", "check"),
    [
        ("youtube", "YouTube channels", "The API key is accepted"),
        ("instagram", "@freshet.demo", "It may look up the numbers of other accounts"),
    ],
)
def test_a_platform_is_connected_step_by_step(
    kind: str, account: str, check: str, sandbox: SandboxServer, alice: User, signed_in: SignIn
) -> None:
    client, demo = signed_in(alice), registry.source_class(kind).demo
    assert demo
    workspace = Workspace.objects.get(name="Alpine Outfitters")
    picking = client.post(f"{PROVIDERS}?provider={kind}", {"workspace": workspace.pk, **demo.secrets})
    page = arrive(client, picking)
    assert account in page
    checking = client.post(picking.url, {"accounts": [demo.account_id]})
    page = arrive(client, checking)
    assert check in page
    assert not [secret for secret in demo.secrets.values() if secret in page]
    assert client.post(checking.url, {}).status_code == 302
    assert Connection.objects.get().provider == kind
