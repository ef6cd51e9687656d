"""The PDUs as records (SMPP 3.4 §4), fields named as in the specification.

Text is `str` in Latin-1: one character is one octet of the wire. Nothing here can form a reference cycle, so the
records stay out of the garbage collector's sight (gc=False): millions of them cost it no walk.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

import msgspec

Tlvs = tuple[tuple[int, bytes], ...]

RESPONSE_BIT = 0x80000000


class CommandId(IntEnum):
    """SMPP 3.4 §5.1.2.1, table 5-1."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x00000001
    BIND_RECEIVER_RESP = 0x80000001
    BIND_TRANSMITTER = 0x00000002
    BIND_TRANSMITTER_RESP = 0x80000002
    QUERY_SM = 0x00000003
    QUERY_SM_RESP = 0x80000003
    SUBMIT_SM = 0x00000004
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM = 0x00000005
    DELIVER_SM_RESP = 0x80000005
    UNBIND = 0x00000006
    UNBIND_RESP = 0x80000006
    REPLACE_SM = 0x00000007
    REPLACE_SM_RESP = 0x80000007
    CANCEL_SM = 0x00000008
    CANCEL_SM_RESP = 0x80000008
    BIND_TRANSCEIVER = 0x00000009
    BIND_TRANSCEIVER_RESP = 0x80000009
    OUTBIND = 0x0000000B
    ENQUIRE_LINK = 0x00000015
    ENQUIRE_LINK_RESP = 0x80000015
    SUBMIT_MULTI = 0x00000021
    SUBMIT_MULTI_RESP = 0x80000021
    ALERT_NOTIFICATION = 0x00000102
    DATA_SM = 0x00000103
    DATA_SM_RESP = 0x80000103


class Pdu(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every PDU has: the header, less its length (SMPP 3.4 §3.2)."""

    command_id: ClassVar[CommandId]
    response: ClassVar[type[Pdu] | None] = None

    sequence: int = 0
    status: int = 0


class GenericNack(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.3: the answer to what could not be read."""

    command_id = CommandId.GENERIC_NACK


# Session: SMPP 3.4 §4.1, §4.2, §4.11


class BindResp(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.1.2, §4.1.4, §4.1.6."""

    system_id: str = ""
    tlvs: Tlvs = ()


class BindTransmitterResp(BindResp, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.BIND_TRANSMITTER_RESP


class BindReceiverResp(BindResp, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.BIND_RECEIVER_RESP


class BindTransceiverResp(BindResp, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.BIND_TRANSCEIVER_RESP


class Bind(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.1.1, §4.1.3, §4.1.5."""

    response: ClassVar[type[BindResp]]

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


class BindTransmitter(Bind, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.BIND_TRANSMITTER
    response = BindTransmitterResp


class BindReceiver(Bind, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.BIND_RECEIVER
    response = BindReceiverResp


class BindTransceiver(Bind, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.BIND_TRANSCEIVER
    response = BindTransceiverResp


class Outbind(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.1.7: the SMSC asks an ESME to bind; no response."""

    command_id = CommandId.OUTBIND

    system_id: str = ""
    password: str = ""


class UnbindResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.UNBIND_RESP


class Unbind(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.2."""

    command_id = CommandId.UNBIND
    response = UnbindResp


class EnquireLinkResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.ENQUIRE_LINK_RESP


class EnquireLink(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.11."""

    command_id = CommandId.ENQUIRE_LINK
    response = EnquireLinkResp


# Messages: SMPP 3.4 §4.4 to §4.7


class SubmitSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.4.2."""

    command_id = CommandId.SUBMIT_SM_RESP

    message_id: str = ""
    tlvs: Tlvs = ()


class DeliverSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.6.2: message_id is unused, one NUL."""

    command_id = CommandId.DELIVER_SM_RESP

    message_id: str = ""
    tlvs: Tlvs = ()


class ShortMessage(Pdu, frozen=True, kw_only=True, gc=False):
    """The fields that submit_sm and deliver_sm share, in wire order (sm_length is short_message's length)."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Tlvs = ()


class SubmitSm(ShortMessage, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.4.1."""

    command_id = CommandId.SUBMIT_SM
    response = SubmitSmResp


class DeliverSm(ShortMessage, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.6.1."""

    command_id = CommandId.DELIVER_SM
    response = DeliverSmResp


class SmeAddress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A destination of submit_multi with dest_flag 1 (SMPP 3.4 §4.5.1.1)."""

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


class DistributionList(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A destination of submit_multi with dest_flag 2 (SMPP 3.4 §4.5.1.2)."""

    dl_name: str = ""


class UnsuccessSme(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A destination that submit_multi_resp reports as failed (SMPP 3.4 §4.5.2.1)."""

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    error_status_code: int = 0


class SubmitMultiResp(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.5.2 (no_unsuccess is the length of unsuccess_sme)."""

    command_id = CommandId.SUBMIT_MULTI_RESP

    message_id: str = ""
    unsuccess_sme: tuple[UnsuccessSme, ...] = ()
    tlvs: Tlvs = ()


class SubmitMulti(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.5.1 (number_of_dests is the length of dest_address)."""

    command_id = CommandId.SUBMIT_MULTI
    response = SubmitMultiResp

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_address: tuple[SmeAddress | DistributionList, ...] = ()
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Tlvs = ()


class DataSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.7.2."""

    command_id = CommandId.DATA_SM_RESP

    message_id: str = ""
    tlvs: Tlvs = ()


class DataSm(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.7.1: the text is in the message_payload TLV."""

    command_id = CommandId.DATA_SM
    response = DataSmResp

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Tlvs = ()


# Ancillary: SMPP 3.4 §4.8 to §4.10, §4.12


class QuerySmResp(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.8.2."""

    command_id = CommandId.QUERY_SM_RESP

    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


class QuerySm(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.8.1."""

    command_id = CommandId.QUERY_SM
    response = QuerySmResp

    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


class CancelSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.CANCEL_SM_RESP


class CancelSm(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.9."""

    command_id = CommandId.CANCEL_SM
    response = CancelSmResp

    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


class ReplaceSmResp(Pdu, frozen=True, kw_only=True, gc=False):
    command_id = CommandId.REPLACE_SM_RESP


class ReplaceSm(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.10."""

    command_id = CommandId.REPLACE_SM
    response = ReplaceSmResp

    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class AlertNotification(Pdu, frozen=True, kw_only=True, gc=False):
    """SMPP 3.4 §4.12: no response; ms_availability_status is a TLV."""

    command_id = CommandId.ALERT_NOTIFICATION

    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    esme_addr_ton: int = 0
    esme_addr_npi: int = 0
    esme_addr: str = ""
    tlvs: Tlvs = ()


PDUS: tuple[type[Pdu], ...] = (
    *(GenericNack, BindTransmitter, BindTransmitterResp, BindReceiver, BindReceiverResp),
    *(BindTransceiver, BindTransceiverResp, Outbind, Unbind, UnbindResp, EnquireLink, EnquireLinkResp),
    *(SubmitSm, SubmitSmResp, SubmitMulti, SubmitMultiResp, DeliverSm, DeliverSmResp, DataSm, DataSmResp),
    *(QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp, AlertNotification),
)

BY_ID: dict[int, type[Pdu]] = {int(pdu.command_id): pdu for pdu in PDUS}


def is_response(command_id: int) -> bool:
    """Bit 31 of the command_id (SMPP 3.4 §5.1.2); generic_nack is a response too."""
    return command_id >= RESPONSE_BIT
