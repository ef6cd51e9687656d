"""A certificate for this machine, made by itself: the demo speaks TLS without anything to configure."""

from __future__ import annotations

import contextlib
import os
import signal
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from multiprocessing import get_context
from pathlib import Path

_VALID = timedelta(days=3_650)
_SOON = timedelta(days=30)


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """The certificate's file, which is also the authority to trust, and its key's; kept until it expires."""
    certificate, key = folder / "demo-certificate.pem", folder / "demo-key.pem"
    if not (certificate.exists() and key.exists() and _fresh(certificate)):
        # In a process of its own: the library would stay in memory, 9 MB for once.
        making = get_context("fork").Process(target=_make, args=(certificate, key))
        making.start()
        making.join()
    return certificate, key


def _fresh(certificate: Path) -> bool:
    made = datetime.fromtimestamp(certificate.stat().st_mtime, UTC)
    return datetime.now(UTC) < made + _VALID - _SOON


def _make(certificate: Path, key: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's to obey, and this takes a moment only
    from cryptography import x509  # noqa: PLC0415 - takes long to load and is needed once
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with contextlib.suppress(OSError):  # a folder that cannot be written to is refused by the store, in a sentence
        key.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secret)
        certificate.write_bytes(made.public_bytes(pem))
