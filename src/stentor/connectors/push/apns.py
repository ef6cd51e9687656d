"""APNs over HTTP/2 with a signing key (`spec/domain.md` 5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import jwt
import msgspec

from stentor.connectors.push.link import Answer
from stentor.connectors.push.wire import OCTETS, SERVER_ERROR, Lost, Token, Wire, later
from stentor.core.devices import Notification, Told

_TOKEN_S = 50 * 60
"""A token lives an hour at APNs."""
_AT_LEAST_S = 20 * 60
"""APNs refuses a new token sooner."""
_GONE = ("Unregistered", "BadDeviceToken", "ExpiredToken")
_NOT_NOW = ("TooManyRequests", "TooManyProviderTokenUpdates", "InternalServerError", "ServiceUnavailable", "Shutdown")
_STALE = "ExpiredProviderToken"
_encode = msgspec.json.Encoder().encode


class ApnsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: the text of the .p8 file."""

    key: str
    key_id: str
    team: str
    topic: str
    url: str
    ca_file: str | None = None


class Apns:
    """Implements `core.devices.PushService`. `now`: seconds since 1970."""

    def __init__(self, options: ApnsOptions, now: Callable[[], float] = time.time) -> None:
        self._options = options
        self._wire = Wire(options.url, options.ca_file)
        self._token = Token(now)

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return await asyncio.gather(*(self._one(note) for note in batch))

    async def close(self) -> None:
        await self._wire.close()

    async def _one(self, note: Notification) -> Told:
        body = _body(note)
        if len(body) > OCTETS:
            return Told("refused", f"{len(body)} octets; APNs takes {OCTETS}")
        path = f"/3/device/{quote(note.device.token, safe='')}"
        try:
            answer = await self._wire.post(path, self._headers(note, ""), body)
            if _reason(answer) == _STALE and self._token.now() - self._token.made >= _AT_LEAST_S:
                answer = await self._wire.post(path, self._headers(note, self._token.value), body)
        except Lost as lost:
            return Told("later", str(lost))
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            return Told("refused", f"the signing key is unusable: {error}")
        return _told(answer)

    def _headers(self, note: Notification, not_this: str) -> dict[str, str]:
        return {
            "authorization": f"bearer {self._authorised(not_this)}",
            "apns-topic": self._options.topic,
            "apns-push-type": "alert",
            "apns-id": note.id,
            "apns-expiration": str(note.expires // 1000),
            "apns-priority": "10",
        }

    def _authorised(self, not_this: str) -> str:
        if self._token.good and self._token.value != not_this:
            return self._token.value
        claims = {"iss": self._options.team, "iat": int(self._token.now())}
        made = jwt.encode(claims, self._options.key, algorithm="ES256", headers={"kid": self._options.key_id})
        return self._token.keep(made, _TOKEN_S)


def _body(note: Notification) -> bytes:
    given = note.options.get("notificationOptions") or {}
    custom = note.options.get("customPayload") or {}
    alert = {"body": note.text} | ({"title": str(given["title"])} if given.get("title") else {})
    aps: dict[str, Any] = {"alert": alert}
    if given.get("soundEnabled", True):
        aps["sound"] = str(given.get("soundName") or "default")
    if isinstance(given.get("badge"), int):
        aps["badge"] = given["badge"]
    return _encode({**custom, "messageId": note.id, "aps": aps})


def _told(answer: Answer) -> Told:
    if answer.status == HTTPStatus.OK:
        return Told("taken")
    reason = _reason(answer)
    said = f"APNs {answer.status} {reason}"
    if reason in _GONE or answer.status == HTTPStatus.GONE:
        return Told("gone", said)
    if reason in (*_NOT_NOW, _STALE) or answer.status >= SERVER_ERROR:
        return later(answer, said)
    return Told("refused", said)


def _reason(answer: Answer) -> str:
    if answer.status == HTTPStatus.OK:
        return ""
    try:
        return str(msgspec.json.decode(answer.body)["reason"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
