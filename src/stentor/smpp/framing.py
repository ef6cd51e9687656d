"""A stream of octets to whole PDUs (SMPP 3.4 §3.2.2, §5.1.1)."""

from __future__ import annotations

import struct

from .errors import FramingError
from .wire import HEADER, HEADER_SIZE

MAX_PDU = 70_000  # a message_payload of 64 KiB and its mandatory part
_LENGTH = struct.Struct(">I")
_LENGTH_SIZE = 4


class Framer:
    """Cuts a stream at the command_lengths; an impossible one ends it before anything is reserved for it."""

    def __init__(self, max_pdu: int = MAX_PDU) -> None:
        self._max = max_pdu
        self._rest = bytearray()
        self._wanted = _LENGTH_SIZE  # octets to have before looking again: a trickle is not copied each time
        self._broken = False

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """The PDUs that are whole now. After a FramingError the rest of the stream is nobody's."""
        if self._broken:
            return []
        if self._rest or len(data) < self._wanted or type(data) is not bytes:
            self._rest += data
            if len(self._rest) < self._wanted:
                return []
            data, self._rest = bytes(self._rest), bytearray()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[bytes]:
        frames: list[bytes] = []
        at, size = 0, len(data)
        length_at, most = _LENGTH.unpack_from, self._max
        wanted = _LENGTH_SIZE
        while at + _LENGTH_SIZE <= size:
            (wanted,) = length_at(data, at)
            if not HEADER_SIZE <= wanted <= most:
                if wanted >= HEADER_SIZE and size - at < HEADER_SIZE:
                    wanted = HEADER_SIZE  # wait for the sequence_number to answer with
                    break
                raise self._break(data, at, frames)
            if at + wanted > size:
                break
            frames.append(data[at : at + wanted])
            at += wanted
            wanted = _LENGTH_SIZE
        self._wanted = wanted
        self._rest += data[at:]
        return frames

    def _break(self, data: bytes, at: int, frames: list[bytes]) -> FramingError:
        """A length under 16 has no header to read a sequence_number from: 0 (SMPP 3.4 §4.3.1)."""
        self._broken = True
        (length,) = _LENGTH.unpack_from(data, at)
        sequence = HEADER.unpack_from(data, at)[3] if length >= HEADER_SIZE else 0
        return FramingError(f"command_length {length} is not {HEADER_SIZE} to {self._max}", sequence, frames)
