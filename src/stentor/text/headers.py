"""The user data header: what stands before the text in each part (3GPP 23.040 §9.2.3.24).

One octet of length, then information elements of (identifier, length, data).
"""

from typing import Literal

from stentor.text.errors import InvalidUdh

ReferenceBits = Literal[8, 16]

CONCATENATED_8 = 0x00  # 3GPP 23.040 §9.2.3.24.1
CONCATENATED_16 = 0x08  # 3GPP 23.040 §9.2.3.24.8
MAX_PARTS = 255

_PORTS = (b"\x04", b"\x05")  # 3GPP 23.040 §9.2.3.24.3 and .4
_CONCATENATION = {CONCATENATED_8: 1, CONCATENATED_16: 2}  # identifier: octets of the reference


def udh(reference: int, total: int, number: int, bits: ReferenceBits = 8, elements: bytes = b"") -> bytes:
    """The header of part `number` of `total`. The reference wraps, so a running counter will do.

    `elements` are further ones; the header of an only part then has nothing else. Ports stand first, as in the WAP push
    of spec domain section 1; what says how to read the text stands last.
    """
    if not 1 <= number <= total <= MAX_PARTS:
        raise ValueError(f"part {number} of {total}")
    if total == 1 and elements:
        return bytes((len(elements),)) + elements
    if bits == 8:
        concatenation = bytes((CONCATENATED_8, 3, reference & 0xFF, total, number))
    else:
        concatenation = bytes((CONCATENATED_16, 4, reference >> 8 & 0xFF, reference & 0xFF, total, number))
    both = elements + concatenation if elements[:1] in _PORTS else concatenation + elements
    return bytes((len(both),)) + both


def parse_udh(octets: bytes) -> list[tuple[int, bytes]]:
    """The (identifier, data) pairs of the header that `octets` begin with; user data may follow it."""
    header, _ = split_udh(octets)
    elements: list[tuple[int, bytes]] = []
    place = 1
    while place < len(header):
        start = place + 2
        end = start + header[place + 1] if start <= len(header) else start
        if end > len(header):
            raise InvalidUdh(f"element {len(elements) + 1} ends after the header's {len(header)} octets")
        elements.append((header[place], header[start:end]))
        place = end
    return elements


def split_udh(octets: bytes) -> tuple[bytes, bytes]:
    """The header with its length octet, and the user data after it."""
    if not octets:
        raise InvalidUdh("no header")
    end = octets[0] + 1
    if end > len(octets):
        raise InvalidUdh(f"a header of {end} octets in {len(octets)}")
    return octets[:end], octets[end:]


def concat_of(octets: bytes) -> tuple[int, int, int] | None:
    """(reference, total, number) from the header that `octets` begin with, if it makes this a part of a message.

    An element that cannot be right (number 0 or above the total) is ignored, and the last good one counts
    (3GPP 23.040 §9.2.3.24, §9.2.3.24.1).
    """
    found = None
    for identifier, data in parse_udh(octets):
        width = _CONCATENATION.get(identifier)
        if width is None or len(data) != width + 2:
            continue
        total, number = data[width:]
        if 1 <= number <= total:
            found = int.from_bytes(data[:width], "big"), total, number
    return found
