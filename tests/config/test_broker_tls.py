"""A broker that is reached over TLS, in database 0, as managed ones are: who may listen in, and what works."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.config.installation import PRODUCTION, Installation, real_processes, wait_until
from tests.fixtures.workers import Broker

ROOT = Path(__file__).parents[2]
pytestmark = real_processes

LIVING = "SELECT count(*) FROM syncing_workerheartbeat"
ASK = """
import django
django.setup()
from django.conf import settings
from config.health import _broker_answers
from syncing import wakeups
print(_broker_answers(settings.REDIS_URL), wakeups.broker_answers())
"""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that nobody knows who is not told, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker of a test")])
    places = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(places, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    return path


@pytest.fixture
def address(broker: Broker, certificate: Path) -> Iterator[str]:
    """Of a TLS server in front of the broker, as DigitalOcean gives it: no path, no words about certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=[listener, context, broker], daemon=True).start()
        yield f"rediss://127.0.0.1:{listener.getsockname()[1]}"


def serve(listener: socket.socket, context: ssl.SSLContext, broker: Broker) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=pass_on, args=[plain, context, broker], daemon=True).start()


def pass_on(plain: socket.socket, context: ssl.SSLContext, broker: Broker) -> None:
    try:
        caller = context.wrap_socket(plain, server_side=True)
    except (ssl.SSLError, OSError):
        return  # whoever called did not trust us
    server = socket.socket(socket.AF_UNIX)
    server.connect(str(broker.socket))
    threading.Thread(target=pump, args=[server, caller], daemon=True).start()
    pump(caller, server)


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while read := source.recv(65536):
            target.sendall(read)
    except OSError:
        """One of both has gone; then the other one goes too."""
    finally:
        for end in (source, target):
            end.close()


def ask(address: str, folder: Path, **trusted: str) -> str:
    """Whether the web's health check and Celery's messages reach the broker."""
    given = PRODUCTION | {"DATABASE_URL": f"sqlite:///{folder}/none.sqlite3", "REDIS_URL": address}
    environment = given | {"DJANGO_SETTINGS_MODULE": "config.settings", "ENV_FILE": "/dev/null", **trusted}
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def test_it_is_spoken_to_only_where_its_certificate_is_right(address: str, certificate: Path, tmp_path: Path) -> None:
    assert ask(address, tmp_path) == "False False"
    assert ask(f"{address}?ssl_cert_reqs=CERT_NONE", tmp_path) == "True True"
    assert ask(address, tmp_path, SSL_CERT_FILE=str(certificate)) == "True True"
    assert ask(address.replace("127.0.0.1", "localhost"), tmp_path, SSL_CERT_FILE=str(certificate)) == "False False"


@pytest.mark.spec("L33")
def test_web_worker_and_beat_work_with_it(address: str, certificate: Path, installation: Installation) -> None:
    process = installation.start_production(REDIS_URL=address, SSL_CERT_FILE=str(certificate), SWEEP_SECONDS="1")
    installation.wait_until_ready(process)
    wait_until(lambda: installation.number(LIVING) == 1)
    answer = installation.browser.get(f"{installation.url}/readyz", timeout=10)
    assert answer.json() == {"status": "ready"}
    wait_until(lambda: "Sending due task sweep" in installation.said())
    process.terminate()
    assert process.wait(10) == 0
    assert "Traceback" not in installation.said(), installation.said()
