"""Bodies made to hurt: they are refused quickly, and the platform answers others meanwhile."""

from __future__ import annotations

import pytest

from support.sms import number
from support.web import JSON_HEADERS, Client

SIZE = 9 * 1_048_576
SINGLE, MULTI, ADVANCED = "/sms/1/text/single", "/sms/1/text/multi", "/sms/1/text/advanced"


def _filled(begin: bytes, unit: bytes, end: bytes) -> bytes:
    return begin + unit * ((SIZE - len(begin) - len(end)) // len(unit)) + end


BROKEN: dict[str, tuple[str, bytes]] = {
    "brackets": (SINGLE, b"[" * SIZE),
    "braces": (SINGLE, _filled(b"", b'{"a":', b"")),
    "brackets in a member to ignore": (SINGLE, b'{"x":' + b"[" * SIZE),
    "pairs of brackets, nested": (SINGLE, b'{"x":' + b"[" * (SIZE // 2) + b"]" * (SIZE // 2) + b"}"),
    "brackets for a number": (SINGLE, b'{"to":' + b"[" * SIZE),
    "braces for messages": (ADVANCED, _filled(b'{"messages":', b'[{"destinations":', b"")),
    "a number of nine million digits": (SINGLE, b'{"to":' + b"9" * SIZE + b"}"),
    "a number of 5,000 digits": (SINGLE, b'{"to":' + b"9" * 5_000 + b"}"),
    "an exponent": (SINGLE, b'{"to":1e999999999}'),
    "a fraction": (SINGLE, b'{"to":0.' + b"1" * SIZE + b"}"),
    "minutes of nine million digits": (ADVANCED, b'{"messages":[{"validityPeriod":"' + b"9" * SIZE + b'"}]}'),
    "blanks": (SINGLE, b" " * SIZE),
    "NUL outside a string": (SINGLE, b'{"text":\x00"x"}'),
    "NUL inside a string": (SINGLE, b'{"text":"\x00"}'),
    "a line break inside a string": (SINGLE, b'{"text":"\n"}'),
    "invalid UTF-8": (SINGLE, b'{"text":"\xc3\x28"}'),
    "overlong UTF-8": (SINGLE, b'{"text":"\xc0\xaf"}'),
    "a surrogate in UTF-8": (SINGLE, b'{"text":"\xed\xa0\x80"}'),
    "half an escape": (SINGLE, b'{"text":"\\ud83d"}'),
    "UTF-16": (SINGLE, '{"text":"x"}'.encode("utf-16")),
    "byte order marks": (SINGLE, b"\xef\xbb\xbf" * 100_000 + b"{}"),
    "NaN": (SINGLE, b'{"to":NaN}'),
    "a comment": (SINGLE, b'{"text":"x"}//'),
    "three million messages": (ADVANCED, _filled(b'{"messages":[', b"{},", b"{}]}")),
    "three million messages of multi": (MULTI, _filled(b'{"messages":[', b"{},", b"{}]}")),
    "three million destinations": (ADVANCED, _filled(b'{"messages":[{"destinations":[', b"{},", b"{}]}]}")),
    "destinations over many messages": (
        ADVANCED,
        _filled(b'{"messages":[', b'{"destinations":[' + b"{}," * 2_000 + b"{}]},", b"{}]}"),
    ),
    "four million numbers": (SINGLE, _filled(b'{"to":[', b"1,", b"1]}")),
    "numbers over many messages": (MULTI, _filled(b'{"messages":[', b'{"to":[' + b"1," * 2_000 + b"1]},", b"{}]}")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_made_to_hurt_is_400(name: str, client: Client) -> None:
    path, body = BROKEN[name]
    status, kind, text = client.call("POST", path, body, JSON_HEADERS).error
    assert (status, kind) == (400, "BAD_REQUEST")
    assert len(text) < 500
    assert client.get("/account/1/balance").status == 200


ODD: dict[str, tuple[str, bytes]] = {
    "a member twice": (SINGLE, b'{"to":"1","text":"x","to":"%b"}'),
    "a million members to ignore": (SINGLE, _filled(b'{"to":"%b","text":"x"', b',"a":1', b"}")),
    "millions of brackets to ignore": (SINGLE, _filled(b'{"to":"%b","text":"x","y":[', b"[],", b"[]]}")),
    "a text of nine megabytes": (SINGLE, _filled(b'{"to":"%b","text":"', b"x", b'"}')),
    "a text of escapes": (SINGLE, _filled(b'{"to":"%b","text":"', b"\\u0041", b'"}')),
    "NUL as an escape": (SINGLE, b'{"to":"%b","text":"\\u0000"}'),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_body_is_answered(name: str, client: Client) -> None:
    """The last member of a name counts; a text that is too long for an SMS is a status of its message."""
    path, body = ODD[name]
    answer = client.call("POST", path, body.replace(b"%b", number().encode(), 1), JSON_HEADERS)
    assert answer.status == 200, answer
    (message,) = answer.json["messages"]
    assert message["status"]["groupName"] in ("ACCEPTED", "PENDING", "REJECTED")
    assert client.get("/account/1/balance").status == 200
