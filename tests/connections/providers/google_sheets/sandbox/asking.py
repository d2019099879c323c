"""Ask the Google stand-in over plain HTTP, as `curl` would."""

import base64
import json
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connections.providers.google_sheets.demo import DEMO_BOOK, DEMO_EMAIL, demo_key
from connections.providers.google_sheets.sandbox.robots import AUDIENCE, GRANT
from connections.sandbox.server import SandboxServer

BOOK = f"v4/spreadsheets/{DEMO_BOOK}"


class Caller:
    """Somebody with a key."""

    def __init__(self, server: SandboxServer, key: str = "") -> None:
        self.server = server
        self.google = server.google_sheets
        self.clock = server.clock
        self.key = key or demo_key()
        self.token = ""

    def assertion(self, **claims: Any) -> str:
        """claims: other ones than a good assertion has."""
        begins = int(self.clock.now().timestamp())
        usual = {"iss": DEMO_EMAIL, "scope": "x", "aud": AUDIENCE, "iat": begins, "exp": begins + 3600}
        signed = ".".join(_part(json.dumps(each).encode()) for each in ({"alg": "RS256"}, {**usual, **claims}))
        key = load_pem_private_key(json.loads(self.key)["private_key"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return f"{signed}.{_part(key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def turn_in(self, assertion: str, grant: str = GRANT) -> requests.Response:
        form = {"grant_type": grant, "assertion": assertion}
        return requests.post(f"{self.server.url('google_sheets')}/token", data=form, timeout=10)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        if not self.token:
            email = json.loads(self.key)["client_email"]
            self.token = self.turn_in(self.assertion(iss=email)).json()["access_token"]
        headers = {"Authorization": f"Bearer {self.token}"}
        address = f"{self.server.url('google_sheets')}/{path}"
        return requests.request(method, address, headers=headers, timeout=10, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, path: str, method: str = "GET", **options: Any) -> int:
        return self.call(method, path, **options).status_code

    def control(self, path: str, wishes: Any = None, method: str = "") -> Any:
        address = f"{self.server.url()}/_sandbox/{path}"
        answer = requests.request(method or ("GET" if wishes is None else "POST"), address, json=wishes, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
