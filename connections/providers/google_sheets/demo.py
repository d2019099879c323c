"""The sandbox's demo robot, the spreadsheet that is shared with it, and its key, which the sandbox alone keeps."""

import json
from functools import cache
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connections.errors import Transient

DEMO_BOOK = "sandbox-demo-creators-2026"
DEMO_EMAIL = "freshet-demo@sandbox-project.iam.gserviceaccount.com"
SECONDS = 10


def key_of_the_sandbox(api_url: str) -> str:
    """Of the one that listens there. Raises Transient."""
    place = urlsplit(api_url)
    address = f"{place.scheme}://{place.netloc}/_sandbox{place.path}/key"
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy leads to this machine
            answer = session.get(address, timeout=SECONDS, allow_redirects=False)
            answer.raise_for_status()
            return str(answer.json()["key"])
    except (requests.RequestException, ValueError, KeyError) as error:
        remedy = "Start it: manage.py sandbox."
        raise Transient("The sandbox of Google Sheets does not answer.", remedy=remedy, original=str(error)) from error


@cache
def demo_key() -> str:
    """As Google Cloud would give it: the text of a JSON file. Made anew by each process, so that none is kept."""
    key = rsa.generate_private_key(65537, 2048)
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "sandbox-project",
            "private_key_id": "0000000000000000000000000000000000000000",
            "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "client_email": DEMO_EMAIL,
            "client_id": "100000000000000000000",
            "token_uri": "https://oauth2.googleapis.com/token",
            "universe_domain": "googleapis.com",
        }
    )
