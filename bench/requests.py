"""Requests of the load, made ready but for their numbers: ours, and the same for the peers of `bench.beside`."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import msgspec

USER, PASSWORD = "bench", "bench bench"
PEER_LOGIN = {"username": "bench", "password": "bench"}
_KEY = "bench-%05d"
_FIRST_NUMBER = 41_790_000_000
_TEXT = "Benchmark message of some sixty characters, as they often are."
_SINGLE = f'{{"from":"InfoSMS","to":"%d","text":"{_TEXT}"}}'
_ADVANCED = f'{{"messages":[{{"from":"InfoSMS","destinations":[%s],"text":"{_TEXT}"%s}}]}}'
_STAMP = ',"callbackData":"%016d"'
_POST = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {login}\r\n"
    "Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {length}\r\n\r\n"
)
_TRACKED = (
    '{"messages":[{"from":"InfoSMS","destinations":[%s],"text":"Look at this: http://www.example.com/awesomeApp"}],'
    '"tracking":{"track":"URL","type":"BENCH"}}'
)
_FOLLOW = (
    "GET %s HTTP/1.1\r\nHost: eel.nu\r\nUser-Agent: Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/116.0.0.0 Mobile Safari/537.36\r\nAccept: text/html,*/*;q=0.8\r\n\r\n"
)
_GET = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_HOLE = "NUMBER"


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, from number `first` on: for `seconds`, or `requests` of them; at `rate`, or as fast as answered.

    `user` sends, or with `keys` so many API keys in turn (`key_of`). `links`: a file with the paths that "follow"
    follows, one after the other. `stamped` (advanced only): callbackData is the
    monotonic time in microseconds at which the request was made.
    """

    port: int
    kind: Literal["single", "advanced", "lookup", "kannel", "jasmin", "v3", "tracked", "follow"] = "single"
    destinations: int = 1
    notify_url: str = ""
    links: str = ""
    stamped: bool = False
    user: str = USER
    keys: int = 0
    connections: int = 20
    seconds: float = 0.0
    requests: int = 0
    rate: float = 0.0
    first: int = 0


class Requests:
    """Their numbers are unique and all of one length."""

    def __init__(self, load: Load) -> None:
        self._next = _FIRST_NUMBER + load.first
        self._count = load.destinations
        self._holes = 1
        self._keys = load.keys
        self._stamped = load.stamped
        self._followed: Iterator[bytes] | None = None
        login = "App " + _KEY if load.keys else _basic(load.user)
        match load.kind:
            case "single":
                template = _post("/sms/1/text/single", login, _SINGLE, 1)
            case "advanced":
                to = ",".join(['{"to":"%d"}'] * load.destinations)
                notify = f',"notifyUrl":"{load.notify_url}"' if load.notify_url else ""
                stamp = _STAMP if load.stamped else ""
                body = _ADVANCED % (to, notify + stamp)
                template = _post("/sms/1/text/advanced", login, body, load.destinations + load.stamped)
            case "tracked":
                to = ",".join(['{"to":"%d"}'] * load.destinations)
                template = _post("/sms/1/text/advanced", login, _TRACKED % to, load.destinations)
            case "follow":
                template = ""
                self._followed = cycle([(_FOLLOW % line).encode() for line in Path(load.links).read_text().split()])
            case "lookup":
                numbers = ",".join(['"%d"'] * load.destinations)
                template = _post("/number/1/query", login, f'{{"to":[{numbers}]}}', load.destinations)
            case "v3":
                login_given = {"username": load.user, "password": PASSWORD}
                asked = login_given | {"sender": "InfoSMS", "GSM": _HOLE, "SMSText": _TEXT}
                template = _get("/api/v3/sendsms/plain", asked)
            case "kannel":
                asked = {"dlr-mask": "1", "dlr-url": f"{load.notify_url}?id={_HOLE}"} if load.notify_url else {}
                template = _get("/cgi-bin/sendsms", {"from": "InfoSMS", "to": _HOLE, "text": _TEXT} | asked)
                self._holes = 1 + len(asked) // 2
            case "jasmin":
                url = {"dlr": "yes", "dlr-url": load.notify_url, "dlr-level": "2", "dlr-method": "GET"}
                asked = url if load.notify_url else {}
                template = _get("/send", {"from": "InfoSMS", "to": _HOLE, "content": _TEXT} | asked)
        self._template = template.encode()

    def make(self) -> bytes:
        if self._followed is not None:
            return next(self._followed)
        first = self._next
        self._next += self._count
        values = tuple(range(first, self._next)) * self._holes
        if self._keys:
            values = (first % self._keys, *values)
        if self._stamped:
            values = (*values, time.monotonic_ns() // 1_000)
        return self._template % values


def key_of(number: int) -> str:
    return _KEY % number


def _basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()


def _post(path: str, login: str, body: str, numbers: int) -> str:
    length = len(body % ((_FIRST_NUMBER,) * numbers))
    return _POST.format(path=path, login=login, length=length) + body


def _get(path: str, parameters: dict[str, str]) -> str:
    query = urlencode(PEER_LOGIN | parameters).replace("%", "%%").replace(_HOLE, "%d")
    return _GET.format(path=f"{path}?{query}")
