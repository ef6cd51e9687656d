"""A request to send, in any of its PDUs, to what the core accepts (003 §3.1, §4.2; SMPP 3.4 §4.4, §4.5, §4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from stentor.core import sessions
from stentor.core.account import Account
from stentor.core.content import UDHI, Extra, text_of
from stentor.core.sessions import Kind, Wanted
from stentor.core.submit import Destination, Outgoing
from stentor.smpp import CommandStatus as Status
from stentor.smpp import message_of, times, tlv
from stentor.smpp.pdu import DataSm, SubmitMulti, SubmitSm
from stentor.smpp.tlv import Tag
from stentor.smppd.answers import Refused
from stentor.text import gsm7, segments
from stentor.text.datacoding import Alphabet, alphabet_of, data_coding_for

Sending = SubmitSm | SubmitMulti | DataSm

_GSM7_TEXT = frozenset({0, 1})
_FLASH = 240
_LATIN1 = 3
_REPLY_PATH = 0x80
_FINAL, _INTERMEDIATE = 0x03, 0x10
_ENDS: dict[int, sessions.Ends] = {0: "none", 1: "all", 2: "failures"}
_NUMBERING_PLANS = frozenset({0, 1, 3, 4, 6, 8, 9, 10, 14, 18})
_ALPHANUMERIC = 5
_LAST_TYPE = 6
_LAST_PRIORITY = 4
_REPLACE_FLAGS = (0, 1)
_MAX_AHEAD_MS = 101 * 366 * 24 * 3_600_000
"""All that a relative time can say: the documents' own example is 7 years (003 §3.1 "Scheduled delivery")."""
_MOST_CAMPAIGN = 100
_BY_CUSTOM = frozenset({0, 1, _ALPHANUMERIC})
"""Types of number that a sender's own form tells."""
_PORTS = b"\x05\x04"
"""Application port addressing, 16 bit (3GPP 23.040 §9.2.3.24.4)."""


class Part(msgspec.Struct, frozen=True):
    """A long message's part in sar_* parameters (SMPP 3.4 §5.3.2.22 to .24)."""

    reference: int
    total: int
    number: int


def outgoing(
    pdu: Sending, account: Account, now: int, *, destinations: Sequence[Destination] = (), flash: bool = False
) -> Outgoing:
    """Raises `Refused`. `flash`: a session of flash notifications, which takes no long ones (003 §3.3)."""
    _check_addresses(pdu)
    _check_flags(pdu)
    send_at, validity = (None, None) if isinstance(pdu, DataSm) else _when(pdu, now)
    text, extra = _content(pdu, account)
    flashing = flash or pdu.data_coding == _FLASH
    if flash:
        extra = _as_flash(extra)
        _check_short(text, extra)
    if not destinations:
        assert not isinstance(pdu, SubmitMulti)
        destinations = (Destination(pdu.destination_addr),)
    return Outgoing(
        destinations=destinations,
        text=text,
        extra=_with_marks(extra, pdu),
        sender=pdu.source_addr or None,
        flash=flashing,
        intermediate=bool(pdu.registered_delivery & _INTERMEDIATE),
        receipt=_receipt(pdu, account),
        send_at=send_at,
        ahead_ms=_MAX_AHEAD_MS,
        validity_ms=validity,
    )


def _check_addresses(pdu: Sending) -> None:
    """003 tables 2 and 3: the types and plans there are."""
    if pdu.source_addr_ton > _LAST_TYPE:
        raise Refused(Status.ESME_RINVSRCTON)
    if pdu.source_addr_npi not in _NUMBERING_PLANS:
        raise Refused(Status.ESME_RINVSRCNPI)
    if not isinstance(pdu, SubmitMulti):
        check_destination(pdu.dest_addr_ton, pdu.dest_addr_npi)


def _check_flags(pdu: Sending) -> None:
    """SMPP 3.4 §5.2.14, §5.2.18, §5.2.20. We keep no texts of our own to send instead of the customer's."""
    if isinstance(pdu, DataSm):
        return
    if pdu.priority_flag > _LAST_PRIORITY:
        raise Refused(Status.ESME_RINVPRTFLG)
    if pdu.replace_if_present_flag not in _REPLACE_FLAGS:
        raise Refused(Status.ESME_RINVREPFLAG)
    if pdu.sm_default_msg_id and not message_of(pdu):
        raise Refused(Status.ESME_RINVDFTMSGID)


def check_destination(ton: int, npi: int) -> None:
    if ton > _LAST_TYPE or ton == _ALPHANUMERIC:
        raise Refused(Status.ESME_RINVDSTTON)
    if npi not in _NUMBERING_PLANS:
        raise Refused(Status.ESME_RINVDSTNPI)


def _receipt(pdu: Sending, account: Account) -> str | None:
    """registered_delivery (SMPP 3.4 §5.2.17); None: nothing was asked for."""
    registered = pdu.registered_delivery
    ends = _ENDS.get(registered & _FINAL)
    if ends is None:
        raise Refused(Status.ESME_RINVREGDLVFLG)
    if ends == "none" and not registered & _INTERMEDIATE:
        return None
    source = pdu.source_addr_ton, pdu.source_addr_npi
    destination: Kind = (0, 0) if isinstance(pdu, SubmitMulti) else (pdu.dest_addr_ton, pdu.dest_addr_npi)
    return sessions.target(account.id, Wanted(source, destination, ends))


def _when(pdu: SubmitSm | SubmitMulti, now: int) -> tuple[int | None, int | None]:
    """send_at and validity_ms, from times that are absolute or relative (SMPP 3.4 §7.1.1)."""
    if not pdu.schedule_delivery_time and not pdu.validity_period:
        return None, None
    send_at = _moment(pdu.schedule_delivery_time, now, Status.ESME_RINVSCHED)
    ends = _moment(pdu.validity_period, now, Status.ESME_RINVEXPIRY)
    if ends is None:
        return send_at, None
    start = max(now, send_at or now)
    if ends <= start:
        raise Refused(Status.ESME_RINVEXPIRY)
    return send_at, ends - start


def _moment(text: str, now: int, status: Status) -> int | None:
    try:
        moment = times.parse(text, datetime.fromtimestamp(now / 1000, UTC))
    except times.InvalidTime as error:
        raise Refused(status, str(error)) from None
    except (ValueError, OverflowError):
        raise Refused(status) from None
    return None if moment is None else round(moment.timestamp() * 1000)


def _content(pdu: Sending, account: Account) -> tuple[str, Extra]:
    """Text in the default alphabet is a text like any other; everything else goes out as it came."""
    octets, data_coding = message_of(pdu), pdu.data_coding
    esm_class = pdu.esm_class & (UDHI | _REPLY_PATH)
    part, elements = (_part(pdu.tlvs), _elements(pdu.tlvs)) if pdu.tlvs else (None, b"")
    if not esm_class and part is None and not elements:
        text = _plain(octets, data_coding, account)
        if text is not None:
            return text, Extra()
    if esm_class & UDHI and not octets:
        raise Refused(Status.ESME_RINVESMCLASS, "no user data header")
    if esm_class & UDHI and (part is not None or elements):
        raise Refused(Status.ESME_ROPTPARNOTALLWD, "a user data header and its parameters exclude each other")
    octets, data_coding = _in_the_air(octets, data_coding, esm_class, account)
    if part is not None:
        octets = segments.udh(part.reference & 0xFF, part.total, part.number, elements=elements) + octets
        esm_class, elements = esm_class | UDHI, b""
    extra = Extra(data=octets, data_coding=data_coding, esm_class=esm_class, elements=elements)
    return text_of(extra), extra


def _plain(octets: bytes, data_coding: int, account: Account) -> str | None:
    """003 §4.2, 004 "Encoding": 0 and 1 are GSM7; 0 is Latin-1 where the account was set up so (003 §3.1)."""
    if data_coding == 0 and account.smpp_alphabet == "Latin-1":
        return octets.decode("latin-1")
    if data_coding not in _GSM7_TEXT and data_coding != _FLASH:
        return None
    text = gsm7.decode(octets)
    return None if "\ufffd" in text else text


def _in_the_air(octets: bytes, data_coding: int, esm_class: int, account: Account) -> tuple[bytes, int]:
    """Latin-1 under data_coding 0 is no alphabet of phones: septets where they do, else its own data_coding."""
    if data_coding or account.smpp_alphabet != "Latin-1":
        return octets, data_coding
    header, body = b"", octets
    if esm_class & UDHI:
        try:
            header, body = segments.split_udh(octets)
        except segments.InvalidUdh:
            return octets, data_coding
    septets = gsm7.encode_or_none(body.decode("latin-1"))
    return (octets, _LATIN1) if septets is None else (header + septets, data_coding)


def _part(tlvs: tlv.Tlvs) -> Part | None:
    tags = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
    found = [_integer(tlvs, tag) for tag in tags]
    given = [value for value in found if value is not None]
    if not given:
        return None
    if len(given) < len(tags):
        raise Refused(Status.ESME_RMISSINGOPTPARAM, "sar_* parameters go together")
    part = Part(*given)
    if not 1 <= part.number <= part.total:
        raise Refused(Status.ESME_RINVOPTPARAMVAL, f"part {part.number} of {part.total}")
    return part if part.total > 1 else None


def _elements(tlvs: tlv.Tlvs) -> bytes:
    destination = _integer(tlvs, Tag.DESTINATION_PORT)
    source = _integer(tlvs, Tag.SOURCE_PORT)
    if destination is None and source is None:
        return b""
    return _PORTS + (destination or 0).to_bytes(2, "big") + (source or 0).to_bytes(2, "big")


def _integer(tlvs: tlv.Tlvs, tag: Tag) -> int | None:
    """The codec measures those of submit_sm and submit_multi; data_sm comes from upstreams too."""
    value = tlv.find(tlvs, tag)
    if value is None:
        return None
    if len(value) != tlv.TABLE[tag].size:
        raise Refused(Status.ESME_RINVPARLEN, f"{tlv.name_of(tag)}: {len(value)} octets")
    return int.from_bytes(value, "big")


def _with_marks(extra: Extra, pdu: Sending) -> Extra:
    """What else goes with the message to the phone."""
    protocol_id = 0 if isinstance(pdu, DataSm) else pdu.protocol_id
    ton = pdu.source_addr_ton
    odd = ton not in _BY_CUSTOM or (ton == _ALPHANUMERIC and pdu.source_addr.isdigit())
    campaign = (tlv.find_text(pdu.tlvs, Tag.CAMPAIGN_ID) or "") if pdu.tlvs else ""
    if not odd and not protocol_id and not campaign:
        return extra
    source = (ton, pdu.source_addr_npi) if odd else None
    return msgspec.structs.replace(extra, source=source, protocol_id=protocol_id, campaign=campaign[:_MOST_CAMPAIGN])


def _as_flash(extra: Extra) -> Extra:
    """The flash value of the data's own alphabet (003 §4.2)."""
    if not extra.data:
        return extra
    return msgspec.structs.replace(extra, data_coding=data_coding_for(alphabet_of(extra.data_coding), flash=True))


def _check_short(text: str, extra: Extra) -> None:
    """003 §3.3: "long SMS feature is not supported for Flash notifications"."""
    if extra.esm_class & UDHI:
        raise Refused(Status.ESME_RINVMSGLEN)
    if extra.data:
        alphabet = alphabet_of(extra.data_coding)
        long = len(extra.data) > alphabet.single * alphabet.unit_octets
    else:
        septets = gsm7.encode_or_none(text)
        long = len(text) > Alphabet.UCS2.single if septets is None else len(septets) > Alphabet.GSM7.single
    if long:
        raise Refused(Status.ESME_RINVMSGLEN)
