"""The SMSC link over TLS, with a certificate made on the spot."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions
from support.platform import engine, until
from support.smsc_link import HOST, Link, WireTap, some

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl program to make a certificate with")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "certificate.pem", folder / "key.pem"
    assert OPENSSL is not None
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", str(made), "-keyout", str(key)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


@pytest.mark.parametrize(
    ("trusted", "verify", "works"), [(True, True, True), (False, False, True), (False, True, False)]
)
async def test_tls(tmp_path: Path, certificate: tuple[Path, Path], *, trusted: bool, verify: bool, works: bool) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    smsc = SimulatedSmsc(SmscOptions(delay=0.01))
    port = await smsc.start(HOST, 0, context)
    tls_ca = str(certificate[0]) if trusted else None
    try:
        async with engine(tmp_path) as running:
            options = {"port": port, "tls": True, "tls_ca": tls_ca, "tls_verify": verify}
            one = Link(running, smsc, WireTap(port), options)
            await one.connector.start()
            messages = some(3)
            await one.send(*messages)
            try:
                if works:
                    await until(lambda: one.statuses(*messages) == {5})
                else:
                    await until(lambda: "certificate" in one.connector.state().last_error.lower())
                    assert smsc.submitted == 0
                    assert one.statuses(*messages) == {7}
            finally:
                await running.dispatcher.stop(0.1)
                await one.connector.stop()
    finally:
        await smsc.stop()
