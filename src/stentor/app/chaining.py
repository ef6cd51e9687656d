"""Links to other platforms of the same API: made of their settings, with a door of their own for reports."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from stentor.config import HttpLinkSettings
from stentor.connectors.http import wire
from stentor.connectors.http.connector import HttpConnector
from stentor.connectors.http.options import HttpOptions
from stentor.core.ids import Ids
from stentor.core.ports import Clock, Connector, Upstream

_TOKEN_OCTETS = 20


class Chaining:
    """Implements `api.chained.Door`. `secret` is the installation's: with another one every door has another token."""

    def __init__(self, ids: Ids, secret: bytes) -> None:
        self._ids = ids
        self._secret = secret
        self.connectors: Mapping[str, Connector] = {}

    def made(self, settings: HttpLinkSettings, upstream: Upstream, clock: Clock) -> HttpConnector:
        options = msgspec.convert(settings, HttpOptions, from_attributes=True)
        return HttpConnector(options, upstream, clock, self._ids.keyed, self.door_of(settings))

    def door_of(self, settings: HttpLinkSettings) -> str | None:
        """The URL that the other platform sends reports to; None when they are pulled."""
        if settings.reports != "notify" or settings.public_url is None:
            return None
        path = f"/connector/{quote(settings.name, safe='')}/{self._token(settings.name)}/reports"
        return settings.public_url.rstrip("/") + path

    async def take(self, connector: str, token: str, body: bytes) -> bool | None:
        link = self.connectors.get(connector)
        known = hmac.compare_digest(token.encode(), self._token(connector).encode())
        if not known or not isinstance(link, HttpConnector):
            return None
        try:
            reports, bad = wire.reports(body)
        except wire.Unreadable as error:
            raise ValueError(str(error)) from None
        link.reports.unreadable(bad)
        return await link.reports.arrived(reports)

    def _token(self, connector: str) -> str:
        octets = hashlib.blake2b(connector.encode(), digest_size=_TOKEN_OCTETS, key=self._secret, person=b"door")
        return octets.hexdigest()
