"""Those who watch see what they asked for, in order; a slow reader loses the oldest and nobody waits for it."""

from __future__ import annotations

import pytest

from stentor.core.feed import UNREAD, Feed, Wanted
from stentor.core.message import Event, EventKind
from support.making import START, message

ONE = message(client_id="order-1", sender="Shop", recipient="41793026727")
OTHER = message(account=2, sender="Bank", recipient="41791112233")


def _event(of: object = ONE, kind: EventKind = EventKind.SENT, detail: str = "") -> Event:
    assert of is ONE or of is OTHER
    return Event(of.id, START, kind, detail, of)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(account=1),
        Wanted(sender="Shop"),
        Wanted(recipient="41793026727"),
        Wanted(messages=frozenset({ONE.id})),
        Wanted(messages=frozenset({"order-1"})),
        Wanted(kinds=frozenset({EventKind.FINAL, EventKind.SENT})),
        Wanted(account=1, sender="Shop", recipient="41793026727", kinds=frozenset({EventKind.SENT})),
    ],
)
def test_an_event_fits(wanted: Wanted) -> None:
    assert wanted.fits(_event())


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(account=2),
        Wanted(sender="shop"),
        Wanted(recipient="4179302672"),
        Wanted(messages=frozenset({OTHER.id, "order-2"})),
        Wanted(kinds=frozenset({EventKind.FINAL})),
        Wanted(account=1, sender="Bank"),
    ],
)
def test_an_event_does_not_fit(wanted: Wanted) -> None:
    assert not wanted.fits(_event())


def test_an_event_without_its_message_fits_only_by_number_and_kind() -> None:
    bare = Event(ONE.id, START, EventKind.SENT, "")
    assert Wanted(messages=frozenset({ONE.id}), kinds=frozenset({EventKind.SENT})).fits(bare)
    assert not Wanted(account=1).fits(bare)
    assert not Wanted(messages=frozenset({"order-1"})).fits(bare)


def test_a_tail_gets_what_it_wants_in_order_and_is_woken_once_for_all() -> None:
    feed, woken = Feed(), [0]

    def wake() -> None:
        woken[0] += 1

    tail = feed.tail(Wanted(account=1), wake)
    feed.publish([_event(detail="1"), _event(OTHER), _event(detail="2")])
    feed.publish([_event(OTHER)])
    assert woken == [1]
    events, dropped = tail.take(10)
    assert ([event.detail for event in events], dropped) == (["1", "2"], 0)
    assert tail.take(10) == ([], 0)


def test_a_tail_that_nobody_reads_keeps_the_newest_and_counts_the_rest() -> None:
    feed = Feed()
    tail = feed.tail(Wanted(), lambda: None)
    for number in range(3 * UNREAD):
        feed.publish([_event(detail=str(number))])
    events, dropped = tail.take(3 * UNREAD)
    assert [event.detail for event in events] == [str(number) for number in range(2 * UNREAD, 3 * UNREAD)]
    assert (dropped, feed.dropped) == (2 * UNREAD, 2 * UNREAD)
    feed.publish([_event(detail="next")])
    assert tail.take(1)[1] == 0


def test_one_large_transaction_drops_too() -> None:
    tail = (feed := Feed()).tail(Wanted(), lambda: None)
    feed.publish([_event(detail=str(number)) for number in range(UNREAD + 5)])
    events, dropped = tail.take(1)
    assert (events[0].detail, dropped) == ("5", 5)


def test_who_left_gets_nothing_more() -> None:
    feed = Feed()
    tail = feed.tail(Wanted(), lambda: None)
    feed.leave(tail)
    feed.leave(tail)
    feed.publish([_event()])
    assert (feed.tails, tail.take(1)) == (0, ([], 0))


def test_watchers_see_everything() -> None:
    feed, seen = Feed(), list[Event]()
    feed.watch(seen.extend)
    feed.publish([_event(), _event(OTHER)])
    assert [event.message for event in seen] == [ONE.id, OTHER.id]
