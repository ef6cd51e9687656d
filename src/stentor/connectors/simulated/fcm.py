"""A local FCM: it checks what the real one checks, and its device tokens choose its answers.

A token that begins with a row of `ERRORS` and a hyphen gets that error; any other is taken.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import jwt
import msgspec

from stentor.connectors.simulated.http2 import Answered, Asked

ERRORS: dict[str, tuple[int, str, str]] = {
    "invalid": (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    "unregistered": (404, "NOT_FOUND", "UNREGISTERED"),
    "mismatch": (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
    "quota": (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
    "unavailable": (503, "UNAVAILABLE", "UNAVAILABLE"),
    "internal": (500, "INTERNAL", "INTERNAL"),
    "thirdparty": (401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
}
RETRY_AFTER_S = 7
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_OCTETS = 4_096
_RESERVED = re.compile("(google|gcm).*|from|message_type")
_NAMES = {
    "message": {"token", "notification", "data", "android"},
    "notification": {"title", "body", "image"},
    "android": {"priority", "ttl", "notification"},
    "android.notification": {"sound", "default_vibrate_timings", "notification_count"},
}
"""What may stand where, of all that FCM knows as much as we use."""
_TTL = re.compile("[0-9]+s")
_JSON = {"content-type": "application/json"}


class LocalFcm:
    """`public_key`: of the service account, PEM. `url`: where it listens, once it does."""

    def __init__(self, project: str, email: str, public_key: str) -> None:
        self.project = project
        self.email = email
        self.url = ""
        self.taken: Counter[str] = Counter()
        """Messages by their `messageId`."""
        self.refused: Counter[str] = Counter()
        """Device tokens by how often `ERRORS` answered them."""
        self.grants = 0
        self.denied = 0
        """Requests for a token that got none."""
        self.cuts = 0
        """Requests that are cut off before they are answered; the message is taken all the same."""
        self._key = public_key
        self._tokens: set[str] = set()

    def revoke(self) -> None:
        """Its tokens are good no more."""
        self._tokens.clear()

    def answer(self, asked: Asked) -> Answered | None:
        if asked.path == "/token":
            return self._grant(asked)
        return self._message(asked)

    def _grant(self, asked: Asked) -> Answered:
        form = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        try:
            claims = jwt.decode(
                form["assertion"],
                self._key,
                algorithms=["RS256"],
                audience=f"{self.url}/token",
                options={"verify_iat": False},
            )
            good = form["grant_type"] == _GRANT and claims["iss"] == self.email and claims["scope"] == _SCOPE
            good = good and claims["exp"] - claims["iat"] <= 3_600
        except (KeyError, jwt.PyJWTError) as error:
            return self._deny(str(error))
        if not good:
            return self._deny("wrong claims")
        self.grants += 1
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return _json(200, {"access_token": token, "expires_in": 3_599, "token_type": "Bearer"})

    def _deny(self, why: str) -> Answered:
        self.denied += 1
        return _json(400, {"error": "invalid_grant", "error_description": why})

    def _message(self, asked: Asked) -> Answered | None:
        if asked.headers.get(":method") != "POST" or asked.path != f"/v1/projects/{self.project}/messages:send":
            return _error(404, "NOT_FOUND", "", "no such method")
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _error(401, "UNAUTHENTICATED", "", "Request had invalid authentication credentials.")
        try:
            message = msgspec.json.decode(asked.body)["message"]
            token, data = str(message["token"]), message.get("data", {})
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            return _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", str(error))
        fault = _fault(asked.body, data) or _strange(message)
        if fault:
            return _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", fault)
        row = ERRORS.get(token.partition("-")[0])
        if row is not None:
            self.refused[token] += 1
            return _error(*row, f"simulated: {token}")
        self.taken[data.get("messageId", "")] += 1
        if self.cuts:
            self.cuts -= 1
            return None
        return _json(200, {"name": f"projects/{self.project}/messages/0:{self.taken.total()}"})


def _fault(body: bytes, data: dict[str, object]) -> str:
    if len(body) > _OCTETS:
        return f"Message is too big: {len(body)}"
    reserved = [name for name in data if _RESERVED.fullmatch(name)]
    if reserved:
        return f"Invalid data payload key: {reserved[0]}"
    return "" if all(isinstance(value, str) for value in data.values()) else "Invalid value at 'message.data'"


def _strange(message: dict[str, Any]) -> str:
    """A name or value that FCM does not know is refused there, not passed over."""
    android = message.get("android", {})
    parts = {
        "message": message,
        "notification": message.get("notification", {}),
        "android": android,
        "android.notification": android.get("notification", {}),
    }
    strange = [f"{where}.{name}" for where, part in parts.items() for name in sorted(part.keys() - _NAMES[where])]
    if strange:
        return f'Invalid JSON payload received. Unknown name "{strange[0]}"'
    if android.get("priority", "HIGH") not in ("NORMAL", "HIGH"):
        return "Invalid value at 'message.android.priority'"
    return "" if _TTL.fullmatch(android.get("ttl", "0s")) else "Invalid value at 'message.android.ttl'"


def _json(status: int, body: object, **headers: str) -> Answered:
    return Answered(status, msgspec.json.encode(body), {**_JSON, **headers})


def _error(status: int, name: str, code: str, said: str) -> Answered:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}] if code else []
    body = {"error": {"code": status, "message": said, "status": name, "details": details}}
    more = {"retry-after": str(RETRY_AFTER_S)} if status in (429, 503) else {}
    return _json(status, body, **more)
