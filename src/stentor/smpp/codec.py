"""One whole PDU to a record and back (SMPP 3.4 §3.2, §4)."""

from __future__ import annotations

import struct
from typing import Any

from . import fast
from .errors import DecodeError, EncodeError
from .layout import LAYOUTS, both_given, fault_of
from .pdu import (
    BY_ID,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    Pdu,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    is_response,
)
from .status import CommandStatus
from .tlv import Tag, find
from .wire import HEADER, HEADER_SIZE, Reader, write_tlvs


def decode(frame: bytes | bytearray | memoryview) -> Pdu:
    """The PDU that `frame` holds, whole; DecodeError says what is wrong and what to answer."""
    if type(frame) is not bytes:
        frame = bytes(frame)
    if len(frame) < HEADER_SIZE:
        raise DecodeError(f"{len(frame)} octets are no PDU", CommandStatus.ESME_RINVCMDLEN)
    length, command_id, status, sequence = HEADER.unpack_from(frame)
    if length != len(frame):
        raise DecodeError(
            f"command_length {length} of {len(frame)} octets", CommandStatus.ESME_RINVCMDLEN, command_id, sequence
        )
    read = fast.READERS.get(command_id)
    pdu = None if read is None else read(frame, status, sequence)
    return decode_by_layout(frame, command_id, status, sequence) if pdu is None else pdu


def decode_by_layout(frame: bytes, command_id: int, status: int, sequence: int) -> Pdu:
    """Field by field, which takes any PDU and names what is wrong with it."""
    kind = BY_ID.get(command_id)
    if kind is None:
        raise DecodeError(
            f"command_id 0x{command_id:08X} is unknown", CommandStatus.ESME_RINVCMDID, command_id, sequence
        )
    answer = is_response(command_id)
    if answer and len(frame) == HEADER_SIZE:
        return kind(sequence=sequence, status=status)  # SMPP 3.4 §4.4.2: an error has no body
    try:
        return kind(sequence=sequence, status=status, **_read_body(kind, frame, sequence, generous=answer))
    except DecodeError:
        if answer and status:
            return kind(sequence=sequence, status=status)  # the error counts, not what some peers put after it
        raise


def _read_body(kind: type[Pdu], frame: bytes, sequence: int, *, generous: bool) -> dict[str, Any]:
    fields = LAYOUTS[kind]
    reader = Reader(frame, int(kind.command_id), sequence, generous=generous)
    body = {field.name: field.read(reader) for field in fields}
    if fields and reader.at < reader.end and not generous:
        raise reader.fail("octets after the last field", CommandStatus.ESME_RINVCMDLEN)
    fault = fault_of(kind, body.get("short_message", b""), body.get("tlvs", ()))
    if fault is not None:
        raise reader.fail(*fault)
    return body


def encode(pdu: Pdu, sequence: int | None = None) -> bytes:
    """The PDU's octets, with `sequence` instead of its own if given; EncodeError names the field that does not fit."""
    if sequence is None:
        sequence = pdu.sequence
    try:
        if isinstance(pdu, SubmitSmResp | DeliverSmResp):
            written = fast.write_answer(pdu, sequence)
            if written is not None:
                return written
        body = _write_body(pdu)
        return HEADER.pack(HEADER_SIZE + len(body), pdu.command_id, pdu.status, sequence) + body
    except struct.error:
        raise EncodeError("sequence_number or command_status does not fit in 4 octets") from None


def _write_body(pdu: Pdu) -> bytes:
    if isinstance(pdu, SubmitSm | DeliverSm):
        _refuse_both(pdu)
        written = fast.write_message(pdu)
        if written is not None:
            return written + write_tlvs(pdu.tlvs) if pdu.tlvs else written
    elif pdu.status and is_response(pdu.command_id) and not (isinstance(pdu, DataSmResp) and pdu.tlvs):
        return b""  # SMPP 3.4 §4.4.2; data_sm_resp explains its error in TLVs, §4.7.2
    elif isinstance(pdu, SubmitMulti):
        _refuse_both(pdu)
    return b"".join([field.write(getattr(pdu, field.name)) for field in LAYOUTS[type(pdu)]])


def _refuse_both(pdu: SubmitSm | DeliverSm | SubmitMulti) -> None:
    if both_given(pdu.short_message, pdu.tlvs):
        raise EncodeError("short_message and message_payload, both")


def message_of(pdu: SubmitSm | DeliverSm | SubmitMulti | DataSm | ReplaceSm) -> bytes:
    """The user data, wherever the peer put it: short_message or message_payload (SMPP 3.4 §3.2.3)."""
    if isinstance(pdu, ReplaceSm):
        return pdu.short_message
    if isinstance(pdu, DataSm):
        return find(pdu.tlvs, Tag.MESSAGE_PAYLOAD) or b""
    return pdu.short_message or find(pdu.tlvs, Tag.MESSAGE_PAYLOAD) or b""
