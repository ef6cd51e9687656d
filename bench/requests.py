"""Requests of the load, made ready but for their numbers."""

from __future__ import annotations

import base64
from typing import Literal

import msgspec

USER, PASSWORD = "bench", "bench bench"
_FIRST_NUMBER = 41_790_000_000
_TEXT = "Benchmark message of some sixty characters, as they often are."
_SINGLE = f'{{"from":"InfoSMS","to":"%d","text":"{_TEXT}"}}'
_ADVANCED = f'{{"messages":[{{"from":"InfoSMS","destinations":[%s],"text":"{_TEXT}","notifyUrl":"%s"}}]}}'
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {login}\r\n"
    "Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {length}\r\n\r\n"
)


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, from number `first` on: for `seconds`, or `requests` of them; at `rate`, or as fast as answered."""

    port: int
    kind: Literal["single", "advanced"] = "single"
    destinations: int = 1
    notify_url: str = ""
    connections: int = 20
    seconds: float = 0.0
    requests: int = 0
    rate: float = 0.0
    first: int = 0


class Requests:
    """Requests made ready but for the numbers, which are unique and all of one length."""

    def __init__(self, load: Load) -> None:
        self._next = _FIRST_NUMBER + load.first
        self._count = load.destinations
        if load.kind == "single":
            path, body = "/sms/1/text/single", _SINGLE
        else:
            to = ",".join(['{"to":"%d"}'] * load.destinations)
            path, body = "/sms/1/text/advanced", _ADVANCED % (to, load.notify_url)
            if not load.notify_url:
                body = body.replace(',"notifyUrl":""', "")
        length = len(body % ((_FIRST_NUMBER,) * self._count))
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self._template = (_HEAD.format(path=path, login=login, length=length) + body).encode()

    def make(self) -> bytes:
        first = self._next
        self._next += self._count
        return self._template % tuple(range(first, self._next))
