"""A transport that sends together what is written in one turn of the loop.

uvicorn writes the head of an answer and its body one after the other, and uvloop sends each at once: two system calls
and two packets (with TLS two records) for an answer of 300 octets, and a client that wakes up twice.
"""

from __future__ import annotations

import asyncio
from typing import Any

_MUCH = 65_536
"""Octets that are sent at once: the one who writes learns that the client does not keep up."""


class Corked(asyncio.Transport):
    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._held: list[bytes] = []
        self._octets = 0
        self.lost = False
        """Whether something written was thrown away, for the connection was over."""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(bytes(data))
        self._octets += len(data)
        if self._octets > _MUCH:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if not self._held:
            return
        held, self._held, self._octets = self._held, [], 0
        if self._inner.is_closing():
            self.lost = True
        else:
            self._inner.write(held[0] if len(held) == 1 else b"".join(held))

    def get_write_buffer_size(self) -> int:
        return self._octets + self._inner.get_write_buffer_size()

    def write_eof(self) -> None:
        self.flush()
        self._inner.write_eof()

    def close(self) -> None:
        self.flush()
        self._inner.close()

    def abort(self) -> None:
        self.lost = self.lost or bool(self._held)
        self._held, self._octets = [], 0
        self._inner.abort()

    def can_write_eof(self) -> bool:
        return self._inner.can_write_eof()

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)
