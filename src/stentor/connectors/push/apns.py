"""APNs over HTTP/2 with a signing key (`spec/domain.md` 5)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from math import inf
from typing import Any
from urllib.parse import quote

import jwt
import msgspec

from stentor.connectors.push.link import Answer
from stentor.connectors.push.trouble import Lost
from stentor.connectors.push.wire import OCTETS, SERVER_ERROR, TOO_MANY, Token, Wire, in_portions
from stentor.core.devices import Notification, Told

_TOKEN_S = 50 * 60
"""A token lives an hour at APNs."""
_AT_LEAST_S = 20 * 60
"""APNs refuses a new token sooner."""
_GONE = ("Unregistered", "BadDeviceToken", "ExpiredToken")
_NOT_NOW = (
    "TooManyRequests",
    "TooManyProviderTokenUpdates",
    "IdleTimeout",
    "InternalServerError",
    "ServiceUnavailable",
    "Shutdown",
)
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


class _Error(msgspec.Struct, frozen=True):
    reason: str = ""
    timestamp: float = inf


_error = msgspec.json.Decoder(_Error).decode


class Apns:
    """Implements `core.devices.PushService`. `token`: the one of this key, which all its applications share."""

    def __init__(self, options: ApnsOptions, token: Token | None = None) -> None:
        self._options = options
        self._wire = Wire(options.url, options.ca_file)
        self._token = token or Token()

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return await in_portions(self._one, batch)

    async def close(self) -> None:
        await self._wire.close()

    async def _one(self, note: Notification) -> Told:
        body = _body(note)
        if len(body) > OCTETS:
            return Told("refused", f"{len(body)} octets; APNs takes {OCTETS}")
        path = f"/3/device/{quote(note.device.token, safe='')}"
        try:
            token = self._authorised("")
            answer = await self._wire.post(path, self._headers(note, token), body)
            if _reason(answer) == _STALE and (fresh := self._authorised(token)) != token:
                answer = await self._wire.post(path, self._headers(note, fresh), body)
        except Lost as lost:
            return Told("later", str(lost), lost.retry_ms)
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            return Told("refused", f"the signing key is unusable: {error}")
        return self._told(answer, note)

    def _headers(self, note: Notification, token: str) -> dict[str, str]:
        return {
            "authorization": f"bearer {token}",
            "apns-topic": self._options.topic,
            "apns-push-type": "alert",
            "apns-id": note.id,
            "apns-expiration": str(note.expires // 1000),
            "apns-priority": "10",
        }

    def _authorised(self, not_this: str) -> str:
        """The token; another one when it is too old, or refused and old enough for APNs to take another."""
        if self._token.good and (self._token.value != not_this or self._token.age < _AT_LEAST_S):
            return self._token.value
        claims = {"iss": self._options.team, "iat": int(self._token.now())}
        made = jwt.encode(claims, self._options.key, algorithm="ES256", headers={"kid": self._options.key_id})
        return self._token.keep(made, _TOKEN_S)

    def _told(self, answer: Answer, note: Notification) -> Told:
        if answer.status == HTTPStatus.OK:
            return Told("taken")
        reason = _reason(answer)
        said = f"APNs {answer.status} {reason}"
        if reason in _GONE or answer.status == HTTPStatus.GONE:
            return Told("gone" if _since(answer) >= note.device.at else "refused", said)
        if reason in (*_NOT_NOW, _STALE) or answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
            return self._wire.later(answer, said)
        return Told("refused", said)


def _body(note: Notification) -> bytes:
    alert = {"title": note.title, "body": note.text} if note.title else {"body": note.text}
    aps: dict[str, Any] = {"alert": alert}
    if note.sound:
        aps["sound"] = note.sound
    if note.badge is not None:
        aps["badge"] = note.badge
    return _encode({**note.payload, "messageId": note.id, "aps": aps})


def _reason(answer: Answer) -> str:
    return "" if answer.status == HTTPStatus.OK else _error_of(answer).reason


def _since(answer: Answer) -> float:
    """Milliseconds since 1970 when the device was gone; one that registered later is another, or back again."""
    return _error_of(answer).timestamp


def _error_of(answer: Answer) -> _Error:
    try:
        return _error(answer.body)
    except msgspec.DecodeError:
        return _Error()
