"""The stand-in's certificate: Google's library sends a login over TLS only.

A process learns only once whom gRPC trusts. So that is an authority which never changes, and which vouches for each
stand-in anew. Everybody may know its key: it can vouch for this machine alone, and is trusted in sandbox mode only.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

AUTHORITY: Final = Path(__file__).with_name("authority.crt")
"""What `authority` makes, as a file, because gRPC wants one."""
NAME: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Freshet sandbox")])
HOST: Final = x509.DNSName("localhost")
FIRST_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
LAST_DAY: Final = datetime(2126, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Certificate:
    """Both as PEM."""

    chain: bytes
    key: bytes

    @classmethod
    def made(cls) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = x509.SubjectAlternativeName([HOST, x509.IPAddress(ip_address("127.0.0.1"))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        builder = _builder(subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
        signed = builder.add_extension(hosts, critical=False).sign(_known_key(), SHA256())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(signed.public_bytes(Encoding.PEM), pem)


def authority() -> bytes:
    """As PEM, and each time the same."""
    key = _known_key()
    signed = (
        _builder(NAME, key.public_key(), 1)
        .not_valid_before(FIRST_DAY)
        .not_valid_after(LAST_DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints([HOST], None), critical=True)
        .sign(key, SHA256(), ecdsa_deterministic=True)
    )
    return signed.public_bytes(Encoding.PEM)


def _known_key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(4711, ec.SECP256R1())


def _builder(subject: x509.Name, key: ec.EllipticCurvePublicKey, serial: int) -> x509.CertificateBuilder:
    return x509.CertificateBuilder().subject_name(subject).issuer_name(NAME).public_key(key).serial_number(serial)
