"""What is counted, of which event, under which key."""

from __future__ import annotations

from stentor.catalogue import StatusId
from stentor.core.message import Event, EventKind
from stentor.core.tally import FINE_S, Histogram, Requests, Tally
from support.making import START, message

ENROUTE, WAITING = StatusId.PENDING_ENROUTE, StatusId.PENDING_WAITING_DELIVERY
QUEUED = message(sent_at=START)
SENT = message(sent_at=START, status=WAITING)


def _counted(*events: Event) -> Tally:
    tally = Tally()
    tally.count(events)
    return tally


def test_acceptance_and_refusals_by_status() -> None:
    refused = message(status=StatusId.REJECTED_NETWORK)
    tally = _counted(
        Event(QUEUED.id, START, EventKind.ACCEPTED, "", QUEUED),
        Event(refused.id, START, EventKind.REJECTED, "", refused, StatusId.REJECTED_NETWORK),
        Event(QUEUED.id, START, EventKind.REJECTED, "", QUEUED, StatusId.REJECTED_NOT_ENOUGH_CREDITS),
    )
    assert tally.accepted == 1
    assert tally.rejected == {StatusId.REJECTED_NETWORK: 1, StatusId.REJECTED_NOT_ENOUGH_CREDITS: 1}


def test_a_part_that_an_upstream_refuses_is_no_rejected_message() -> None:
    tally = _counted(Event(QUEUED.id, START, EventKind.REJECTED, "part 1: refused", QUEUED))
    assert (dict(tally.rejected), dict(tally.refused)) == ({}, {"net": 1})


def test_parts_count_each_and_the_last_one_ends_the_wait() -> None:
    tally = _counted(
        Event(QUEUED.id, START + 40, EventKind.SENT, "", QUEUED),
        Event(QUEUED.id, START + 60, EventKind.SENT, "", QUEUED, WAITING),
    )
    assert tally.sent == {"net": 2}
    assert sum(tally.until_sent["net"].counts) == 1
    assert tally.until_sent["net"].total == 0.06


def test_the_end_by_status_and_error_with_its_time_since_sending() -> None:
    tally = _counted(Event(SENT.id, START + 2_000, EventKind.FINAL, "", SENT, StatusId.UNDELIVERABLE_NOT_DELIVERED, 27))
    assert tally.finished == {(StatusId.UNDELIVERABLE_NOT_DELIVERED, 27): 1}
    assert tally.until_final["net"].total == 2.0


def test_the_end_of_what_was_never_sent_took_no_time_to_deliver() -> None:
    tally = _counted(Event(QUEUED.id, START + 9, EventKind.FINAL, "", QUEUED, StatusId.EXPIRED_EXPIRED, 4101))
    assert (tally.finished[StatusId.EXPIRED_EXPIRED, 4101], dict(tally.until_final)) == (1, {})


def test_an_end_that_came_too_late_is_not_counted_twice() -> None:
    tally = _counted(Event(SENT.id, START, EventKind.FINAL, "", SENT))
    assert (dict(tally.finished), tally.events[EventKind.FINAL]) == ({}, 1)


def test_the_others_by_connector_and_every_word_by_itself() -> None:
    kinds = (EventKind.RETRY, EventKind.DIVERTED, EventKind.UNCERTAIN, EventKind.RECEIPT, EventKind.NOTIFIED)
    tally = _counted(*(Event(SENT.id, START, kind, "", SENT) for kind in kinds))
    assert tally.postponed == tally.diverted == tally.uncertain == tally.receipts == {"net": 1}
    assert {kind: count for kind, count in tally.events.items() if count} == dict.fromkeys(kinds, 1)


def test_a_clock_that_goes_back_makes_no_negative_duration() -> None:
    tally = _counted(Event(QUEUED.id, START - 5_000, EventKind.SENT, "", QUEUED, WAITING))
    assert (tally.until_sent["net"].total, tally.until_sent["net"].counts[0]) == (0.0, 1)


def test_a_histogram_puts_a_value_below_the_bound_that_holds_it() -> None:
    histogram = Histogram(FINE_S)
    for seconds in (0.0, FINE_S[0], FINE_S[0] * 1.1, FINE_S[-1], FINE_S[-1] * 2):
        histogram.add(seconds)
    assert histogram.counts[:2] == [2, 1]
    assert histogram.counts[-2:] == [1, 1]
    assert sum(histogram.counts) == 5


def test_requests_by_route_and_status_and_strangers_under_one_key() -> None:
    requests = Requests()
    requests.count("GET", "/sms/1/logs", 200, 0.01)
    requests.count("GET", "/sms/1/logs", 401, 0.01)
    requests.count("GET", "/admin/1/tail", 401, 0.01)
    for number in range(100):
        requests.count(f"M{number}", "", 404, 0.01)
    assert set(requests.durations) == {
        ("GET", "/sms/1/logs", 200),
        ("GET", "/sms/1/logs", 401),
        ("GET", "/admin/1/tail", 401),
        ("", "", 404),
    }
    assert (requests.unauthorized("/"), requests.unauthorized("/admin/")) == (2, 1)
