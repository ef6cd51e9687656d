"""What a receipt or an upstream's answer means for a message: pure decisions that become `Move`s."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from stentor.catalogue import STATUSES, StatusId, gsm_errors
from stentor.core.lifecycle import aggregate, allowed, is_final
from stentor.core.message import Event, EventKind, Message, Move, PartState, Report, ReportKind, UpstreamReceipt
from stentor.core.notify import host_of
from stentor.core.ports import Matched
from stentor.core.sessions import silent


class Reporter(msgspec.Struct, frozen=True):
    """Makes the report that a move owes, if it owes one. `take` gives fresh report numbers."""

    take: Callable[[], int]

    def final(self, message: Message, status: int, error: int, at: int) -> Report | None:
        """None when the customer wanted to hear of failures only (SMPP 3.4 §5.2.17), and this is none."""
        if silent(message.notify_url, status):
            return None
        return self._make(message, ReportKind.FINAL, status, error, at)

    def intermediate(self, message: Message, error: int, at: int) -> Report | None:
        """Owed only when asked for, and only to a URL (004 "Intermediate delivery reports")."""
        if not message.intermediate or message.notify_url is None:
            return None
        return self._make(message, ReportKind.INTERMEDIATE, StatusId.PENDING_WAITING_DELIVERY, error, at)

    def _make(self, message: Message, kind: ReportKind, status: int, error: int, at: int) -> Report:
        url = message.notify_url
        host = None if url is None else host_of(url)
        kept = (url, host, message.notify_type)
        return Report(self.take(), message.id, message.account, kind, status, error, at, *kept, 0, at)


def told(status: int, error: int) -> str:
    """Status and error in words, e.g. `UNDELIVERABLE_NOT_DELIVERED, error 27 EC_ABSENT_SUBSCRIBER`."""
    words = STATUSES[status].name
    return f"{words}, error {error} {gsm_errors.error(error).name}" if error else words


def by_receipt(matched: Matched, receipt: UpstreamReceipt, reporter: Reporter) -> Move:
    """A receipt for one part: final when the parts decide, else progress."""
    message, at = matched.message, receipt.at
    if is_final(message.status):
        again = Event(
            message.id, at, EventKind.RECEIPT, f"part {matched.number}, too late to matter: {receipt.said}", message
        )
        return _progress(message, 0, at, again, None)
    event = Event(message.id, at, EventKind.RECEIPT, f"part {matched.number}: {receipt.said}", message)
    if not receipt.final:
        speaks = receipt.error and matched.number == _first_unfinished(matched)
        report = reporter.intermediate(message, receipt.error, at) if speaks else None
        return _progress(message, receipt.error, at, event, report)
    others = [part for part in matched.parts if part.number != matched.number]
    parts = [*others, PartState(matched.number, receipt.upstream_id, receipt.status, receipt.error)]
    decided = aggregate(parts, matched.total)
    move = _progress(message, 0, at, event, None) if decided is None else finish(message, *decided, at, reporter, event)
    return msgspec.structs.replace(move, part=matched.number, part_status=receipt.status, part_error=receipt.error)


def _first_unfinished(matched: Matched) -> int | None:
    """The parts of one message meet the same absent phone: one of them reports it for all."""
    return min((part.number for part in matched.parts if part.status is None), default=None)


def finish(
    message: Message,
    status: int,
    error: int,
    at: int,
    reporter: Reporter,
    *before: Event,
    taken: bool = True,
) -> Move:
    """The message's fate is decided: it leaves the queue and a report is owed.

    `taken`: an upstream took at least a part of it. Otherwise nothing was sent and the money goes back.
    """
    assert allowed(message.status, status), f"{message.status} -> {status}"
    return Move(
        message=message.id,
        account=message.account,
        status=status,
        error=error,
        at=at,
        events=(*before, Event(message.id, at, EventKind.FINAL, told(status, error), message, status, error)),
        dequeue=True,
        refund=0 if taken else message.charge,
        report=reporter.final(message, status, error, at),
    )


def postpone(message: Message, error: int, at: int, due: int, why: str, reporter: Reporter) -> Move:
    """Refused for now: back to the queue until `due`; the error is reported when the customer asked for that."""
    return Move(
        message=message.id,
        account=message.account,
        status=StatusId.PENDING_ENROUTE,
        error=error,
        at=at,
        events=(Event(message.id, at, EventKind.RETRY, why, message),),
        due=due,
        report=reporter.intermediate(message, error, at) if error else None,
    )


def hold_back(message: Message, at: int, until: int) -> Move:
    """Its time window is closed (004 status 1): back to the queue until it opens, and its validity starts then."""
    status = StatusId.PENDING_TIME_VIOLATION
    event = Event(message.id, at, EventKind.HELD, "outside its delivery time window", message, status)
    return Move(
        message=message.id,
        account=message.account,
        status=status,
        error=message.error,
        at=at,
        events=(event,),
        due=until,
        longer=until - at,
    )


def _progress(message: Message, error: int, at: int, event: Event, report: Report | None) -> Move:
    return Move(
        message=message.id,
        account=message.account,
        status=None,
        error=error,
        at=at,
        events=(event,),
        report=report,
    )
