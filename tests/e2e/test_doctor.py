"""`stentor doctor`: what holds messages up beside the running program, and what would keep one from starting."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from stentor.app.checkup import checkup
from stentor.config import Settings, SmscSettings
from stentor.config.settings import HttpSettings, StorageSettings
from stentor.core.diagnosis import Finding
from support.cli import Ended, stentor
from support.process import SERVE, Served, command
from support.sms import advanced, number
from support.waiting import until
from support.web import Client, basic

DEAD = '[[connectors]]\ntype = "smsc"\nname = "dead"\nhost = "127.0.0.1"\nport = 1\nreconnect_max = 0.2\n'
TABLES = f"""
{DEAD}
[[connectors]]
type = "simulated"
name = "network"
[[routes]]
connector = "dead"
country = "CH"
[[routes]]
connector = "network"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = {{ shop = "secret" }}
credit = "1"
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("doctor"), TABLES)
    yield running
    assert running.stop() == 0


def findings(ended: Ended) -> dict[str, dict[str, Any]]:
    """By what was looked at."""
    found: list[dict[str, Any]] = ended.json
    order = {"trouble": 0, "note": 1, "ok": 2}
    assert found == sorted(found, key=lambda one: order[one["level"]])
    assert ended.code == (1 if any(one["level"] == "trouble" for one in found) else 0)
    assert all(one["remedy"] for one in found if one["level"] == "trouble")
    return {one["subject"]: one for one in found}


def test_a_dead_upstream_is_named_with_what_waits_for_it(served: Served) -> None:
    message = {"from": "InfoSMS", "text": "x", "destinations": [{"to": number()} for _ in range(3)]}
    advanced(Client(served.url, basic("shop", "secret")), message)
    until(lambda: "refused" in stentor("doctor", "--data", served.data).out, "the first try to connect")
    ended = command("doctor", "--data", served.data)
    assert (ended.returncode, ended.stderr) == (1, "")
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("TROUBLE  connector dead: down: cannot connect: ")
    assert lines[0].endswith("Connection refused; 3 waiting")
    assert lines[1] == (
        "         to do: check address, port, system_id and password of the connector, and whether the SMSC is up"
    )
    assert not [line for line in lines[2:] if line.startswith("TROUBLE")]
    assert any(line.startswith("ok       connector network: 1 of 1 sessions") for line in lines)
    found = findings(stentor("doctor", "--data", served.data, "--json"))
    assert found["connector dead"]["level"] == "trouble"
    assert {"disk", "disk space", "disk write", "clock", "open files", "reports"} <= set(found)
    assert "program" not in found


def test_without_the_program(tmp_path: Path) -> None:
    file = tmp_path / "stentor.toml"
    file.write_text(SERVE.format(data=json.dumps(str(tmp_path / "data"))) + TABLES, encoding="utf-8")
    assert stentor("account", "list", "--config", file).code == 0
    for place in (("--config", file), ("--data", tmp_path / "data")):
        found = findings(stentor("doctor", *place, "--json"))
        assert found["program"]["said"] == f"no program runs on {tmp_path / 'data'}"
        assert found["connector dead"]["level"] == "trouble"
        assert found["connector dead"]["said"] == "127.0.0.1:1: Connection refused"
        assert "connector network" not in found
    assert findings(stentor("doctor", "--config", file, "--json"))["port 0"]["level"] == "ok"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found = findings(stentor("doctor", "--data", tmp_path / "none", "--json"))
    assert found["disk write"]["said"] == f"cannot write to {tmp_path / 'none'}: No such file or directory"
    assert not (tmp_path / "none").exists()


def looked(folder: Path, *, running: bool = False, newest_ms: int = 0, **http: Any) -> dict[str, Finding]:
    settings = Settings(storage=StorageSettings(data=str(folder)), http=HttpSettings(**{"port": 0, **http}))
    return {one.subject: one for one in checkup(settings, running=running, newest_ms=newest_ms)}


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = looked(tmp_path, port=port)[f"port {port}"]
        assert (taken.level, taken.said) == ("trouble", f"cannot listen on 127.0.0.1:{port}: Address already in use")
        assert f"port {port}" not in looked(tmp_path, port=port, running=True)
    assert looked(tmp_path, port=port)[f"port {port}"].level == "ok"


def test_a_clock_that_went_back(tmp_path: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    late = looked(tmp_path, newest_ms=int(ahead.timestamp() * 1000))["clock"]
    assert (late.level, late.remedy[:13]) == ("trouble", "set the clock")
    assert f"the newest entry here is of {ahead:%Y-%m-%d %H:%M}" in late.said
    assert looked(tmp_path, newest_ms=int(ahead.timestamp() * 1000) - 3_600_000)["clock"].level == "ok"


def test_the_disk_is_tried_and_left_clean(tmp_path: Path) -> None:
    one = looked(tmp_path)["disk write"]
    assert one.said.startswith("a write with fsync takes ")
    assert list(tmp_path.iterdir()) == []


def test_an_upstream_that_takes_connections(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = Settings(
            storage=StorageSettings(data=str(tmp_path)),
            http=HttpSettings(port=0),
            connectors=(SmscSettings(name="up", host="127.0.0.1", port=port),),
        )
        found = {one.subject: one for one in checkup(settings, running=False, newest_ms=0)}
    assert found["connector up"].said == f"127.0.0.1:{port} takes connections (no bind was tried)"


def ending(folder: Path, days: int) -> tuple[str, str]:
    """A certificate that ends in so many days, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=30)).not_valid_after(now + timedelta(days=days))
    certificate, secret = folder / f"{days}.pem", folder / f"{days}.key"
    certificate.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(certificate), str(secret)


CERTIFICATES = {90: ("ok", ""), 5: ("note", "renew it soon"), -1: ("trouble", "renew it: clients refuse to connect")}


@pytest.mark.parametrize("days", CERTIFICATES)
def test_the_certificate(tmp_path: Path, days: int) -> None:
    certificate, key = ending(tmp_path, days)
    one = looked(tmp_path, tls_certificate=certificate, tls_key=key)["TLS"]
    assert (one.level, one.remedy) == CERTIFICATES[days]
    assert one.said == f"the certificate ends on {datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def test_a_certificate_with_the_key_of_another(tmp_path: Path) -> None:
    (certificate, _), (_, key) = ending(tmp_path, 1), ending(tmp_path, 2)
    one = looked(tmp_path, tls_certificate=certificate, tls_key=key)["TLS"]
    assert (one.level, one.remedy) == ("trouble", "give a pair that belongs together")
