"""GET /{4}/{5}: a short link sends the phone on at once (004 "URL shortening")."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from stentor.api import errors
from stentor.api.messages import Request, Response
from stentor.api.route import Parameter
from stentor.core.errors import NotFound
from stentor.core.links import Gone, Links

PATH = "/{first}/{second}"
AT = (
    Parameter("first", "First part of its code.", Annotated[str, Meta(pattern="^[0-9A-Za-z]{4}$")]),
    Parameter("second", "Second part of its code.", Annotated[str, Meta(pattern="^[0-9A-Za-z]{5}$")]),
)
_SHOWN = 512
"""Octets of a User-Agent that are looked at, and remembered."""
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
)


class RedirectApi:
    def __init__(self, links: Links) -> None:
        self._links = links

    async def follow(self, request: Request) -> Response:
        """An unknown link is refused like any unknown path; a request with HEAD only asks, and is no click."""
        code = request.at["first"] + request.at["second"]
        agent = request.headers.get(b"user-agent", b"")[:_SHOWN].decode("latin-1")
        try:
            location = self._links.follow(code, agent, clicked=request.method == "GET")
        except NotFound:
            return errors.render(errors.NOT_FOUND, f"Requested URL not found: {request.path[:200]}")
        except Gone as gone:
            return errors.render(errors.GONE, str(gone))
        return Response(302, b"", "text/plain", ((b"location", location), *_HEADERS))
