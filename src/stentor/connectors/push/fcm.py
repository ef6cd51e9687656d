"""FCM HTTP v1: a token by the JWT bearer grant, one request a message (`spec/domain.md` 5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import msgspec

from stentor.connectors.push.link import Answer
from stentor.connectors.push.wire import OCTETS, SERVER_ERROR, TOO_MANY, UNAUTHORIZED, Lost, Token, Wire, later
from stentor.core.devices import Notification, Told

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOUR_S = 3_600
_EARLY_S = 60
"""A token is renewed so long before its end."""
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
    """No token, and why: for good where the request or the key is at fault."""

    def __init__(self, why: str, *, for_good: bool) -> None:
        super().__init__(why)
        self.for_good = for_good


class Fcm:
    """Implements `core.devices.PushService`. `now`: seconds since 1970."""

    def __init__(self, options: FcmOptions, now: Callable[[], float] = time.time) -> None:
        self._account = msgspec.json.decode(options.account, type=ServiceAccount)
        self._token_url = options.token_url or self._account.token_uri
        self._path = f"/v1/projects/{self._account.project_id}/messages:send"
        self._wire = Wire(options.url, options.ca_file)
        self._grants = Wire(self._token_url, options.ca_file)
        self._token = Token(now)
        self._granting = asyncio.Lock()

    async def push(self, batch: Sequence[Notification]) -> Sequence[Told]:
        return await asyncio.gather(*(self._one(note) for note in batch))

    async def close(self) -> None:
        await self._wire.close()
        await self._grants.close()

    async def _one(self, note: Notification) -> Told:
        body = _body(note, self._token.now())
        if len(body) > OCTETS:
            return Told("refused", f"{len(body)} octets; FCM takes {OCTETS}")
        try:
            token = await self._authorised("")
            answer = await self._wire.post(self._path, _headers(token), body)
            if answer.status == UNAUTHORIZED and _error_of(answer)[0] != "THIRD_PARTY_AUTH_ERROR":
                token = await self._authorised(token)
                answer = await self._wire.post(self._path, _headers(token), body)
        except Lost as lost:
            return Told("later", str(lost))
        except _Denied as denied:
            return Told("refused" if denied.for_good else "later", str(denied))
        return _told(answer)

    async def _authorised(self, not_this: str) -> str:
        """The token; a new one when it is too old, or when it is the one that was refused."""
        async with self._granting:
            if self._token.good and self._token.value != not_this:
                return self._token.value
            form = {"grant_type": _GRANT, "assertion": self._assertion()}
            body = urlencode(form).encode()
            headers = {"content-type": "application/x-www-form-urlencoded"}
            answer = await self._grants.post(urlsplit(self._token_url).path or "/", headers, body)
            if answer.status != HTTPStatus.OK:
                good = answer.status < SERVER_ERROR and answer.status != TOO_MANY
                raise _Denied(f"no token: {answer.status} {answer.text}", for_good=good)
            try:
                grant = msgspec.json.decode(answer.body, type=_Grant)
            except msgspec.DecodeError as error:
                raise _Denied(f"no token: {error}", for_good=False) from None
            return self._token.keep(grant.access_token, grant.expires_in - _EARLY_S)

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
            raise _Denied(f"the service account's key is unusable: {error}", for_good=True) from None


def _headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def _body(note: Notification, now: float) -> bytes:
    """Title and text are shown by the phone; the application finds `messageId` and its payload in `data`."""
    given = note.options.get("notificationOptions") or {}
    custom = note.options.get("customPayload") or {}
    data = {name: value if isinstance(value, str) else _encode(value).decode() for name, value in custom.items()}
    shown = {"body": note.text} | ({"title": str(given["title"])} if given.get("title") else {})
    sound = given.get("soundName") or ("default" if given.get("soundEnabled", True) else None)
    seconds = max(int(note.expires / 1000 - now), 0)
    android: dict[str, Any] = {"priority": "HIGH", "ttl": f"{seconds}s"}
    if sound:
        android["notification"] = {"sound": str(sound)}
    message = {"token": note.device.token, "notification": shown, "data": {**data, "messageId": note.id}}
    return _encode({"message": {**message, "android": android}})


def _told(answer: Answer) -> Told:
    if answer.status == HTTPStatus.OK:
        return Told("taken")
    error, words = _error_of(answer)
    said = f"FCM {answer.status} {error}: {words}"
    if error == "UNREGISTERED":
        return Told("gone", said)
    if error in _NOT_NOW or answer.status == TOO_MANY or answer.status >= SERVER_ERROR:
        return later(answer, said)
    return Told("refused", said)


def _error_of(answer: Answer) -> tuple[str, str]:
    """The error code of FCM, or else of the API around it."""
    try:
        error = msgspec.json.decode(answer.body)["error"]
        codes = [one["errorCode"] for one in error.get("details", ()) if "errorCode" in one]
        return codes[0] if codes else str(error.get("status", "")), str(error.get("message", ""))[:200]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return "", answer.text
