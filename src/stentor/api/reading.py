"""Request bodies: each is read whole, and what is in memory of all of them together has a limit too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from stentor.api import errors
from stentor.api.messages import Response

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_SMALL = 65_536
"""Octets of a body that needs no place among the large ones: nearly every request is smaller."""
_CLOSE = (b"connection", b"close")


class Unread(Exception):
    """The body was not read to its end; `answer` says why."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


class Gone(Exception):
    """The client left before its request was complete."""


class _Place:
    """What one body takes of the room for all."""

    octets = 0


class Bodies:
    """`limit`: octets of one body. `together`: octets of all large ones at once; one alone is always read."""

    def __init__(self, limit: int, together: int) -> None:
        self._limit = limit
        self._together = together
        self.held = 0
        """Octets of large bodies in memory."""

    async def read(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """Who has it gives it back with `release`. A length that is announced too large is not read at all."""
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            raise self._too_large()
        place = _Place()
        try:
            return await self._whole(receive, place)
        except BaseException:
            self.held -= place.octets
            raise

    def release(self, body: bytes) -> None:
        if len(body) > _SMALL:
            self.held -= len(body)

    async def _whole(self, receive: Receive, place: _Place) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._limit:
                raise self._too_large()
            if size > _SMALL:
                self._hold(size, place)
            chunks.append(chunk)
            if not message.get("more_body"):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _hold(self, size: int, place: _Place) -> None:
        others = self.held - place.octets
        if others and others + size > self._together:
            text = "Too many large requests at once. Please try again."
            raise Unread(errors.render(errors.UNAVAILABLE, text, ((b"retry-after", b"1"), _CLOSE)))
        self.held, place.octets = others + size, size

    def _too_large(self) -> Unread:
        return Unread(errors.render(errors.TOO_LARGE, f"Request body is larger than {self._limit} octets", (_CLOSE,)))
