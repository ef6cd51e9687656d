"""A report as the deliver_sm that carries it (003 §3.1 "DR format", SMPP 3.4 §2.11, appendix B)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

from stentor.catalogue import STATUSES
from stentor.core import sessions
from stentor.core.account import Account
from stentor.core.bulk import CANCELED_ERROR
from stentor.core.ids import milliseconds_of
from stentor.core.message import Owed, ReportKind
from stentor.smpp import receipt
from stentor.smpp.pdu import DeliverSm
from stentor.smpp.receipt import ESM_CLASS_INTERMEDIATE, ESM_CLASS_RECEIPT, MessageState, Receipt

_MINUTE_MS = 60_000
_MOST_ADDRESS = 20
_STATE_OF: dict[int, MessageState] = {status.id: receipt.state_of(status.smpp_stat) for status in STATUSES.values()}


def state_of(status: int, error: int) -> MessageState:
    """One that the customer canceled is deleted (SMPP 3.4 §5.2.28); the table has no status of its own for it."""
    return MessageState.DELETED if error == CANCELED_ERROR else _STATE_OF[status]


class Dates:
    """YYMMDDhhmm in the platform's offset, as its HTTP timestamps have it (`http.utc_offset`)."""

    def __init__(self, offset: str = "+0000") -> None:
        minutes = int(offset[1:3]) * 60 + int(offset[3:5])
        zone = timezone(timedelta(minutes=-minutes if offset.startswith("-") else minutes))
        self._of = lru_cache(64)(lambda minute: f"{datetime.fromtimestamp(minute * 60, zone):%y%m%d%H%M}")

    def __call__(self, moment: int) -> str:
        return self._of(moment // _MINUTE_MS)


def deliver_sm(owed: Owed, message_id: str, account: Account, dates: Dates) -> DeliverSm:
    """The addresses are those of the submit_sm, exchanged (SMPP 3.4 §2.11); the id is that of its response.

    It was submitted when it came here (appendix B), whenever it was to be sent.
    """
    message, report = owed.message, owed.report
    wanted = sessions.wanted_of(report.url or "")
    said = Receipt(
        message_id=wanted.message_id or message_id,
        state=state_of(report.status, report.error),
        error=report.error,
        submit_date=dates(milliseconds_of(message.id)),
        done_date=dates(report.done_at),
    )
    text = receipt.format(said, words=account.smpp_words, dlvrd=account.smpp_dlvrd)
    intermediate = report.kind == ReportKind.INTERMEDIATE
    return DeliverSm(
        source_addr_ton=wanted.destination[0],
        source_addr_npi=wanted.destination[1],
        source_addr=address(message.recipient),
        dest_addr_ton=wanted.source[0],
        dest_addr_npi=wanted.source[1],
        destination_addr=address(message.sender),
        esm_class=ESM_CLASS_INTERMEDIATE if intermediate else ESM_CLASS_RECEIPT,
        short_message=text.encode("latin-1", "replace"),
        tlvs=receipt.tlvs_of(said),
    )


def address(number: str) -> str:
    """What fits into an address field, whatever a sender's characters are."""
    if number.isascii() and len(number) <= _MOST_ADDRESS and number.isprintable():
        return number
    return number.replace("\0", "").encode("latin-1", "replace")[:_MOST_ADDRESS].decode("latin-1")
