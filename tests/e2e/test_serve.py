"""`stentor serve`: TLS, rates, senders, prices, and no calls to networks that the operator did not allow."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.process import Served, Stentor, command
from support.receiver import Receiver
from support.sms import advanced, number
from support.waiting import until
from support.web import Client, basic

TABLES = """
[[connectors]]
type = "simulated"
name = "network"
delay = 0.01
[[routes]]
connector = "network"
country = "CH"
[[prices]]
where = "CH"
price = "0.01"
[[prices]]
where = "22801"
price = "0.02"
[[prices]]
where = "HR"
price = "0.03"
[[accounts]]
name = "shop"
users = { shop = "secret" }
keys = ["k-123"]
credit = "1"
senders = ["InfoSMS"]
blocked_senders = ["Spam"]
accepted_status = 7
[[accounts]]
name = "slow"
users = { slow = "secret" }
credit = "1"
rate = 2.0
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("serve"), TABLES)
    yield running
    running.stop()


@pytest.fixture
def shop(served: Served) -> Client:
    return Client(served.url, basic("shop", "secret"))


def _status(client: Client, to: str, sender: str = "InfoSMS") -> int:
    message = {"from": sender, "text": "x", "destinations": [{"to": to}]}
    return int(advanced(client, message)["messages"][0]["status"]["id"])


def test_statuses_of_the_configured_account(shop: Client) -> None:
    assert _status(shop, number()) == 7
    assert _status(shop, number(), "Other") == 11
    assert _status(shop, number(), "Spam") == 13
    assert _status(shop, "385911234567") == 19
    assert _status(shop, "79161234567") == 6


def test_the_network_price_wins_and_credit_ends(served: Served) -> None:
    client = Client(served.url, "App k-123")
    before = client.get("/account/1/balance").json["balance"]
    assert _status(client, "41793026727") == 7
    assert client.get("/account/1/balance").json == {"balance": pytest.approx(before - 0.02), "currency": "EUR"}
    statuses = {_status(client, "41793026727") for _ in range(60)}
    assert statuses == {7, 12}
    assert client.get("/account/1/balance").json["balance"] >= 0


def test_over_the_rate_is_429_with_retry_after(served: Served) -> None:
    client = Client(served.url, basic("slow", "secret"))
    body = {"from": "InfoSMS", "to": ["41793026727"] * 8, "text": "x"}
    assert client.post("/sms/1/text/single", body).status == 200
    refused = client.post("/sms/1/text/single", body)
    assert refused.error == (429, "TOO_MANY_REQUESTS", "Too many requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 5


def test_loopback_is_not_called_unless_allowed(tmp_path: Path, receiver: Receiver) -> None:
    config = tmp_path / "stentor.toml"
    data = tmp_path / "data"
    ports = "[http]\nport = 0\n[smpp]\nport = 0\n"
    config.write_text(f'[storage]\ndata = "{data}"\n{ports}[log]\nformat = "json"\n{TABLES}')
    running = Stentor(tmp_path / "run", "serve", "--config", str(config))
    try:
        url = until(lambda: _started(running), "the start", 30)
        client = Client(url, basic("slow", "secret"))
        message = {
            "text": "x",
            "from": "InfoSMS",
            "notifyUrl": receiver.url("/refused"),
            "destinations": [{"to": number()}],
        }
        sent = advanced(client, message)["messages"][0]["messageId"]
        story = until(lambda: _failed_notify(data, sent), "the refused call")
        assert "127.0.0.1 is not a public address" in story
        assert receiver.calls("/refused") == []
    finally:
        running.stop()


def _started(running: Stentor) -> str | None:
    events = [json.loads(line) for line in running.stderr().splitlines() if line.endswith("}")]
    return next((event["http"] for event in events if event["event"] == "started"), None)


def _failed_notify(data: Path, message_id: str) -> str | None:
    shown = command("message", "show", message_id, "--data", data, "--json")
    events: list[dict[str, Any]] = json.loads(shown.stdout)["events"]
    return next((event["detail"] for event in events if event["event"] == "notify failed"), None)


def test_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    config = tmp_path / "stentor.toml"
    tls = f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n'
    config.write_text(
        f'[storage]\ndata = "{tmp_path / "data"}"\n[log]\nformat = "json"\n'
        f"[smpp]\nport = 0\n[http]\nport = 0\n{tls}{TABLES}",
    )
    running = Stentor(tmp_path / "run", "serve", "--config", str(config))
    try:
        url = until(lambda: _started(running), "the start", 30)
        assert url.startswith("https://")
        request = urllib.request.Request(f"{url}/account/1/balance", headers={"Authorization": basic("shop", "secret")})
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=certificate)) as answer:
            assert json.load(answer)["balance"] == 1
    finally:
        assert running.stop() == 0


def test_another_program_on_the_usual_smpp_port_leaves_http_alone(tmp_path: Path) -> None:
    """Unless the port was named: then it must be free."""
    with socket.socket() as taken:
        with contextlib.suppress(OSError):  # somebody has it already: as good
            taken.bind(("127.0.0.1", 8888))
            taken.listen()
        config = tmp_path / "stentor.toml"
        config.write_text(
            f'[storage]\ndata = "{tmp_path / "data"}"\n[http]\nport = 0\n[log]\nformat = "json"\n{TABLES}'
        )
        running = Stentor(tmp_path / "run", "serve", "--config", str(config))
        try:
            url = until(lambda: _started(running), "the start", 30)
            assert Client(url, None).get("/health").status == 200
            assert "no SMPP server" in running.stderr()
        finally:
            running.stop()
