"""The four PDUs that make up the traffic, in one regular expression or one format each.

Every function answers None when something is out of the ordinary; the codec then walks field by field, and that path
names the error. A test holds both paths to the same results.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .layout import fault_of
from .pdu import DeliverSm, DeliverSmResp, Pdu, ShortMessage, SubmitSm, SubmitSmResp
from .wire import HEADER, HEADER_SIZE, MAX_SM_LENGTH, split_tlvs

if TYPE_CHECKING:
    from collections.abc import Callable

Message = TypeVar("Message", SubmitSm, DeliverSm)
Answer = TypeVar("Answer", SubmitSmResp, DeliverSmResp)

# SMPP 3.4 §4.4.1 and §4.6.1 from service_type to sm_length; Latin-1, so a character is an octet.
_MANDATORY = re.compile(
    r"([^\0]{0,5})\0..([^\0]{0,20})\0..([^\0]{0,20})\0...([^\0]{0,16})\0([^\0]{0,16})\0.....", re.DOTALL
).match
_FORMAT = "%s\0%c%c%s\0%c%c%s\0%c%c%c%s\0%s\0%c%c%c%c%c"
_MAX_MESSAGE_ID = 64


def read_message(make: type[Message], frame: bytes, status: int, sequence: int) -> Message | None:
    """submit_sm or deliver_sm."""
    found = _MANDATORY(frame.decode("latin-1"), HEADER_SIZE)
    if found is None:
        return None
    service_type, source, destination, schedule, validity = found.groups()
    start = found.end()
    length = frame[start - 1]
    end = start + length
    if length > MAX_SM_LENGTH or end > len(frame):
        return None
    if end == len(frame):
        tlvs: tuple[tuple[int, bytes], ...] = ()
    else:
        tlvs, whole = split_tlvs(frame, end)
        if not whole or fault_of(make, frame[start:end], tlvs) is not None:
            return None
    from_at = HEADER_SIZE + 1 + len(service_type)
    to_at = from_at + 3 + len(source)
    class_at = to_at + 3 + len(destination)
    return make(
        sequence=sequence,
        status=status,
        service_type=service_type,
        source_addr_ton=frame[from_at],
        source_addr_npi=frame[from_at + 1],
        source_addr=source,
        dest_addr_ton=frame[to_at],
        dest_addr_npi=frame[to_at + 1],
        destination_addr=destination,
        esm_class=frame[class_at],
        protocol_id=frame[class_at + 1],
        priority_flag=frame[class_at + 2],
        schedule_delivery_time=schedule,
        validity_period=validity,
        registered_delivery=frame[start - 5],
        replace_if_present_flag=frame[start - 4],
        data_coding=frame[start - 3],
        sm_default_msg_id=frame[start - 2],
        short_message=frame[start:end],
        tlvs=tlvs,
    )


def write_message(pdu: ShortMessage) -> bytes | None:
    """The mandatory part of submit_sm or deliver_sm."""
    service_type, source, destination = pdu.service_type, pdu.source_addr, pdu.destination_addr
    schedule, validity, text = pdu.schedule_delivery_time, pdu.validity_period, pdu.short_message
    if len(text) > MAX_SM_LENGTH:
        return None
    try:
        written = _FORMAT % (
            service_type,
            pdu.source_addr_ton,
            pdu.source_addr_npi,
            source,
            pdu.dest_addr_ton,
            pdu.dest_addr_npi,
            destination,
            pdu.esm_class,
            pdu.protocol_id,
            pdu.priority_flag,
            schedule,
            validity,
            pdu.registered_delivery,
            pdu.replace_if_present_flag,
            pdu.data_coding,
            pdu.sm_default_msg_id,
            len(text),
        )
        found = _MANDATORY(written)
        # Reading it back is the cheapest proof that no string was too long or held a NUL.
        if found is None or found.groups() != (service_type, source, destination, schedule, validity):
            return None
        return written.encode("latin-1") + text
    except (UnicodeEncodeError, OverflowError, TypeError):
        return None


def read_answer(make: type[Answer], frame: bytes, status: int, sequence: int) -> Answer | None:
    """submit_sm_resp or deliver_sm_resp: a message_id and its NUL, or nothing."""
    last = len(frame) - 1
    if last < HEADER_SIZE:
        return make(sequence=sequence, status=status)
    if frame.find(0, HEADER_SIZE) != last or last - HEADER_SIZE > _MAX_MESSAGE_ID:
        return None
    return make(sequence=sequence, status=status, message_id=frame[HEADER_SIZE:last].decode("latin-1"))


def write_answer(pdu: SubmitSmResp | DeliverSmResp, sequence: int) -> bytes | None:
    """submit_sm_resp or deliver_sm_resp, whole, when the request went well."""
    message_id = pdu.message_id
    if pdu.status or pdu.tlvs or "\0" in message_id or len(message_id) > _MAX_MESSAGE_ID:
        return None
    try:
        return HEADER.pack(HEADER_SIZE + 1 + len(message_id), pdu.command_id, 0, sequence) + (
            message_id.encode("latin-1") + b"\0"
        )
    except UnicodeEncodeError:
        return None


READERS: dict[int, Callable[[bytes, int, int], Pdu | None]] = {
    int(SubmitSm.command_id): partial(read_message, SubmitSm),
    int(DeliverSm.command_id): partial(read_message, DeliverSm),
    int(SubmitSmResp.command_id): partial(read_answer, SubmitSmResp),
    int(DeliverSmResp.command_id): partial(read_answer, DeliverSmResp),
}
