"""Every PDU byte by byte, written by hand from SMPP 3.4 §4: the codec did not make them.

The hexadecimal is grouped by field; `~text~` stands for characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stentor.smpp import pdu as p

if TYPE_CHECKING:
    from stentor.smpp.pdu import Pdu


def octets(written: str) -> bytes:
    """Hexadecimal with blanks, and characters between tildes."""
    parts = re.split(r"~([^~]*)~", written)
    return b"".join(
        part.encode("latin-1") if index % 2 else bytes.fromhex(part.replace("\n", " "))
        for index, part in enumerate(parts)
    )


_BIND_BODY = "~SMPP3TEST~ 00 ~secret08~ 00 ~SUBMIT1~ 00 34 01 01 ~38*~ 00"
_BIND: dict[str, Any] = {
    "system_id": "SMPP3TEST",
    "password": "secret08",
    "system_type": "SUBMIT1",
    "interface_version": 0x34,
    "addr_ton": 1,
    "addr_npi": 1,
    "address_range": "38*",
}
_MESSAGE_BODY = """
    ~CMT~ 00  05 00 ~InfoSMS~ 00  01 01 ~385915369423~ 00  40 41 03
    ~240730120000000+~ 00  ~000002000000000R~ 00  11 01 04 07
    05 ~Hello~
    0204 0002 1234
    1456 0005 ~C-77~ 00
"""
_MESSAGE: dict[str, Any] = {
    "service_type": "CMT",
    "source_addr_ton": 5,
    "source_addr_npi": 0,
    "source_addr": "InfoSMS",
    "dest_addr_ton": 1,
    "dest_addr_npi": 1,
    "destination_addr": "385915369423",
    "esm_class": 0x40,
    "protocol_id": 0x41,
    "priority_flag": 3,
    "schedule_delivery_time": "240730120000000+",
    "validity_period": "000002000000000R",
    "registered_delivery": 0x11,
    "replace_if_present_flag": 1,
    "data_coding": 4,
    "sm_default_msg_id": 7,
    "short_message": b"Hello",
    "tlvs": ((0x0204, b"\x12\x34"), (0x1456, b"C-77\0")),
}

# name, octets after command_length, the record
_WRITTEN: list[tuple[str, str, Pdu]] = [
    ("generic_nack", "80000000 00000003 00000000", p.GenericNack(status=3)),
    ("bind_transmitter", f"00000002 00000000 00000001 {_BIND_BODY}", p.BindTransmitter(sequence=1, **_BIND)),
    ("bind_receiver", f"00000001 00000000 00000002 {_BIND_BODY}", p.BindReceiver(sequence=2, **_BIND)),
    ("bind_transceiver", f"00000009 00000000 7FFFFFFF {_BIND_BODY}", p.BindTransceiver(sequence=0x7FFFFFFF, **_BIND)),
    (
        "bind_transmitter_resp",
        "80000002 00000000 00000001 ~smsc~ 00 0210 0001 34",
        p.BindTransmitterResp(sequence=1, system_id="smsc", tlvs=((0x0210, b"\x34"),)),
    ),
    (
        "bind_receiver_resp",
        "80000001 00000000 00000002 ~smsc~ 00",
        p.BindReceiverResp(sequence=2, system_id="smsc"),
    ),
    ("bind_transceiver_resp", "80000009 0000000E 00000003", p.BindTransceiverResp(sequence=3, status=0x0E)),
    (
        "outbind",
        "0000000B 00000000 00000001 ~SMSC~ 00 ~pw~ 00",
        p.Outbind(sequence=1, system_id="SMSC", password="pw"),
    ),
    ("unbind", "00000006 00000000 00000009", p.Unbind(sequence=9)),
    ("unbind_resp", "80000006 00000000 00000009", p.UnbindResp(sequence=9)),
    ("enquire_link", "00000015 00000000 0000000A", p.EnquireLink(sequence=10)),
    ("enquire_link_resp", "80000015 00000000 0000000A", p.EnquireLinkResp(sequence=10)),
    ("submit_sm", f"00000004 00000000 00000005 {_MESSAGE_BODY}", p.SubmitSm(sequence=5, **_MESSAGE)),
    ("submit_sm_empty", "00000004 00000000 00000000" + " 00" * 17, p.SubmitSm()),
    (
        "submit_sm_resp",
        "80000004 00000000 00000005 ~40072910491427628~ 00",
        p.SubmitSmResp(sequence=5, message_id="40072910491427628"),
    ),
    ("submit_sm_resp_error", "80000004 00000058 00000005", p.SubmitSmResp(sequence=5, status=0x58)),
    (
        "submit_sm_payload",
        "00000004 00000000 00000006 00 0000 00 0101 ~38591~ 00 000000 00 00 00000000 00 0424 0003 414243",
        p.SubmitSm(sequence=6, dest_addr_ton=1, dest_addr_npi=1, destination_addr="38591", tlvs=((0x0424, b"ABC"),)),
    ),
    (
        "submit_multi",
        """00000021 00000000 00000007
           00  05 00 ~Info~ 00
           02  01 01 01 ~38591~ 00  02 ~friends~ 00
           00 00 00  00  00  01 00 00 00  02 ~hi~
           020A 0002 0001""",
        p.SubmitMulti(
            sequence=7,
            source_addr_ton=5,
            source_addr="Info",
            dest_address=(
                p.SmeAddress(dest_addr_ton=1, dest_addr_npi=1, destination_addr="38591"),
                p.DistributionList(dl_name="friends"),
            ),
            registered_delivery=1,
            short_message=b"hi",
            tlvs=((0x020A, b"\0\1"),),
        ),
    ),
    (
        "submit_multi_resp",
        "80000021 00000000 00000007 ~id-1~ 00 01 01 01 ~38591~ 00 0000000B",
        p.SubmitMultiResp(
            sequence=7,
            message_id="id-1",
            unsuccess_sme=(
                p.UnsuccessSme(dest_addr_ton=1, dest_addr_npi=1, destination_addr="38591", error_status_code=0x0B),
            ),
        ),
    ),
    ("deliver_sm", f"00000005 00000000 00000005 {_MESSAGE_BODY}", p.DeliverSm(sequence=5, **_MESSAGE)),
    ("deliver_sm_resp", "80000005 00000000 00000005 00", p.DeliverSmResp(sequence=5)),
    (
        "data_sm",
        "00000103 00000000 00000008 ~WAP~ 00 01 01 ~111~ 00 02 03 ~222~ 00 44 01 08 0424 0002 0041",
        p.DataSm(
            sequence=8,
            service_type="WAP",
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="111",
            dest_addr_ton=2,
            dest_addr_npi=3,
            destination_addr="222",
            esm_class=0x44,
            registered_delivery=1,
            data_coding=8,
            tlvs=((0x0424, b"\0A"),),
        ),
    ),
    ("data_sm_resp", "80000103 00000000 00000008 ~m1~ 00", p.DataSmResp(sequence=8, message_id="m1")),
    (
        "data_sm_resp_error",
        "80000103 000000FE 00000008 00 0425 0001 02",
        p.DataSmResp(sequence=8, status=0xFE, tlvs=((0x0425, b"\2"),)),
    ),
    (
        "query_sm",
        "00000003 00000000 0000000B ~m1~ 00 01 02 ~111~ 00",
        p.QuerySm(sequence=11, message_id="m1", source_addr_ton=1, source_addr_npi=2, source_addr="111"),
    ),
    (
        "query_sm_resp",
        "80000003 00000000 0000000B ~m1~ 00 ~240730120000000+~ 00 02 1F",
        p.QuerySmResp(sequence=11, message_id="m1", final_date="240730120000000+", message_state=2, error_code=31),
    ),
    (
        "cancel_sm",
        "00000008 00000000 0000000C ~CMT~ 00 ~m1~ 00 01 02 ~111~ 00 03 04 ~222~ 00",
        p.CancelSm(
            sequence=12,
            service_type="CMT",
            message_id="m1",
            source_addr_ton=1,
            source_addr_npi=2,
            source_addr="111",
            dest_addr_ton=3,
            dest_addr_npi=4,
            destination_addr="222",
        ),
    ),
    ("cancel_sm_resp", "80000008 00000011 0000000C", p.CancelSmResp(sequence=12, status=0x11)),
    (
        "replace_sm",
        "00000007 00000000 0000000D ~m1~ 00 01 02 ~111~ 00 00 ~000000010000000R~ 00 01 05 02 ~yo~",
        p.ReplaceSm(
            sequence=13,
            message_id="m1",
            source_addr_ton=1,
            source_addr_npi=2,
            source_addr="111",
            validity_period="000000010000000R",
            registered_delivery=1,
            sm_default_msg_id=5,
            short_message=b"yo",
        ),
    ),
    ("replace_sm_resp", "80000007 00000000 0000000D", p.ReplaceSmResp(sequence=13)),
    (
        "alert_notification",
        "00000102 00000000 0000000E 01 01 ~38591~ 00 02 03 ~esme~ 00 0422 0001 00",
        p.AlertNotification(
            sequence=14,
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr="38591",
            esme_addr_ton=2,
            esme_addr_npi=3,
            esme_addr="esme",
            tlvs=((0x0422, b"\0"),),
        ),
    ),
]


def framed(written: str) -> bytes:
    """With the command_length in front."""
    rest = octets(written)
    return (len(rest) + 4).to_bytes(4, "big") + rest


CASES: dict[str, tuple[bytes, Pdu]] = {name: (framed(written), pdu) for name, written, pdu in _WRITTEN}
