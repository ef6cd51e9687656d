"""HTTP itself: paths, methods, body sizes, broken bodies, and the habits of real clients (wire.md (b)14)."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

import pytest

from support.process import LOGIN, Demo
from support.sms import number
from support.web import JSON_HEADERS, Answer, Client, address, exchange

LIMIT = 10_485_760
SINGLE = "/sms/1/text/single"


def _single() -> bytes:
    return json.dumps({"from": "InfoSMS", "to": number(), "text": "x"}).encode()


def _octets(line: str, *headers: str, body: bytes = b"", login: str = LOGIN) -> bytes:
    head = [line, "Host: api.infobip.com", f"Authorization: {login}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


@pytest.mark.parametrize("path", ["/", "/sms/1/text", "/sms/3/text/single", "/SMS/1/logs", "/sms/1/logs/x", "/%00"])
def test_an_unknown_path_is_404(path: str, client: Client) -> None:
    assert client.get(path).error[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", SINGLE, "POST"),
        ("PUT", SINGLE, "POST"),
        ("OPTIONS", SINGLE, "POST"),
        ("DELETE", "/sms/1/reports", "GET"),
        ("POST", "/account/1/balance/", "GET"),
        ("DELETE", "/sms/1/logs", "GET, POST"),
    ],
)
def test_another_method_is_405_and_names_the_right_ones(method: str, path: str, allow: str, client: Client) -> None:
    answer = client.call(method, path)
    assert answer.error[:2] == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == allow


def test_head_has_no_body_and_leaves_the_connection_usable(demo: Demo) -> None:
    connection = http.client.HTTPConnection(*address(demo.url), timeout=10)
    try:
        connection.request("HEAD", "/sms/1/logs", headers={"Authorization": LOGIN})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (405, b"")
        connection.request("GET", "/account/1/balance", headers={"Authorization": LOGIN})
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    finally:
        connection.close()


def test_an_announced_giant_is_refused_unread(demo: Demo) -> None:
    head = _octets(f"POST {SINGLE} HTTP/1.1").replace(b"Content-Length: 0", b"Content-Length: 104857600")
    answer = exchange(demo.url, head)
    assert answer.error[:2] == (413, "PAYLOAD_TOO_LARGE")
    assert answer.headers["connection"] == "close"


def test_a_giant_in_chunks_is_refused_when_it_is_over_the_limit(demo: Demo) -> None:
    head = _octets(f"POST {SINGLE} HTTP/1.1", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    assert exchange(demo.url, head + chunk * 10 + b"1\r\n \r\n").error[:2] == (413, "PAYLOAD_TOO_LARGE")


def test_the_largest_body_is_read(demo: Demo) -> None:
    body = _single()
    body += b" " * (LIMIT - len(body))
    assert exchange(demo.url, _octets(f"POST {SINGLE} HTTP/1.1", body=body)).status == 200


def test_a_small_body_in_chunks(demo: Demo) -> None:
    head = _octets(f"POST {SINGLE} HTTP/1.1", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    body = _single()
    chunks = b"".join(b"1\r\n%c\r\n" % octet for octet in body) + b"0\r\n\r\n"
    assert exchange(demo.url, head + chunks).status == 200


HABITS = {
    "as documented": ("POST /sms/1/text/single HTTP/1.1", ["Content-Type: application/json"]),
    "no Content-Type": ("POST /sms/1/text/single HTTP/1.1", []),
    "charset": ("POST /sms/1/text/single HTTP/1.1", ["Content-Type: application/json; charset=UTF-8"]),
    "a form's type": ("POST /sms/1/text/single HTTP/1.1", ["Content-Type: application/x-www-form-urlencoded"]),
    "any answer": ("POST /sms/1/text/single HTTP/1.1", ["Content-Type: application/json", "Accept: */*"]),
    "trailing slash": ("POST /sms/1/text/single/ HTTP/1.1", ["Content-Type: application/json"]),
    "two slashes": ("POST //sms/1/text/single HTTP/1.1", ["Content-Type: application/json"]),
    "prefix and two slashes": ("POST /restapi//sms/1/text/single HTTP/1.1", ["Content-Type: application/json"]),
    "prefix": ("POST /restapi/sms/1/text/single HTTP/1.1", ["Content-Type: application/json"]),
    "absolute form": ("POST http://api.infobip.com/sms/1/text/single HTTP/1.1", ["Content-Type: application/json"]),
    "a query": ("POST /sms/1/text/single?x=1 HTTP/1.1", ["Content-Type: application/json"]),
    "HTTP/1.0": ("POST /sms/1/text/single HTTP/1.0", ["Content-Type: application/json"]),
    "small header names": ("POST /sms/1/text/single HTTP/1.1", ["content-type: application/json", "accept: */*"]),
}


@pytest.mark.parametrize("name", HABITS)
def test_a_clients_habit(name: str, demo: Demo) -> None:
    line, headers = HABITS[name]
    answer = exchange(demo.url, _octets(line, *headers, body=_single()))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json"), answer
    assert answer.json["messages"][0]["status"]["id"] == 0


@pytest.mark.parametrize("path", ["/sms/1/text/single", "/1/smsmessaging/outbound/InfoSMS/requests"])
def test_a_byte_order_mark_is_no_part_of_json(path: str, demo: Demo) -> None:
    """Clients on .NET write it before anything."""
    body = json.dumps({"address": number(), "message": "x", "to": number(), "from": "InfoSMS", "text": "x"}).encode()
    octets = _octets(f"POST {path} HTTP/1.1", "Content-Type: application/json", body=b"\xef\xbb\xbf" + body)
    assert exchange(demo.url, octets).status == 200


def test_names_of_headers_are_written_as_documented(demo: Demo) -> None:
    """Small clients look for them in the text."""
    head = _octets("POST /sms/1/text/single HTTP/1.1", "Content-Type: application/json", body=_single())
    with socket.create_connection(address(demo.url), timeout=30) as connection:
        connection.sendall(head)
        answer = connection.recv(65_536)
    names = [line.partition(b":")[0] for line in answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]]
    assert names == [b"Date", b"Content-Type", b"Content-Length"]
    assert int(answer.partition(b"Content-Length: ")[2].split()[0]) == len(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:18099/sms/1/logs?limit=1",
        "/sms/1/logs/?limit=1",
        "/restapi/sms/1/logs/?limit=1",
        "//sms/1/logs",
    ],
)
def test_reading_in_the_forms_that_clients_use(target: str, demo: Demo) -> None:
    answer = exchange(demo.url, _octets(f"GET {target} HTTP/1.1", "Content-Type: application/json", body=b"{}"))
    assert (answer.status, list(answer.json)) == (200, ["results"])


def test_unknown_members_are_ignored(client: Client) -> None:
    message = {
        "from": "InfoSMS",
        "text": "x",
        "type": "text",
        "nothing": [{}],
        "destinations": [{"to": number(), "x": 1}],
    }
    body = {"messages": [message], "includeSmsCountInResponse": True, "urlOptions": {"shortenUrl": True}}
    assert client.post("/sms/2/text/advanced", body).status == 200


def test_a_packed_body_is_415(client: Client) -> None:
    headers = {**JSON_HEADERS, "Content-Encoding": "gzip"}
    assert client.call("POST", SINGLE, b"\x1f\x8b", headers).error[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


BROKEN: dict[str, tuple[str, bytes, str]] = {
    "empty": (SINGLE, b"", "body"),
    "blank": (SINGLE, b" \r\n", "body"),
    "cut": (SINGLE, b'{"to":"41793026727","te', "body"),
    "two values": (SINGLE, b"{}{}", "body"),
    "not UTF-8": (SINGLE, b'{"text":"\xff"}', "body"),
    "a lone surrogate": (SINGLE, b'{"text":"\\ud800"}', "body"),
    "deep": (SINGLE, b"[" * 100_000, "body"),
    "deep in a member to ignore": (SINGLE, b'{"x":' + b"[" * 100_000, "body"),
    "a number": (SINGLE, b"7", "body"),
    "null": (SINGLE, b"null", "body"),
    "a list": (SINGLE, b"[]", "body"),
    "text is an object": (SINGLE, b'{"text":{}}', "text"),
    "to is true": (SINGLE, b'{"to":true}', "to"),
    "to holds a list": (SINGLE, b'{"to":["41793026727",[]]}', "to[1]"),
    "multi without messages": ("/sms/1/text/multi", b"{}", "messages"),
    "no messages": ("/sms/1/text/advanced", b'{"messages":[]}', "messages"),
    "messages is text": ("/sms/1/text/advanced", b'{"messages":"x"}', "messages"),
    "flash is text": ("/sms/1/text/advanced", b'{"messages":[{"flash":"yes"}]}', "messages[0].flash"),
    "validity": ("/sms/1/text/advanced", b'{"messages":[{"validityPeriod":0}]}', "messages[0].validityPeriod"),
    "sendAt": ("/sms/1/text/advanced", b'{"messages":[{},{"sendAt":"soon"}]}', "messages[1].sendAt"),
    "long messageId": (
        "/sms/1/text/advanced",
        b'{"messages":[{"destinations":[{"to":"41793026727","messageId":"%b"}]}]}' % (b"x" * 101),
        "messageId",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_400_and_says_where(name: str, client: Client) -> None:
    path, body, field = BROKEN[name]
    code, kind, text = client.call("POST", path, body, JSON_HEADERS).error
    assert (code, kind) == (400, "BAD_REQUEST")
    assert text.startswith(f"[{field} : "), text
    assert text.endswith("]")


def test_an_error_leaves_the_connection_usable(demo: Demo) -> None:
    connection = http.client.HTTPConnection(*address(demo.url), timeout=10)
    statuses: list[Any] = []
    try:
        for body in (b"{", _single(), b"", _single()):
            connection.request("POST", SINGLE, body, {"Authorization": LOGIN})
            answer = connection.getresponse()
            statuses.append((answer.status, bool(answer.read())))
    finally:
        connection.close()
    assert statuses == [(400, True), (200, True), (400, True), (200, True)]


def test_what_is_no_http_is_refused_and_the_program_goes_on(demo: Demo, client: Client) -> None:
    answer: Answer = exchange(demo.url, b"\x16\x03\x01 hello\r\n\r\n")
    assert answer.status == 400
    assert client.get("/account/1/balance").status == 200
