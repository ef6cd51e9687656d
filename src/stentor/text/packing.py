"""Seven bits an octet: septets as the radio interface packs them (3GPP 23.038 §6.1.2.1).

Done on one large integer: neighbouring lanes move together in three steps (7 bits in 8, 14 in 16, 28 in 32, 56 in 64),
then the empty eighth octet of each lane goes. That costs a few microseconds a message, a loop over bits a hundred.
"""

from functools import lru_cache

_STEPS = (1, 2, 4)  # bits by which the upper half of each lane moves


def fill_bits_after(header_octets: int) -> int:
    """Bits that bring the first septet after a header to a septet boundary (3GPP 23.040 §9.2.3.24)."""
    return -header_octets * 8 % 7


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets, first in the low bits; the top bit of each octet is dropped. The unused last bits are 0."""
    lanes = (len(septets) + 7) // 8
    packed = int.from_bytes(septets, "little") & _septet_mask(lanes)
    for step in _STEPS:
        low = _low_mask(step, lanes)
        packed = (packed & low) | ((packed >> step) & (low << 7 * step))
    octets = bytearray(packed.to_bytes(8 * lanes, "little"))
    del octets[7::8]
    shifted = int.from_bytes(octets, "little") << fill_bits
    return shifted.to_bytes((len(septets) * 7 + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first `count` septets; fewer if the octets end before."""
    count = max(0, min(count, (len(octets) * 8 - fill_bits) // 7))
    lanes = (count + 7) // 8
    packed = (int.from_bytes(octets, "little") >> fill_bits) & ((1 << 56 * lanes) - 1)
    dense = packed.to_bytes(7 * lanes, "little")
    wide = bytearray(8 * lanes)
    for place in range(7):
        wide[place::8] = dense[place::7]
    spread = int.from_bytes(wide, "little")
    for step in reversed(_STEPS):
        low = _low_mask(step, lanes)
        spread = (spread & low) | ((spread & (low << 7 * step)) << step)
    return spread.to_bytes(8 * lanes, "little")[:count]


@lru_cache(maxsize=64)
def _septet_mask(lanes: int) -> int:
    return _repeat(0x7F, 8, 8 * lanes)


@lru_cache(maxsize=64 * len(_STEPS))
def _low_mask(step: int, lanes: int) -> int:
    """The lower half of each lane, at the step where a half holds `7 * step` bits."""
    return _repeat((1 << 7 * step) - 1, 16 * step, lanes * 4 // step)


def _repeat(value: int, width: int, times: int) -> int:
    """`value` in each of `times` lanes of `width` bits."""
    return int.from_bytes(value.to_bytes(width // 8, "little") * times, "little")
