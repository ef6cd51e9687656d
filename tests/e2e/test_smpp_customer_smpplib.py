"""`stentor demo` with smpplib as the customer's program, plain and over TLS; and the npm package smpp."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import PDUError

from support.process import Demo

NODE, NPM = shutil.which("node"), shutil.which("npm")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo"))
    yield one
    assert one.stop() == 0
    assert "Traceback" not in one.stderr()


@pytest.fixture(params=["plain", "tls"])
def client(demo: Demo, request: pytest.FixtureRequest) -> Iterator[Client]:
    facts = demo.facts["smpp"]
    context, port = None, facts["port"]
    if request.param == "tls":
        context = trusting(demo)
        port = facts["tls_port"]
    made = Client(facts["host"], port, timeout=5, allow_unknown_opt_params=True, ssl_context=context)
    made.connect()
    yield made
    if made.state != consts.SMPP_CLIENT_STATE_CLOSED:
        made.disconnect()


def trusting(demo: Demo) -> ssl.SSLContext:
    """smpplib names no host."""
    context = ssl.create_default_context(cafile=str(demo.data / "demo-certificate.pem"))
    context.check_hostname = False
    return context


def reading(client: Client, enough: Callable[[], bool]) -> None:
    stuck = threading.Timer(5, client.disconnect)
    stuck.start()
    while not enough():
        client.read_once()
    stuck.cancel()


def exchange(client: Client, *destinations: str, **fields: Any) -> tuple[list[Any], list[Any]]:
    """Submit to each, and read until each has its receipt: (responses, receipts)."""
    sent: list[Any] = []
    received: list[Any] = []
    client.set_message_sent_handler(lambda pdu, **_: sent.append(pdu))
    client.set_message_received_handler(lambda pdu, **_: received.append(pdu))
    for destination in destinations:
        given = {"source_addr_ton": consts.SMPP_TON_ALNUM, "source_addr": "smpplib", "short_message": b"hello"}
        client.send_message(
            dest_addr_ton=consts.SMPP_TON_INTL,
            destination_addr=destination,
            registered_delivery=True,
            **{**given, **fields},
        )
    reading(client, lambda: len(sent) == len(received) == len(destinations))
    return sent, received


def test_bind_submit_receipt_unbind(client: Client) -> None:
    client.bind_transceiver(system_id="test", password="test")
    sent, received = exchange(client, "41793026727", "41793026728")
    ids = {answer.message_id.decode() for answer in sent}
    assert {receipt.receipted_message_id.rstrip(b"\0").decode() for receipt in received} == ids
    assert all(b"stat:DELIVRD err:000" in receipt.short_message for receipt in received)
    assert {receipt.destination_addr for receipt in received} == {b"smpplib"}
    client.unbind()


def test_unicode(client: Client) -> None:
    client.bind_transceiver(system_id="test", password="test")
    (answer,), _ = exchange(client, "41793026727", short_message="жук".encode("utf-16-be"), data_coding=8)
    assert answer.status == 0


def test_a_wrong_password(client: Client) -> None:
    with pytest.raises(PDUError) as refused:
        client.bind_transceiver(system_id="test", password="wrong")
    assert refused.value.args[1] == consts.SMPP_ESME_RINVPASWD


def test_the_second_account_gets_none_of_the_firsts(demo: Demo, client: Client) -> None:
    facts = demo.facts["smpp"]
    other = Client(facts["host"], facts["port"], timeout=0.5, allow_unknown_opt_params=True)
    other.connect()
    other.bind_transceiver(system_id="demo2", password="demo2")
    taken: list[Any] = []
    other.set_message_received_handler(lambda pdu, **_: taken.append(pdu))
    client.bind_transceiver(system_id="test", password="test")
    exchange(client, "41793026727")
    with pytest.raises(TimeoutError):
        other._socket.recv(1)
    assert taken == []
    other.unbind()
    other.disconnect()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_2_and_later(demo: Demo, version: ssl.TLSVersion) -> None:
    facts = demo.facts["smpp"]
    context = trusting(demo)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    client = Client(facts["host"], facts["tls_port"], timeout=5, ssl_context=context)
    if version is ssl.TLSVersion.TLSv1_1:
        with pytest.raises(Exception, match=r"(?i)ssl|tls|connection"):
            client.connect()
        client._socket.close()
        return
    client.connect()
    client.bind_transmitter(system_id="test", password="test")
    client.unbind()
    client.disconnect()


@pytest.fixture(scope="module")
def node_customer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script with its package installed."""
    if NODE is None or NPM is None:
        pytest.skip("Node.js is not installed: no node, npm on PATH")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "customer.js"):
        shutil.copy(Path(__file__).parent / "node_smpp" / name, folder)
    command = [NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.mark.parametrize("tls", [False, True])
def test_the_npm_package(demo: Demo, node_customer: Path, *, tls: bool) -> None:
    facts = demo.facts["smpp"]
    assert NODE is not None
    port = str(facts["tls_port" if tls else "port"])
    command = [NODE, "customer.js", "ssmpp" if tls else "smpp", facts["host"], port, "test", "test"]
    ended = subprocess.run(command, cwd=node_customer, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "stat:DELIVRD" in ended.stdout
