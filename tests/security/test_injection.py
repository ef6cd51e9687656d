"""Line breaks and control characters in every field: no second header, no forged line in the log."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from support.process import LOGIN, Demo, Stentor
from support.sms import new_id, number, settled
from support.waiting import until
from support.web import Client, address, basic

FORGED = "X-Forged"
BREAKS = ["\r\n", "\n", "\r", "\u0085", "\u2028", "\x00\r\n", "\x1b[2K\r"]
EVENT = re.compile(r"(\x1b\[\d+m)?\d{4}-\d\d-\d\dT")


def _broken(value: str, line_break: str) -> str:
    return f"{value}{line_break}{FORGED}: 1{line_break}{line_break}2000-01-01T00:00:00Z [error] {FORGED}"


def _raw(url: str, octets: bytes) -> tuple[bytes, bytes]:
    """Head and body of the one answer."""
    with socket.create_connection(address(url), timeout=20) as connection:
        connection.sendall(octets)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    return head, body


def _post(url: str, path: str, body: object) -> tuple[int, bytes]:
    octets = json.dumps(body).encode()
    head, answer = _raw(
        url,
        f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {LOGIN}\r\n"
        f"Content-Length: {len(octets)}\r\n\r\n".encode()
        + octets,
    )
    assert FORGED.lower().encode() not in head.lower()
    assert b"HTTP/1.1" not in answer
    return int(head.split()[1]), answer


DESTINATION_FIELDS = ["to", "messageId"]
MESSAGE_FIELDS = [
    "from",
    "text",
    "notifyUrl",
    "notifyContentType",
    "callbackData",
    "validityPeriod",
    "sendAt",
]
GOOD = {"notifyUrl": "http://127.0.0.1:9/", "notifyContentType": "application/json"}


def _request(field: str, line_break: str) -> dict[str, Any]:
    destination: dict[str, Any] = {"to": number()}
    message: dict[str, Any] = {"from": "InfoSMS", "text": "x", "destinations": [destination]}
    request: dict[str, Any] = {"messages": [message]}
    owner = request if field == "bulkId" else destination if field in DESTINATION_FIELDS else message
    owner[field] = _broken(str(owner.get(field) or GOOD.get(field) or new_id()), line_break)
    return request


@pytest.mark.parametrize("field", ["bulkId", *DESTINATION_FIELDS, *MESSAGE_FIELDS])
def test_a_field_makes_no_header_of_an_answer(field: str, demo: Demo) -> None:
    for line_break in BREAKS:
        status, body = _post(demo.url, "/sms/1/text/advanced", _request(field, line_break))
        assert status in (200, 400), body
        assert b"\n" not in body
        assert b"\r" not in body


@pytest.mark.parametrize("path", ["/%0d%0aX-Forged:%201", "/sms/1/logs%0aX-Forged:1", "/sms/1/logs/%00%1b%5b2K"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_path_makes_no_header_of_an_answer(method: str, path: str, demo: Demo) -> None:
    head, body = _raw(demo.url, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert head.startswith(b"HTTP/1.1 40")
    assert FORGED.lower().encode() not in head.lower()
    assert b"\n" not in body


@pytest.mark.parametrize("name", ["messageId", "bulkId", "limit", "from", "to", "sentSince", "generalStatus", "mccmnc"])
@pytest.mark.parametrize("path", ["/sms/1/logs", "/sms/1/reports"])
def test_a_filter_makes_no_header_of_an_answer(path: str, name: str, demo: Demo) -> None:
    line = f"GET {path}?{name}=x%0d%0aX-Forged:%201%0d%0a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head, body = _raw(demo.url, f"{line}Authorization: {LOGIN}\r\n\r\n".encode())
    assert head.split()[1] in (b"200", b"400")
    assert FORGED.lower().encode() not in head.lower()
    assert b"\n" not in body


@contextmanager
def _listening() -> Iterator[tuple[str, list[bytes]]]:
    """A customer's server that keeps what comes, octet by octet."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(20)
                octets = b""
                while not (b"\r\n\r\n" in octets and octets.rstrip().endswith((b"}", b">"))):
                    octets += connection.recv(65_536)
                calls.append(octets)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", calls
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.parametrize("content_type", ["application/json", "application/xml"])
def test_a_call_to_a_customer_has_our_headers_only(content_type: str, demo: Demo) -> None:
    broken = {field: _broken("x", "\r\n") for field in ("callbackData", "text")}
    with _listening() as (url, calls):
        message = {
            "from": "InfoSMS",
            "notifyUrl": f"{url}/%0d%0aX-Forged:%201/a%20b?q=%0d%0aX-Forged:1&\u00e4",
            "notifyContentType": content_type,
            "destinations": [{"to": number(), "messageId": _broken(new_id(), "\r\n")}],
            **broken,
        }
        request = {"bulkId": _broken(new_id("b"), "\r\n"), "messages": [message]}
        assert _post(demo.url, "/sms/1/text/advanced", request)[0] == 200
    head, _, body = calls[0].partition(b"\r\n\r\n")
    names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names <= {b"host", b"content-type", b"content-length", b"user-agent", b"accept", b"accept-encoding"}
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert FORGED.encode() in body


@pytest.fixture(scope="module")
def logging_text(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stentor]:
    """`stentor serve` that logs everything as text."""
    folder = tmp_path_factory.mktemp("text")
    config = folder / "stentor.toml"
    config.write_text(TEXT.format(data=json.dumps(str(folder / "data"))))
    running = Stentor(folder, "serve", "--config", str(config))
    started = until(lambda: re.search(r"http=(\S+)", running.stderr()), "the start", 30)
    running.facts["http"] = started[1]
    yield running
    running.stop()


TEXT = """
[storage]
data = {data}
[http]
port = 0
[smpp]
port = 0
[log]
level = "debug"
[[connectors]]
type = "simulated"
delay = 0.01
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = {{ Aladdin = "open sesame" }}
credit = "100"
"""


def _lines(running: Stentor) -> list[str]:
    """What a terminal, a pager or a collector would take for lines."""
    return [line for line in running.stderr().splitlines() if line]


def test_no_field_makes_a_line_of_the_log(logging_text: Stentor) -> None:
    client = Client(logging_text.url, LOGIN)
    for line_break in BREAKS:
        for field in ("bulkId", *DESTINATION_FIELDS, *MESSAGE_FIELDS):
            answer = client.post("/sms/1/text/advanced", _request(field, line_break))
            if answer.status == 200:
                ids = [str(one["messageId"]) for one in answer.json["messages"]]
                settled(client, *ids) if field != "messageId" else None
    Client(logging_text.url, basic(_broken("x", "\n"), "x")).get("/account/1/balance")
    lines = _lines(logging_text)
    assert len(lines) > 10
    assert [line for line in lines if not EVENT.match(line) or line.startswith("2000")] == []


LOGGED = r"""
import sys
import structlog
from stentor.app.running import log_to_stderr

log_to_stderr("debug", sys.argv[1])
log = structlog.get_logger()
forged = "x" + sys.argv[2] + "2000-01-01T00:00:00Z [error] forged"
log.warning("event", url=forged, path=forged, reason=forged, listed=[forged])
log.warning(forged)
try:
    raise ValueError(forged)
except ValueError:
    log.exception("failed", path=forged)
"""


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("line_break", [one for one in BREAKS if "\x00" not in one])
def test_whatever_is_logged_is_a_line_or_stands_in_the_margin(form: str, line_break: str) -> None:
    command = [sys.executable, "-c", LOGGED, form, line_break]
    said = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", timeout=30).stderr
    lines = said.splitlines()
    assert [line for line in lines if line.startswith("2000")] == []
    assert "\x1b[2K" not in said
    if form == "json":
        assert [json.loads(line)["event"][:1] for line in lines] == ["e", "x", "f"]
    else:
        assert sum(bool(EVENT.match(line)) for line in lines) == 3
        assert all(EVENT.match(line) or line.startswith("  | ") for line in lines)
        assert "ValueError: x" in said
