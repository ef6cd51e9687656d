"""What receipts and answers mean: pure decisions."""

from __future__ import annotations

from typing import Any

import pytest

from stentor.catalogue import StatusId
from stentor.core.message import EventKind, Message, PartState, ReportKind
from stentor.core.ports import Matched
from stentor.core.settle import Reporter, by_receipt, finish, postpone, told
from support.making import PRICE, START, URL, message, receipt

SENT = StatusId.PENDING_WAITING_DELIVERY
NOW = START + 50


def reporter() -> Reporter:
    return Reporter(iter(range(900, 999)).__next__)


def matched(one: Message, number: int = 1, *states: int | None) -> Matched:
    parts = tuple(PartState(n, f"u{n}", status, 0) for n, status in enumerate(states or (None,), start=1))
    return Matched(one, number, len(parts), parts)


def sent(**changes: Any) -> Message:
    return message(**{"status": SENT, **changes})


def test_told() -> None:
    assert told(9, 27) == "UNDELIVERABLE_NOT_DELIVERED, error 27 EC_ABSENT_SUBSCRIBER"
    assert told(5, 0) == "DELIVERED_TO_HANDSET"


def test_a_final_receipt_ends_a_message_of_one_part() -> None:
    one = sent()
    move = by_receipt(matched(one), receipt("u1", 9, error=27, at=NOW), reporter())
    assert (move.status, move.error, move.at, move.dequeue, move.refund) == (9, 27, NOW, True, 0)
    assert (move.part, move.part_status, move.part_error) == (1, 9, 27)
    assert [event.kind for event in move.events] == [EventKind.RECEIPT, EventKind.FINAL]
    assert move.report is not None
    assert (move.report.kind, move.report.status, move.report.error) == (ReportKind.FINAL, 9, 27)
    assert (move.report.url, move.report.host) == (None, None)


def test_a_receipt_for_one_of_several_parts_is_progress() -> None:
    move = by_receipt(matched(sent(parts=2), 1, None, None), receipt("u1"), reporter())
    assert (move.status, move.report, move.dequeue) == (None, None, False)
    assert (move.part, move.part_status) == (1, 5)


def test_the_last_part_decides() -> None:
    move = by_receipt(matched(sent(parts=2), 2, 5, None), receipt("u2"), reporter())
    assert move.status == StatusId.DELIVERED_TO_HANDSET
    assert move.report is not None


def test_one_failed_part_decides_at_once() -> None:
    move = by_receipt(matched(sent(parts=3), 2, None, None, None), receipt("u2", 9, error=1), reporter())
    assert (move.status, move.error) == (9, 1)


@pytest.mark.parametrize(
    ("wanted", "url", "error", "owed"),
    [(True, URL, 27, True), (False, URL, 27, False), (True, None, 27, False), (True, URL, 0, False)],
)
def test_intermediate_reports(*, wanted: bool, url: str | None, error: int, owed: bool) -> None:
    one = sent(intermediate=wanted, notify_url=url, notify_type="application/xml")
    said = receipt("u1", SENT, error=error, final=False)
    move = by_receipt(matched(one), said, reporter())
    assert (move.status, move.error, move.part, move.dequeue) == (None, error, None, False)
    assert (move.report is not None) == owed
    if move.report is not None:
        assert (move.report.kind, move.report.status) == (ReportKind.INTERMEDIATE, SENT)
        assert (move.report.url, move.report.content_type) == (url, "application/xml")


@pytest.mark.parametrize("status", [5, 9, 15, 29, 12])
@pytest.mark.parametrize("final", [True, False])
def test_a_receipt_for_a_final_message_changes_nothing(status: int, *, final: bool) -> None:
    one = sent(status=status, intermediate=True, notify_url=URL)
    move = by_receipt(matched(one), receipt("u1", 9, error=27, final=final), reporter())
    assert (move.status, move.report, move.dequeue, move.refund) == (None, None, False, 0)


def test_finish_without_any_part_taken_gives_the_money_back() -> None:
    one = message(parts=3, notify_url=URL)
    move = finish(one, StatusId.EXPIRED_EXPIRED, 4101, NOW, reporter(), taken=False)
    assert (move.status, move.error, move.dequeue, move.refund) == (15, 4101, True, 3 * PRICE)
    assert move.report is not None
    assert (move.report.url, move.report.due, move.report.attempts, move.report.id) == (URL, NOW, 0, 900)
    assert finish(one, 15, 0, NOW, reporter()).refund == 0


def test_postpone() -> None:
    one = message(intermediate=True, notify_url=URL)
    move = postpone(one, 34, NOW, NOW + 5_000, "why", reporter())
    assert (move.status, move.error, move.due, move.dequeue) == (StatusId.PENDING_ENROUTE, 34, NOW + 5_000, False)
    assert [(event.kind, event.detail) for event in move.events] == [(EventKind.RETRY, "why")]
    assert move.report is not None
    assert move.report.kind == ReportKind.INTERMEDIATE
    assert postpone(one, 0, NOW, NOW, "why", reporter()).report is None
    assert postpone(message(), 34, NOW, NOW, "why", reporter()).report is None
