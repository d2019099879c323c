"""The sandbox's demo robot, and the spreadsheet that is shared with it."""

import json
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DEMO_BOOK = "sandbox-demo-creators-2026"
DEMO_EMAIL = "freshet-demo@sandbox-project.iam.gserviceaccount.com"


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
