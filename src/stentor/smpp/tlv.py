"""Optional parameters (SMPP 3.4 §5.3.2) and the platform's own (003 §3.2 table 14, §4.4)."""

from __future__ import annotations

from enum import Enum, IntEnum

import msgspec

from .errors import EncodeError

Tlv = tuple[int, bytes]
Tlvs = tuple[Tlv, ...]


class Tag(IntEnum):
    """SMPP 3.4 §5.3.2, then 003 §3.2 and §4.4."""

    DEST_ADDR_SUBUNIT = 0x0005
    DEST_NETWORK_TYPE = 0x0006
    DEST_BEARER_TYPE = 0x0007
    DEST_TELEMATICS_ID = 0x0008
    SOURCE_ADDR_SUBUNIT = 0x000D
    SOURCE_NETWORK_TYPE = 0x000E
    SOURCE_BEARER_TYPE = 0x000F
    SOURCE_TELEMATICS_ID = 0x0010
    QOS_TIME_TO_LIVE = 0x0017
    PAYLOAD_TYPE = 0x0019
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    MS_MSG_WAIT_FACILITIES = 0x0030
    PRIVACY_INDICATOR = 0x0201
    SOURCE_SUBADDRESS = 0x0202
    DEST_SUBADDRESS = 0x0203
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    CALLBACK_NUM_PRES_IND = 0x0302
    CALLBACK_NUM_ATAG = 0x0303
    NUMBER_OF_MESSAGES = 0x0304
    CALLBACK_NUM = 0x0381
    DPF_RESULT = 0x0420
    SET_DPF = 0x0421
    MS_AVAILABILITY_STATUS = 0x0422
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    DISPLAY_TIME = 0x1201
    SMS_SIGNAL = 0x1203
    MS_VALIDITY = 0x1204
    ALERT_ON_MESSAGE_DELIVERY = 0x130C
    ITS_REPLY_TYPE = 0x1380
    ITS_SESSION_INFO = 0x1383

    IMSI = 0x1403
    SERVING_MSC = 0x1406  # only in the documents' samples
    SERVING_HLR = 0x1409
    ORIGINAL_NETWORK_PREFIX = 0x140B
    ORIGINAL_NETWORK_NAME = 0x1412
    PORTED_NETWORK_NAME = 0x1413
    ROAMING_NETWORK_NAME = 0x1414
    ROAMING_COUNTRY_NAME = 0x1415
    MCCMNC = 0x1416
    ROAMING_COUNTRY_CODE = 0x1417
    PRICE_PER_MESSAGE = 0x1418
    ROAMING_NETWORK_PREFIX = 0x1419
    ROAMING_COUNTRY_PREFIX = 0x1420
    IS_NUMBER_PORTED = 0x1421
    ORIGINAL_COUNTRY_NAME = 0x1422
    ORIGINAL_COUNTRY_CODE = 0x1423
    ORIGINAL_COUNTRY_PREFIX = 0x1424
    IS_NUMBER_CORRECT = 0x1425
    PORTED_NETWORK_PREFIX = 0x143E
    PORTED_NETWORK_COUNTRY_NAME = 0x143F
    PORTED_COUNTRY_PREFIX = 0x1442
    CAMPAIGN_ID = 0x1456


class Kind(Enum):
    INTEGER = "integer"
    CSTRING = "cstring"  # ends with a NUL
    OCTETS = "octets"


class TlvSpec(msgspec.Struct, frozen=True):
    """One row of the table; `size` and `least` bound the value's octets, its NUL included."""

    name: str
    kind: Kind
    size: int
    least: int
    vendor: bool = False

    def fits(self, length: int) -> bool:
        """Vendor values are not measured: the documents leave their widths open."""
        return self.vendor or self.least <= length <= self.size


_INTEGERS = {  # octets: tags
    1: (
        *(Tag.DEST_ADDR_SUBUNIT, Tag.DEST_NETWORK_TYPE, Tag.DEST_BEARER_TYPE, Tag.SOURCE_ADDR_SUBUNIT),
        *(Tag.SOURCE_NETWORK_TYPE, Tag.SOURCE_BEARER_TYPE, Tag.SOURCE_TELEMATICS_ID, Tag.PAYLOAD_TYPE),
        *(Tag.MS_MSG_WAIT_FACILITIES, Tag.PRIVACY_INDICATOR, Tag.USER_RESPONSE_CODE, Tag.LANGUAGE_INDICATOR),
        *(Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM, Tag.SC_INTERFACE_VERSION, Tag.CALLBACK_NUM_PRES_IND),
        *(Tag.NUMBER_OF_MESSAGES, Tag.DPF_RESULT, Tag.SET_DPF, Tag.MS_AVAILABILITY_STATUS),
        *(Tag.DELIVERY_FAILURE_REASON, Tag.MORE_MESSAGES_TO_SEND, Tag.MESSAGE_STATE, Tag.USSD_SERVICE_OP),
        *(Tag.DISPLAY_TIME, Tag.MS_VALIDITY, Tag.ITS_REPLY_TYPE),
    ),
    2: (
        *(Tag.DEST_TELEMATICS_ID, Tag.USER_MESSAGE_REFERENCE, Tag.SOURCE_PORT, Tag.DESTINATION_PORT),
        *(Tag.SAR_MSG_REF_NUM, Tag.SMS_SIGNAL, Tag.ITS_SESSION_INFO),
    ),
    4: (Tag.QOS_TIME_TO_LIVE,),
}
_OTHERS = {
    Tag.ADDITIONAL_STATUS_INFO_TEXT: (Kind.CSTRING, 1, 256),
    Tag.RECEIPTED_MESSAGE_ID: (Kind.CSTRING, 1, 65),
    Tag.SOURCE_SUBADDRESS: (Kind.OCTETS, 2, 23),
    Tag.DEST_SUBADDRESS: (Kind.OCTETS, 2, 23),
    Tag.NETWORK_ERROR_CODE: (Kind.OCTETS, 3, 3),
    Tag.MESSAGE_PAYLOAD: (Kind.OCTETS, 0, 0xFFFF),
    Tag.CALLBACK_NUM: (Kind.OCTETS, 4, 19),
    Tag.CALLBACK_NUM_ATAG: (Kind.OCTETS, 0, 65),
    Tag.ALERT_ON_MESSAGE_DELIVERY: (Kind.OCTETS, 0, 1),  # the tag alone; 3GPP2 peers send an octet
}
# The documents print TLVInt as "int" beside "byte" for one octet: 4 octets.
_VENDOR_INTEGERS = (Tag.PRICE_PER_MESSAGE, Tag.IS_NUMBER_PORTED, Tag.IS_NUMBER_CORRECT)
_VENDOR_OCTETS = (Tag.IMSI, Tag.SERVING_MSC)


def _table() -> dict[int, TlvSpec]:
    sizes = [(tag, size) for size, tags in _INTEGERS.items() for tag in tags]
    rows = {int(tag): TlvSpec(tag.name.lower(), Kind.INTEGER, size, size) for tag, size in sizes}
    rows |= {int(tag): TlvSpec(tag.name.lower(), kind, size, least) for tag, (kind, least, size) in _OTHERS.items()}
    for tag in Tag:
        if tag in rows:
            continue
        kind = Kind.INTEGER if tag in _VENDOR_INTEGERS else Kind.OCTETS if tag in _VENDOR_OCTETS else Kind.CSTRING
        rows[int(tag)] = TlvSpec(tag.name.lower(), kind, 4 if kind is Kind.INTEGER else 0xFFFF, 0, vendor=True)
    return rows


TABLE: dict[int, TlvSpec] = _table()


def name_of(tag: int) -> str:
    """The name for a log line: "message_state", or "0x1499" when no table knows it."""
    spec = TABLE.get(tag)
    return spec.name if spec else f"0x{tag:04X}"


def integer(tag: int, value: int, size: int | None = None) -> Tlv:
    """An integer TLV, in the table's width; 4 octets for a tag without one."""
    spec = TABLE.get(tag)
    width = size or (spec.size if spec and spec.kind is Kind.INTEGER else 4)
    try:
        return int(tag), value.to_bytes(width, "big")
    except OverflowError:
        raise EncodeError(f"{name_of(tag)}: {value} does not fit in {width} octets") from None


def cstring(tag: int, text: str) -> Tlv:
    """A C-octet string TLV, with its NUL (SMPP 3.4 §3.1)."""
    try:
        value = text.encode("latin-1")
    except UnicodeEncodeError:
        raise EncodeError(f"{name_of(tag)}: {text!r} is not Latin-1") from None
    if 0 in value:
        raise EncodeError(f"{name_of(tag)}: {text!r} holds a NUL")
    return int(tag), value + b"\0"


def octets(tag: int, value: bytes) -> Tlv:
    return int(tag), value


def find(tlvs: Tlvs, tag: int) -> bytes | None:
    """The first value of the tag."""
    for known, value in tlvs:
        if known == tag:
            return value
    return None


def find_integer(tlvs: Tlvs, tag: int) -> int | None:
    """The first value of the tag as an unsigned number, in whatever width the peer wrote it."""
    value = find(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def find_text(tlvs: Tlvs, tag: int) -> str | None:
    """The first value of the tag as text, up to its NUL; a missing NUL is common in the wild and taken."""
    value = find(tlvs, tag)
    return None if value is None else value.split(b"\0", 1)[0].decode("latin-1")
