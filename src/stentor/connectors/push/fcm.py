"""FCM HTTP v1: a token by the JWT bearer grant, one request a message (`spec/domain.md` 5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import msgspec
from msgspec.structs import replace

from stentor.connectors.push.link import Answer
from stentor.connectors.push.trouble import Lost, Shared
from stentor.connectors.push.wire import OCTETS, SERVER_ERROR, TOO_MANY, UNAUTHORIZED, Token, Wire, in_portions
from stentor.core.devices import Notification, Told

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOUR_S = 3_600
_EARLY_S = 60
"""A token is renewed so long before its end."""
_RENEWED_S = 60.0
"""Where a token that was only just made is refused, another is not asked for sooner."""
_DENIED_MS = 30_000
"""A key that gets no token is not tried again sooner."""
_NOT_NOW = ("UNAVAILABLE", "INTERNAL", "QUOTA_EXCEEDED", "UNSPECIFIED_ERROR")
_encode = msgspec.json.Encoder().encode


class FcmOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`account`: the JSON of the service account's key. `token_url`: instead of the one that stands there."""

    account: str
    url: str
    token_url: str = ""
    ca_file: str | None = None


class ServiceAccount(msgspec.Struct, frozen=True):
    project_id: str
    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class _Grant(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = _HOUR_S


class _Denied(Exception):
    """No token: what that means for messages. It is so for `retry_ms`, and not asked again before."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.said)
        self.told = told


class Fcm:
    """Implements `core.devices.PushService`. `now`: seconds since 1970."""

    def __init__(self, options: FcmOptions, now: Callable[[], float] = time.time) -> None:
        self._account = msgspec.json.decode(options.account, type=ServiceAccount)
        self._token_url = options.token_url or self._account.token_uri
        self._path = f"/v1/projects/{self._account.project_id}/messages:send"
        self._wire = Wire(options.url, options.ca_file, older=True)
        self._grants = Wire(self._token_url, options.ca_file, older=True)
        self._token = Token(now)
        self._grant = Shared(self._granted)
        self._denied: _Denied | None = None
        self._denied_until = 0.0
        self._refused_at = -_RENEWED_S
        """When a token was refused that had only just been made."""

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return await in_portions(self._one, batch)

    async def close(self) -> None:
        await self._wire.close()
        await self._grants.close()

    async def _one(self, note: Notification) -> Told:
        body = _body(note, self._token.now())
        if len(body) > OCTETS:
            return Told("refused", f"{len(body)} octets; FCM takes {OCTETS}")
        try:
            return self._told(await self._answer(body))
        except Lost as lost:
            return Told("later", str(lost), lost.retry_ms)
        except _Denied as denied:
            return denied.told

    async def _answer(self, body: bytes) -> Answer:
        token = await self._authorised("")
        answer = await self._wire.post(self._path, _headers(token), body)
        if not _stale(answer) or time.monotonic() - self._refused_at < _RENEWED_S:
            return answer
        token = await self._authorised(token)
        answer = await self._wire.post(self._path, _headers(token), body)
        if _stale(answer):
            self._refused_at = time.monotonic()
        return answer

    async def _authorised(self, not_this: str) -> str:
        """The token; a new one when it is too old, or when it is the one that was refused."""
        if self._token.good and self._token.value != not_this:
            return self._token.value
        left = self._denied_until - time.monotonic()
        if self._denied is not None and left > 0:
            raise _Denied(replace(self._denied.told, retry_ms=ceil(left * 1_000)))
        return await self._grant()

    async def _granted(self) -> str:
        try:
            return await self._asked_for()
        except _Denied as denied:
            self._denied = denied
            self._denied_until = time.monotonic() + denied.told.retry_ms / 1_000
            raise

    async def _asked_for(self) -> str:
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        path = urlsplit(self._token_url).path or "/"
        answer = await self._grants.post(path, headers, urlencode(form).encode())
        if answer.status != HTTPStatus.OK:
            said = f"no token: {answer.status} {answer.text}"
            if answer.status >= SERVER_ERROR or answer.status == TOO_MANY:
                raise _Denied(self._grants.later(answer, said))
            raise _Denied(Told("refused", said, _DENIED_MS))
        try:
            grant = msgspec.json.decode(answer.body, type=_Grant)
        except msgspec.DecodeError as error:
            raise _Denied(Told("later", f"no token: {error}", _DENIED_MS)) from None
        return self._token.keep(grant.access_token, max(grant.expires_in - _EARLY_S, grant.expires_in / 2))

    def _told(self, answer: Answer) -> Told:
        if answer.status == HTTPStatus.OK:
            return Told("taken")
        error, words = _error_of(answer)
        said = f"FCM {answer.status} {error}: {words}"
        if error == "UNREGISTERED":
            return Told("gone", said)
        if error in _NOT_NOW or answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
            return self._wire.later(answer, said)
        return Told("refused", said)

    def _assertion(self) -> str:
        now, account = int(self._token.now()), self._account
        claims = {
            "iss": account.client_email,
            "scope": _SCOPE,
            "aud": self._token_url,
            "iat": now,
            "exp": now + _HOUR_S,
        }
        try:
            return jwt.encode(claims, account.private_key, algorithm="RS256", headers={"kid": account.private_key_id})
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise _Denied(Told("refused", f"the service account's key is unusable: {error}", _DENIED_MS)) from None


def _headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def _body(note: Notification, now: float) -> bytes:
    """Title and text are shown by the phone; the application finds `messageId` and its payload in `data`."""
    data = {name: value if isinstance(value, str) else _encode(value).decode() for name, value in note.payload.items()}
    shown = {"title": note.title, "body": note.text} if note.title else {"body": note.text}
    seconds = max(int(note.expires / 1000 - now), 0)
    android: dict[str, Any] = {"priority": "HIGH", "ttl": f"{seconds}s"}
    effects = {
        "sound": note.sound,
        "default_vibrate_timings": note.vibrates,
        "notification_count": note.badge,
    }
    if any(effects.values()):
        android["notification"] = {name: value for name, value in effects.items() if value}
    message = {"token": note.device.token, "notification": shown, "data": {**data, "messageId": note.id}}
    return _encode({"message": {**message, "android": android}})


def _stale(answer: Answer) -> bool:
    """Whether the token is at fault, and not what the service itself needs for APNs or the browser."""
    return answer.status == UNAUTHORIZED and _error_of(answer)[0] != "THIRD_PARTY_AUTH_ERROR"


def _error_of(answer: Answer) -> tuple[str, str]:
    """The error code of FCM, or else of the API around it."""
    try:
        error = msgspec.json.decode(answer.body)["error"]
        codes = [one["errorCode"] for one in error.get("details", ()) if "errorCode" in one]
        return codes[0] if codes else str(error.get("status", "")), str(error.get("message", ""))[:200]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return "", answer.text
