"""`stentor smsc` as a process, with smpplib as a client that is none of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import PDUError

STENTOR = Path(sys.executable).parent / "stentor"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command: list[str | Path] = [
        STENTOR,
        "smsc",
        "--port",
        "0",
        "--delay",
        "0.02",
        "--system-id",
        "me",
        "--password",
        "pass",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["port"]
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    made = Client("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
    made.connect()
    yield made
    if made.state != consts.SMPP_CLIENT_STATE_CLOSED:
        made.disconnect()


def exchange(client: Client, destination: str, receipts: int = 1) -> tuple[list[Any], list[Any]]:
    """Submit, and read until so many receipts came: (responses, receipts)."""
    sent: list[Any] = []
    received: list[Any] = []
    client.set_message_sent_handler(lambda pdu, **_: sent.append(pdu))
    client.set_message_received_handler(lambda pdu, **_: received.append(pdu))
    client.send_message(
        source_addr_ton=consts.SMPP_TON_ALNUM,
        source_addr="smpplib",
        dest_addr_ton=consts.SMPP_TON_INTL,
        destination_addr=destination,
        short_message=b"hello",
        registered_delivery=True,
    )
    stuck = threading.Timer(5, client.disconnect)
    stuck.start()
    while not sent or len(received) < receipts:
        client.read_once()
    stuck.cancel()
    return sent, received


def test_bind_submit_receipt_unbind(client: Client) -> None:
    client.bind_transceiver(system_id="me", password="pass")
    (answer,), (receipt,) = exchange(client, "41793026727")
    assert answer.status == consts.SMPP_ESME_ROK
    upstream_id = answer.message_id.decode()
    assert receipt.receipted_message_id.rstrip(b"\0").decode() == upstream_id
    assert f"id:{upstream_id} ".encode() in receipt.short_message
    assert b"stat:DELIVRD" in receipt.short_message
    assert receipt.esm_class == 0x04
    assert (receipt.source_addr, receipt.destination_addr) == (b"41793026727", b"smpplib")
    client.unbind()


def test_a_magic_number(client: Client) -> None:
    client.bind_transceiver(system_id="me", password="pass")
    _, (receipt,) = exchange(client, "41791009900027")
    assert b"stat:UNDELIV" in receipt.short_message
    assert receipt.message_state == 5
    client.unbind()


def test_a_wrong_password(client: Client) -> None:
    with pytest.raises(PDUError) as refusal:
        client.bind_transceiver(system_id="me", password="wrong")
    assert refusal.value.args[1] == consts.SMPP_ESME_RINVPASWD
