"""A local APNs: it checks what the real one checks, and the first digits of a device token choose its answer."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

import jwt
import msgspec

from stentor.connectors.simulated.http2 import Answered, Asked

ERRORS: dict[str, tuple[int, str]] = {
    "dead": (410, "Unregistered"),
    "bad0": (400, "BadDeviceToken"),
    "0403": (400, "DeviceTokenNotForTopic"),
    "0429": (429, "TooManyRequests"),
    "0500": (500, "InternalServerError"),
    "0503": (503, "ServiceUnavailable"),
}
_TOKEN = re.compile("/3/device/([0-9a-fA-F]{64,200})")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OCTETS = 4_096
_HOUR_S, _AT_LEAST_S = 3_600, 1_200


class LocalApns:
    """`public_key`: of the signing key, PEM. `now`: seconds since 1970."""

    def __init__(
        self, *, key_id: str, team: str, topic: str, public_key: str, now: Callable[[], float] = time.time
    ) -> None:
        self.taken: Counter[str] = Counter()
        """Messages by their apns-id."""
        self.cuts = 0
        """Requests that are cut off before they are answered; the message is taken all the same."""
        self.tokens: list[str] = []
        """Provider tokens in the order they came."""
        self._known = (key_id, team, topic)
        self._key = public_key
        self._now = now
        self._changed = 0.0

    def answer(self, asked: Asked) -> Answered | None:
        wrong = self._provider(asked.headers.get("authorization", "")) or self._wrong(asked)
        if wrong is not None:
            return self._refused(*wrong, asked)
        found = _TOKEN.fullmatch(asked.path)
        row = ERRORS.get(found[1][:4].lower()) if found else (400, "BadDeviceToken")
        if row is not None:
            return self._refused(*row, asked)
        self.taken[asked.headers["apns-id"]] += 1
        if self.cuts:
            self.cuts -= 1
            return None
        return Answered(200, headers={"apns-id": asked.headers["apns-id"]})

    def _provider(self, authorization: str) -> tuple[int, str] | None:
        token = authorization.removeprefix("bearer ")
        key_id, team, _ = self._known
        if not token:
            return 403, "MissingProviderToken"
        try:
            head = jwt.get_unverified_header(token)
            claims = jwt.decode(token, self._key, algorithms=["ES256"], options={"verify_iat": False})
        except jwt.PyJWTError:
            return 403, "InvalidProviderToken"
        if head.get("kid") != key_id or claims.get("iss") != team:
            return 403, "InvalidProviderToken"
        if not -_HOUR_S < claims.get("iat", 0) - self._now() <= 60:
            return 403, "ExpiredProviderToken"
        if not self.tokens or self.tokens[-1] != token:
            if self.tokens and self._now() - self._changed < _AT_LEAST_S:
                return 429, "TooManyProviderTokenUpdates"
            self.tokens.append(token)
            self._changed = self._now()
        return None

    def _wrong(self, asked: Asked) -> tuple[int, str] | None:
        headers = asked.headers
        checks = (
            (headers.get(":method") == "POST", 405, "MethodNotAllowed"),
            (headers.get("apns-topic") == self._known[2], 400, "BadTopic"),
            (headers.get("apns-push-type") in ("alert", "background"), 400, "InvalidPushType"),
            (bool(_UUID.fullmatch(headers.get("apns-id", ""))), 400, "BadMessageId"),
            (headers.get("apns-expiration", "").isdigit(), 400, "BadExpirationDate"),
            (headers.get("apns-priority") in ("5", "10"), 400, "BadPriority"),
            (bool(asked.body), 400, "PayloadEmpty"),
            (len(asked.body) <= _OCTETS, 413, "PayloadTooLarge"),
            (_has_aps(asked.body), 400, "BadPayload"),
        )
        return next(((status, reason) for good, status, reason in checks if not good), None)

    def _refused(self, status: int, reason: str, asked: Asked) -> Answered:
        more = {"retry-after": "7"} if status in (429, 503) else {}
        since = {"timestamp": int(self._now() * 1_000)} if status == 410 else {}
        body = msgspec.json.encode({"reason": reason, **since})
        return Answered(status, body, {"apns-id": asked.headers.get("apns-id", ""), **more})


def _has_aps(body: bytes) -> bool:
    try:
        return "aps" in msgspec.json.decode(body, type=dict)
    except msgspec.DecodeError:
        return False
