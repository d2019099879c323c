"""Who may ask: service accounts with their public keys, and the tokens that these were given for a signed assertion."""

import base64
import binascii
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from connections.providers.google_sheets.demo import DEMO_EMAIL, demo_key
from connections.providers.google_sheets.sandbox.errors import login_refusal, no_token
from connections.sandbox.exchange import Call

AUDIENCE = "https://oauth2.googleapis.com/token"
"""Whatever address the call itself goes to: Google's library always signs for this one."""

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LASTS = timedelta(hours=1)
SKEW = timedelta(minutes=5)
SIGNATURE = "Invalid JWT Signature."
TIMES = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


@dataclass(frozen=True)
class Token:
    email: str
    ends_at: datetime


class Robots:
    """keys: the public key of each service account, by e-mail. demo_key: the text of the file with the demo's."""

    def __init__(self) -> None:
        self.demo_key = demo_key()
        self.reset()

    def keep_in(self, file: Path) -> None:
        """From now on the demo's key is the one in this file, which is made where there is none."""
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as made:
            made.write(self.demo_key)
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
        self.demo_key = file.read_text()
        self.reset()

    def reset(self) -> None:
        self._keys = {DEMO_EMAIL: _public(json.loads(self.demo_key)["private_key"])}
        self._tokens: dict[str, Token] = {}

    def add(self, email: str) -> str:
        """A new service account; the text of the file that holds its key."""
        key = rsa.generate_private_key(65537, 2048)
        self._keys[email] = key.public_key()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return json.dumps({"type": "service_account", "client_email": email, "private_key": pem, "token_uri": AUDIENCE})

    def revoke(self, email: str) -> None:
        """Its key is deleted; tokens that were given already still work."""
        self._keys.pop(email, None)

    def end_tokens(self) -> None:
        self._tokens.clear()

    def let_in(self, call: Call, now: datetime) -> dict[str, Any]:
        """A token for a good assertion. Raises Refusal."""
        if call.params.get("grant_type") != GRANT:
            raise login_refusal("unsupported_grant_type", "Invalid grant_type: " + call.params.get("grant_type", ""))
        email = self._asserted(call.params.get("assertion", ""), now)
        token = f"sandbox-token-{token_hex(16)}"
        self._tokens[token] = Token(email, now + LASTS)
        return {"access_token": token, "expires_in": int(LASTS.total_seconds()) - 1, "token_type": "Bearer"}

    def of(self, call: Call, now: datetime) -> str:
        """The e-mail of whoever calls. Raises the Refusal of a missing, unknown or ended token."""
        sent = next((value for name, value in call.headers.items() if name.lower() == "authorization"), "")
        token = self._tokens.get(sent.removeprefix("Bearer ").strip())
        if token is None or token.ends_at <= now:
            raise no_token()
        return token.email

    def _asserted(self, assertion: str, now: datetime) -> str:
        """The e-mail of an assertion whose signature and times are right."""
        parts = assertion.split(".")
        try:
            head, claims, signature = _json(parts[0]), _json(parts[1]), _bytes(parts[2])
        except (IndexError, ValueError, binascii.Error):
            raise login_refusal("invalid_request", "Bad Request") from None
        email = str(claims.get("iss", ""))
        if email not in self._keys:
            raise login_refusal("invalid_grant", "Invalid grant: account not found")
        if head.get("alg") != "RS256" or not _is_signed(self._keys[email], ".".join(parts[:2]), signature):
            raise login_refusal("invalid_grant", SIGNATURE)
        if claims.get("aud") != AUDIENCE:
            raise login_refusal("invalid_grant", "Invalid JWT: Failed audience check.")
        if not claims.get("scope"):
            raise login_refusal("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        begins, ends = (datetime.fromtimestamp(int(claims.get(name, 0)), UTC) for name in ("iat", "exp"))
        if not any(_is_timely(begins, ends, each) for each in (now, datetime.now(UTC))):
            raise login_refusal("invalid_grant", TIMES)
        return email


def _is_timely(begins: datetime, ends: datetime, now: datetime) -> bool:
    """Whoever calls may go by real time, though the sandbox's own clock was moved."""
    return now - LASTS <= begins <= now + SKEW and now < ends <= begins + LASTS


def _is_signed(key: rsa.RSAPublicKey, text: str, signature: bytes) -> bool:
    try:
        key.verify(signature, text.encode(), padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _public(pem: str) -> rsa.RSAPublicKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


def _json(part: str) -> dict[str, Any]:
    decoded = json.loads(_bytes(part))
    if not isinstance(decoded, dict):
        raise ValueError(part)
    return decoded


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
