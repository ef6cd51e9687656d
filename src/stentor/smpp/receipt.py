"""Delivery receipts (SMPP 3.4 §2.11, appendix B; the platform's form: 003 §3.1, §3.2).

Reading is generous, since every upstream has its own dialect; the optional parameters count for more than the text.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

import msgspec

from . import tlv
from .codec import message_of
from .times import full_year
from .tlv import Tag

if TYPE_CHECKING:
    from .pdu import DataSm, DeliverSm, Tlvs

ESM_CLASS_RECEIPT = 0x04  # SMPP 3.4 §5.2.12
ESM_CLASS_INTERMEDIATE = 0x20
_ESM_CLASS_TYPE = 0x3C
_GSM = 3  # network type, SMPP 3.4 §5.3.2.31
_MOST_ERROR = 0xFFFF  # the 2 octets of network_error_code
_UCS2 = 8
_RECEIPT_TYPES = (ESM_CLASS_RECEIPT, ESM_CLASS_INTERMEDIATE, ESM_CLASS_RECEIPT | ESM_CLASS_INTERMEDIATE)


class MessageState(IntEnum):
    """SMPP 3.4 §5.2.28."""

    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8


_SPEC_WORDS = {  # SMPP 3.4 appendix B
    MessageState.ENROUTE: "ENROUTE",
    MessageState.DELIVERED: "DELIVRD",
    MessageState.EXPIRED: "EXPIRED",
    MessageState.DELETED: "DELETED",
    MessageState.UNDELIVERABLE: "UNDELIV",
    MessageState.ACCEPTED: "ACCEPTD",
    MessageState.UNKNOWN: "UNKNOWN",
    MessageState.REJECTED: "REJECTD",
}
_DOCUMENT_WORDS = _SPEC_WORDS | {MessageState.UNKNOWN: "DELIVERY UNKNOWN", MessageState.REJECTED: "REJECTED"}
_STATE_OF = {int(state): state for state in MessageState}
WORDS = {"document": _DOCUMENT_WORDS, "spec": _SPEC_WORDS}
_STATES = {word: state for words in WORDS.values() for state, word in words.items()} | {
    "EN_ROUTE": MessageState.ENROUTE,
    "BUFFRED": MessageState.ENROUTE,
    "DELIVERED": MessageState.DELIVERED,
    "UNDELIVERED": MessageState.UNDELIVERABLE,
    "UNDELIVERABLE": MessageState.UNDELIVERABLE,
    "FAILED": MessageState.UNDELIVERABLE,
    "ACCEPTED": MessageState.ACCEPTED,
}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message; dates are the digits as they came."""

    message_id: str = ""
    state: MessageState = MessageState.UNKNOWN
    error: int | None = None  # a GSM error code
    intermediate: bool = False
    sub: str = "001"
    dlvrd: str = "001"
    submit_date: str = ""
    done_date: str = ""
    text: str = ""
    extra: tuple[tuple[str, str], ...] = ()  # number context: ("IMSI", "219101100935850"), 003 §3.2

    @property
    def submitted(self) -> datetime | None:
        return parse_date(self.submit_date)

    @property
    def done(self) -> datetime | None:
        return parse_date(self.done_date)


# A receipt's date has no seconds in the specification, some peers add them, others the century.
_DATES = [
    re.compile(r"(?P<year>\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?", re.ASCII),
    re.compile(r"(?P<year>\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?", re.ASCII),
]


def parse_date(digits: str) -> datetime | None:
    """The date without a zone, which the text does not carry; None when it is no date of 10, 12 or 14 digits."""
    for pattern in _DATES:
        found = pattern.fullmatch(digits)
        if found is None:
            continue
        year, *rest = [int(part) for part in found.groups(default="0")]
        try:
            return datetime(year if year > 99 else full_year(year), *rest)  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            continue
    return None


_KEYS = re.compile(r"(?<!\S)(id|sub|dlvrd?|submit[ _]?date|done[ _]?date|stat|err|text)\s?:", re.IGNORECASE)
_NAMES = {"dlvr": "dlvrd", "submitdate": "submit_date", "donedate": "done_date"}
_EXTRA = re.compile(r"(?<!\S)([A-Z]{2,10}):")
_ERROR = re.compile(r"\d{1,8}", re.ASCII)


def _fields(text: str) -> dict[str, str]:
    """The text's parts by name; `text` runs to the end, whatever looks like a part in it."""
    fields: dict[str, str] = {}
    keys = list(_KEYS.finditer(text))
    ends = [*(key.start() for key in keys[1:]), len(text)]
    for key, end in zip(keys, ends, strict=False):  # no keys, one end
        name = key[1].lower().replace(" ", "_")
        name = _NAMES.get(name, name)
        if name == "text":
            fields[name] = text[key.end() :].lstrip(" ")
            break
        fields.setdefault(name, text[key.end() : end].strip())
    return fields


def _extra(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What follows err: in a number context receipt: "001 IMSI: MSC: ORN:VipNet" (003 §3.2)."""
    first, *parts = _EXTRA.split(text)
    return first.strip(), tuple((key, value.strip()) for key, value in zip(parts[::2], parts[1::2], strict=True))


def state_of(word: str) -> MessageState:
    """The state that a word of the text means; UNKNOWN for words that nobody defined."""
    return _STATES.get(" ".join(word.upper().split()), MessageState.UNKNOWN)


def parse(text: bytes | str) -> Receipt | None:
    """A receipt's text; None when it has neither an id nor a status."""
    if not isinstance(text, str):
        text = text.decode("latin-1")
    fields = _fields(text)
    if "id" not in fields and "stat" not in fields:
        return None
    error, extra = _extra(fields.get("err", ""))
    return Receipt(
        message_id=fields.get("id", ""),
        state=state_of(fields.get("stat", "")),
        error=int(error) if _ERROR.fullmatch(error) else None,
        sub=fields.get("sub", ""),
        dlvrd=fields.get("dlvrd", ""),
        submit_date=fields.get("submit_date", ""),
        done_date=fields.get("done_date", ""),
        text=fields.get("text", ""),
        extra=extra,
    )


def read(pdu: DeliverSm | DataSm) -> Receipt | None:
    """The receipt that the PDU carries, optional parameters first (SMPP 3.4 §5.3.2.12, .31, .35); None for a message.

    A PDU without the esm_class bits is a receipt too when it names the message and its state: no message does.
    """
    message_id = tlv.find_text(pdu.tlvs, Tag.RECEIPTED_MESSAGE_ID)
    state = tlv.find_integer(pdu.tlvs, Tag.MESSAGE_STATE)
    marked = pdu.esm_class & _ESM_CLASS_TYPE in _RECEIPT_TYPES
    if not marked and (message_id is None or state is None):
        return None
    from_text = parse(_text(pdu))
    if from_text is None and message_id is None:
        return None
    receipt = from_text or Receipt(sub="", dlvrd="")
    error = _gsm_error(pdu.tlvs)
    return msgspec.structs.replace(
        receipt,
        message_id=message_id or receipt.message_id,
        state=_STATE_OF.get(state, receipt.state) if state else receipt.state,
        error=receipt.error if error is None else error,
        intermediate=bool(pdu.esm_class & ESM_CLASS_INTERMEDIATE),
    )


def _text(pdu: DeliverSm | DataSm) -> str:
    text = message_of(pdu)
    return text.decode("utf-16-be", "replace") if pdu.data_coding == _UCS2 else text.decode("latin-1")


def _gsm_error(tlvs: Tlvs) -> int | None:
    value = tlv.find(tlvs, Tag.NETWORK_ERROR_CODE)
    if value is None or len(value) != 3 or value[0] != _GSM:
        return None
    return int.from_bytes(value[1:], "big")


def format(  # noqa: A001 - read as receipt.format
    receipt: Receipt,
    *,
    words: Literal["document", "spec"] = "document",
    dlvrd: Literal["dlvr", "dlvrd"] = "dlvr",
) -> str:
    """The text of a receipt as 003 §3.1 prints it; with spec words and "dlvrd" it is SMPP 3.4 appendix B's."""
    parts = [
        f"id:{receipt.message_id} sub:{receipt.sub} {dlvrd}:{receipt.dlvrd}",
        f"submit date:{receipt.submit_date} done date:{receipt.done_date}",
        f"stat:{WORDS[words][receipt.state]} err:{receipt.error or 0:03}",
        *(f"{key}:{value}" for key, value in receipt.extra),
    ]
    if receipt.text:
        parts.append(f"text:{receipt.text}")
    return " ".join(parts)


def tlvs_of(receipt: Receipt) -> Tlvs:
    """The optional parameters that say the same, in the order of the documents' samples (003 §3.2)."""
    parameters = (
        tlv.integer(Tag.MESSAGE_STATE, receipt.state),
        tlv.cstring(Tag.RECEIPTED_MESSAGE_ID, receipt.message_id),
    )
    error = receipt.error or 0
    if error > _MOST_ERROR:
        return parameters
    return (tlv.octets(Tag.NETWORK_ERROR_CODE, bytes((_GSM,)) + error.to_bytes(2, "big")), *parameters)
