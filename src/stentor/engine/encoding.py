"""A message as the parts that go out: the same code that counted `smsCount` when it was accepted."""

from __future__ import annotations

from typing import Literal

from stentor.core import content
from stentor.core.ids import reference_of
from stentor.core.message import Message
from stentor.core.ports import OutgoingPart


def parts_of(message: Message, *, whole: bool, reference_bits: Literal[8, 16]) -> list[OutgoingPart]:
    """The parts in their order; one for the whole message when the connector carries it in one piece."""
    encoded = content.encoded(message.text, message.extra, reference_bits)
    data_coding = content.data_coding_of(encoded.alphabet, message.extra, flash=message.flash)
    octets = (b"".join(encoded.parts),) if whole else encoded.parts
    reference = reference_of(message.id) & (0xFF if reference_bits == 8 else 0xFFFF)
    more = (encoded.elements, content.esm_class_of(message.extra))
    return [
        OutgoingPart(message, number, len(octets), reference, data_coding, part, *more)
        for number, part in enumerate(octets, start=1)
    ]
