"""Octets to fields and back: the types of SMPP 3.4 §3.1, each error with its name and its command_status."""

from __future__ import annotations

import struct

from .errors import DecodeError, EncodeError
from .status import CommandStatus

HEADER = struct.Struct(">IIII")
HEADER_SIZE = 16
TLV_HEADER = struct.Struct(">HH")
LONG = struct.Struct(">I")
MAX_SM_LENGTH = 254  # SMPP 3.4 §5.2.21


class Reader:
    """Walks one PDU's body field by field.

    A response is read generously (`generous`): nobody can be told about its faults, and the message_id in it is worth
    more than its form. So its last string may lack the NUL, and a broken TLV stream ends where it breaks.
    """

    __slots__ = ("at", "command_id", "data", "end", "generous", "sequence")

    def __init__(self, data: bytes, command_id: int, sequence: int, *, generous: bool = False) -> None:
        self.data = data
        self.at = HEADER_SIZE
        self.end = len(data)
        self.command_id = command_id
        self.sequence = sequence
        self.generous = generous

    def fail(self, message: str, status: CommandStatus) -> DecodeError:
        return DecodeError(message, status, self.command_id, self.sequence)

    def octet(self, name: str) -> int:
        if self.at >= self.end:
            raise self.fail(f"{name}: the PDU ends before it", CommandStatus.ESME_RINVCMDLEN)
        self.at += 1
        return self.data[self.at - 1]

    def long(self, name: str) -> int:
        return int.from_bytes(self.octets(name, 4, CommandStatus.ESME_RINVCMDLEN), "big")

    def octets(self, name: str, length: int, status: CommandStatus) -> bytes:
        start, self.at = self.at, self.at + length
        if self.at > self.end:
            raise self.fail(f"{name}: {length} octets promised, {self.end - start} left", status)
        return self.data[start : self.at]

    def cstring(self, name: str, size: int, status: CommandStatus) -> str:
        """At most `size` octets, the NUL included."""
        start = self.at
        nul = self.data.find(0, start, min(start + size, self.end))
        if nul < 0:
            return self._without_nul(name, size, status)
        self.at = nul + 1
        return self.data[start:nul].decode("latin-1")

    def _without_nul(self, name: str, size: int, status: CommandStatus) -> str:
        left = self.end - self.at
        if left >= size:
            raise self.fail(f"{name}: longer than {size - 1} characters", status)
        if not self.generous:
            raise self.fail(f"{name}: the PDU ends before its NUL", CommandStatus.ESME_RINVCMDLEN)
        start, self.at = self.at, self.end
        return self.data[start:].decode("latin-1")

    def tlvs(self) -> tuple[tuple[int, bytes], ...]:
        found, whole = split_tlvs(self.data, self.at)
        if not whole and not self.generous:
            raise self.fail("the optional parameters run past the PDU's end", CommandStatus.ESME_RINVOPTPARSTREAM)
        self.at = self.end
        return found


def split_tlvs(data: bytes, at: int) -> tuple[tuple[tuple[int, bytes], ...], bool]:
    """The TLVs from `at` to the end (SMPP 3.4 §5.3.1), and whether they end exactly there."""
    end = len(data)
    found = []
    while at + 4 <= end:
        tag, length = TLV_HEADER.unpack_from(data, at)
        at += 4 + length
        if at > end:
            break
        found.append((tag, data[at - length : at]))
    return tuple(found), at == end


def write_octet(name: str, value: int) -> bytes:
    if not 0 <= value <= 0xFF:
        raise EncodeError(f"{name}: {value} does not fit in an octet")
    return bytes((value,))


def write_long(name: str, value: int) -> bytes:
    if not 0 <= value <= 0xFFFFFFFF:
        raise EncodeError(f"{name}: {value} does not fit in 4 octets")
    return LONG.pack(value)


def write_cstring(name: str, text: str, size: int) -> bytes:
    try:
        value = text.encode("latin-1")
    except UnicodeEncodeError:
        raise EncodeError(f"{name}: {text!r} is not Latin-1") from None
    if len(value) >= size:
        raise EncodeError(f"{name}: {text!r} is longer than {size - 1} characters")
    if 0 in value:
        raise EncodeError(f"{name}: {text!r} holds a NUL")
    return value + b"\0"


def write_tlvs(tlvs: tuple[tuple[int, bytes], ...]) -> bytes:
    try:
        return b"".join([TLV_HEADER.pack(tag, len(value)) + value for tag, value in tlvs])
    except struct.error:
        raise EncodeError("a TLV's tag or length does not fit in 2 octets") from None
