"""GOAWAY, kept apart from the other frames (RFC 9113 §6.8).

`h2` takes it for the end of the connection and refuses every frame after it, the answers too that a service that leaves
politely still owes. APNs and FCM leave so whenever they are deployed.
"""

from __future__ import annotations

import msgspec
from h2.exceptions import FrameTooLargeError

_HEAD = 9
_GOAWAY = 7
_LARGEST = 16_384
"""Of a frame, as long as we announce nothing else (RFC 9113 §4.2); `h2` would wait for all of a larger one."""


class Goodbye(msgspec.Struct, frozen=True):
    last: int
    """The last request that it looked at."""
    why: str


class Goodbyes:
    """Keeps what came of a frame until the rest of it is there."""

    def __init__(self) -> None:
        self._begun = b""

    def apart(self, data: bytes) -> tuple[bytes, Goodbye | None]:
        """Whole frames without GOAWAY, and the last GOAWAY among them. Raises `FrameTooLargeError`."""
        data, at, kept, goodbye = self._begun + data, 0, [], None
        while len(data) - at >= _HEAD:
            length = int.from_bytes(data[at : at + 3])
            end = at + _HEAD + length
            if length > _LARGEST:
                raise FrameTooLargeError(f"a frame of {length} octets")
            if end > len(data):
                break
            if data[at + 3] == _GOAWAY:
                goodbye = _read(data[at + _HEAD : end])
            else:
                kept.append(data[at:end])
            at = end
        self._begun = data[at:]
        return b"".join(kept), goodbye


def _read(payload: bytes) -> Goodbye:
    """One that is too short says that nothing was looked at."""
    last, error = int.from_bytes(payload[:4]) & 0x7FFF_FFFF, int.from_bytes(payload[4:8])
    said = payload[8:208].decode(errors="replace")
    return Goodbye(last, f"the service is going away ({error}{': ' if said else ''}{said})")
