"""Messages whose connector is in trouble go to the next of their rule, and no message is lost or sent twice for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stentor.catalogue import StatusId
from stentor.core.message import EventKind, Message
from stentor.core.routing import Target
from stentor.engine import dispatch
from support.making import ACME, HOUR, OTHER, START, FakeClock, message, new
from support.platform import Engine, ScriptedConnector, engine, quiet, until

SENT = StatusId.PENDING_WAITING_DELIVERY
DOWN = "down: link lost"


@pytest.fixture
async def e(tmp_path: Path) -> AsyncIterator[Engine]:
    """Rule "all" leads to "net", and to "other" when that is in trouble."""
    async with engine(tmp_path) as running:
        running.targets["all"] = (Target("net"), Target("other", 0))
        yield running


@pytest.fixture
async def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """Room for twelve messages, eight of one account."""
    monkeypatch.setattr(dispatch, "IN_MEMORY", 12)
    monkeypatch.setattr(dispatch, "PER_ACCOUNT", 8)
    async with engine(tmp_path) as running:
        running.targets["all"] = (Target("net"), Target("other", 0))
        yield running


def long_message() -> Message:
    return message(text="a" * 306, parts=2)


def diverted(e: Engine, one: Message) -> list[str]:
    return [event.detail for event in e.story(one).events if event.kind is EventKind.DIVERTED]


async def all_taken(e: Engine, connector: ScriptedConnector, *messages: Message) -> None:
    while connector.parts:
        connector.take()
        await quiet(2)
    await until(lambda: {e.status(one) for one in messages} == {SENT} and not e.held)


async def test_waiting_messages_go_to_the_next(e: Engine) -> None:
    other = e.add("other")
    e.net.window = 0
    messages = [message(recipient=f"417900000{n:02}") for n in range(8)]
    await e.send(*messages)
    await quiet()
    assert not other.seen
    e.net.say(DOWN)
    await until(lambda: len(other.seen) == 8)
    assert other.recipients == [one.recipient for one in messages]
    await all_taken(e, other, *messages)
    story = e.story(messages[0])
    assert story.message.connector == "other"
    assert diverted(e, messages[0]) == ["from net to other: net is down: link lost"]
    assert not e.net.seen
    assert e.store.queued() == 0


async def test_taken_back(e: Engine) -> None:
    other = e.add("other")
    e.net.say(DOWN)
    one, two = message(), message()
    await e.send(one)
    await until(lambda: other.seen)
    e.net.say(None)
    await e.send(two)
    assert [part.message.id for part in e.net.seen] == [two.id]
    assert [part.message.id for part in other.seen] == [one.id]
    e.net.take()
    await all_taken(e, other, one, two)


async def test_without_another_it_waits(e: Engine) -> None:
    e.add("other")
    e.net.say(DOWN)
    one = message(rule="alone")
    await e.send(one)
    await quiet(80)
    assert not diverted(e, one)
    e.net.say(None)
    await until(lambda: e.net.seen)
    await all_taken(e, e.net, one)


async def test_none_is_well(e: Engine) -> None:
    other = e.add("other")
    other.say("throttled: it rests")
    e.net.say(DOWN)
    one = message()
    await e.send(one)
    await quiet(80)
    assert not other.seen
    other.say(None)
    await until(lambda: other.seen)
    await all_taken(e, other, one)


async def test_a_slow_one_gets_what_has_no_other_way(e: Engine) -> None:
    other = e.add("other")
    e.net.say("slow: no answer within 0.7 s")
    messages = [message(rule=rule) for rule in ("all", "alone", "all", "alone")]
    await e.send(*messages)
    await until(lambda: len(e.net.seen) == len(other.seen) == 2)
    assert [part.message.id for part in e.net.seen] == [messages[1].id, messages[3].id]
    while e.net.parts:
        e.net.take()
    await all_taken(e, other, *messages)


async def test_shares_of_the_others(e: Engine) -> None:
    e.targets["all"] = (Target("net", 50), Target("b", 30), Target("c", 20), Target("d", 0))
    others = [e.add(name) for name in "bcd"]
    e.net.window = 0
    await e.send(*[message() for _ in range(20)])
    for one in others:
        one.window = 20
    e.net.say(DOWN)
    await until(lambda: sum(len(one.seen) for one in others) == 20)
    assert [len(one.seen) for one in others] == [12, 8, 0]


async def test_what_is_lost_goes_elsewhere(e: Engine) -> None:
    other = e.add("other")
    one = message()
    await e.send(one)
    e.net.say(DOWN)
    e.net.lose()
    await until(lambda: other.seen)
    await all_taken(e, other, one)
    kinds = [event.kind for event in e.story(one).events]
    assert kinds == [EventKind.ACCEPTED, EventKind.UNCERTAIN, EventKind.DIVERTED, EventKind.SENT]


async def test_what_was_throttled_goes_elsewhere_or_waits_in_its_order(e: Engine) -> None:
    messages = [message(rule=rule) for rule in ("alone", "all", "alone", "all")]
    other = e.add("other")
    await e.send(*messages)
    e.net.say("throttled: it rests")
    for _ in messages:
        e.net.give_back()
    await until(lambda: len(other.seen) == 2)
    assert [part.message.id for part in other.seen] == [messages[1].id, messages[3].id]
    assert (e.net.unsettled, len(e.net.seen)) == (0, 4)
    e.net.say(None)
    await until(lambda: len(e.net.seen) == 6)
    assert [part.message.id for part in e.net.seen][4:] == [messages[0].id, messages[2].id]
    while e.net.parts:
        e.net.take()
    await all_taken(e, other, *messages)
    assert EventKind.DIVERTED not in [event.kind for event in e.story(messages[0]).events]


async def test_throttled_after_the_other_part_was_refused_for_good(e: Engine) -> None:
    one = long_message()
    await e.send(one)
    e.net.refuse()
    e.net.give_back()
    await until(lambda: e.status(one) == StatusId.UNDELIVERABLE_REJECTED_OPERATOR and not e.held)
    assert (e.dispatcher.in_flight, e.net.unsettled, len(e.net.seen)) == (0, 0, 2)


async def test_refused_for_now_another_gets_it_at_once(e: Engine) -> None:
    other, third = e.add("other"), e.add("third")
    e.targets["all"] = (Target("net"), Target("other", 0), Target("third", 0))
    one = message()
    await e.send(one)
    e.net.refuse(retry=True)
    await until(lambda: other.seen)
    other.refuse(retry=True)
    await until(lambda: third.seen)
    third.refuse(retry=True)
    await until(lambda: not e.held)
    queue = e.story(one).queue
    assert queue == {"connector": "net", "priority": 0, "due": START + 5_000, "attempts": 1, "node": None}
    assert [len(net.seen) for net in (e.net, other, third)] == [1, 1, 1]
    assert [net.unsettled for net in (e.net, other, third)] == [0, 0, 0]
    e.clock.pass_ms(5_000)
    await e.dispatcher.wake()
    await until(lambda: len(e.net.seen) == 2)
    await all_taken(e, e.net, one)


async def test_parts_that_were_taken_are_not_sent_again_elsewhere(e: Engine) -> None:
    other = e.add("other")
    one = long_message()
    await e.send(one)
    first, second = e.net.parts
    e.net.parts.clear()
    e.net.take(first)
    e.net.refuse(second, retry=True)
    await until(lambda: other.seen)
    (part,) = other.seen
    assert (part.number, part.total, part.reference) == (2, 2, first.reference)
    await all_taken(e, other, one)
    assert [part.upstream_id for part in e.story(one).parts] == ["net-1", "other-1"]
    assert list(await e.store.match([("net", "net-1"), ("other", "other-1")])) == [
        ("net", "net-1"),
        ("other", "other-1"),
    ]


async def test_parts_marked_otherwise_stay(e: Engine) -> None:
    other = e.add("other")
    other.piece_form = "sar 8"
    one = long_message()
    await e.send(one)
    first, second = e.net.parts
    e.net.parts.clear()
    e.net.say(DOWN)
    e.net.take(first)
    e.net.lose(second)
    await quiet(80)
    assert not other.seen
    e.net.say(None)
    await until(lambda: e.net.parts)
    await all_taken(e, e.net, one)


async def test_untouched_it_is_made_anew_for_the_other(e: Engine) -> None:
    other = e.add("other")
    other.piece_form, other.whole_messages = "payload 8", True
    one = long_message()
    await e.send(one)
    e.net.say(DOWN)
    e.net.lose()
    e.net.lose()
    await until(lambda: other.seen)
    (part,) = other.seen
    assert (part.total, len(part.octets)) == (1, 306)
    await all_taken(e, other, one)


async def test_no_more_parts_than_were_charged(e: Engine) -> None:
    """16-bit references leave room for 152 characters in a part."""
    other = e.add("other")
    other.piece_form, other.reference_bits = "udh 16", 16
    e.net.say(DOWN)
    full, fitting = long_message(), message(text="a" * 304, parts=2)
    await e.send(full, fitting)
    await until(lambda: len(other.seen) == 2)
    await quiet(80)
    assert {part.message.id for part in other.seen} == {fitting.id}
    e.net.say(None)
    await until(lambda: len(e.net.seen) == 2)
    while e.net.parts:
        e.net.take()
    await all_taken(e, other, full, fitting)


async def test_the_other_parts_of_a_claimed_message_go_where_the_first_went(e: Engine) -> None:
    other = e.add("other")
    other.piece_form = "sar 8"
    e.net.say(DOWN)
    one = long_message()
    await e.send(one)
    await until(lambda: len(other.seen) == 2)
    other.take()
    other.refuse(retry=True)
    await until(lambda: not e.held)
    e.net.say(None)
    e.clock.pass_ms(5_000)
    await e.dispatcher.wake()
    await until(lambda: len(other.seen) == 3)
    assert other.seen[2].number == 2
    assert not e.net.seen
    await all_taken(e, other, one)


async def test_answers_of_the_first_count_after_the_rest_went_elsewhere(e: Engine) -> None:
    """Part 1 is under way at the first when part 2 is given back."""
    other = e.add("other")
    one = long_message()
    await e.send(one)
    first, second = e.net.parts
    e.net.parts.clear()
    e.net.say("throttled: it rests")
    e.net.give_back(second)
    await until(lambda: other.seen)
    await all_taken_late(e, other, first)
    await until(lambda: e.status(one) == SENT and not e.held)
    assert [(part.number, part.upstream_id) for part in e.story(one).parts] == [(1, "net-1"), (2, "other-1")]
    assert (e.net.unsettled, other.unsettled, e.dispatcher.in_flight) == (0, 0, 0)


async def all_taken_late(e: Engine, other: ScriptedConnector, first: object) -> None:
    other.take()
    await quiet(5)
    e.net.take(first)  # type: ignore[arg-type]


async def test_what_waits_on_disk_follows(small: Engine) -> None:
    other = small.add("other")
    other.window = 3
    small.net.say(DOWN)
    messages = [message(recipient=f"4179000{n:04}") for n in range(40)]
    await small.send(*messages)
    for _ in messages:
        await until(lambda: other.parts)
        other.take()
        assert small.held <= 24
    await until(lambda: not small.held)
    assert sorted(other.recipients) == [one.recipient for one in messages]
    assert (small.store.queued(), small.dispatcher.in_flight, other.most) == (0, 0, 3)
    assert {small.status(one) for one in messages} == {SENT}


async def test_a_lane_keeps_half_of_its_places_for_its_own(small: Engine) -> None:
    other = small.add("other")
    other.window = small.net.window = 0
    await small.send(*[message() for _ in range(8)])
    small.net.say(DOWN)
    await quiet(150)
    lanes = small.dispatcher.held()
    assert lanes == {"net": 4, "other": 4}
    assert small.dispatcher.reserve("other", ACME.id)
    small.dispatcher.release("other", ACME.id)


async def test_older_messages_of_an_account_go_first_and_accounts_in_turn(e: Engine) -> None:
    other = e.add("other")
    e.net.window = other.window = 0
    old = [message() for _ in range(2)]
    own = [message(connector="other") for _ in range(2)]
    foreign = [message(connector="other", account=OTHER.id) for _ in range(2)]
    await e.send(*own[:1], *old, *own[1:], *foreign)
    e.net.say(DOWN)
    await until(lambda: e.dispatcher.held() == {"net": 0, "other": 6})
    other.window = 6
    e.dispatcher.room("other")
    await quiet(3)
    mine = [part.message.id for part in other.seen if part.message.account == ACME.id]
    assert mine == sorted(one.id for one in (*old, *own))
    assert [part.message.account for part in other.seen] == [1, 2, 1, 2, 1, 1]


async def test_messages_expire_while_their_connector_is_down(e: Engine) -> None:
    e.net.say(DOWN)
    late, lost = message(expires_at=START + HOUR, rule="alone"), message(expires_at=START + HOUR, rule="alone")
    await e.send(late)
    e.net.say(None)
    await e.send(lost)
    e.net.window = 0
    while e.net.parts:
        e.net.lose()
    e.net.say(DOWN)
    e.clock.pass_ms(HOUR)
    await until(lambda: e.status(late) == e.status(lost) == StatusId.EXPIRED_EXPIRED and not e.held)
    assert e.dispatcher.in_flight == 0


async def test_a_rule_that_is_gone_leads_nowhere(e: Engine) -> None:
    e.add("other")
    del e.targets["all"]
    e.net.say(DOWN)
    one = message()
    await e.send(one)
    e.net.say(None)
    e.net.refuse(e.net.parts.popleft(), retry=True)
    await until(lambda: not e.held)
    assert not diverted(e, one)


async def test_a_target_that_does_not_exist(e: Engine) -> None:
    e.targets["all"] = (Target("net"), Target("nowhere"), Target("other"))
    other = e.add("other")
    e.net.say(DOWN)
    one = message()
    await e.send(one)
    await until(lambda: other.seen)
    await all_taken(e, other, one)
    assert e.dispatcher.trouble("nowhere") == "down: no connector is called nowhere"
    assert e.dispatcher.trouble("net") == DOWN
    assert e.dispatcher.trouble("other") is None


async def test_what_waits_for_an_unknown_connector_goes_where_its_rule_leads_now(e: Engine) -> None:
    one = message(connector="gone")
    await e.store.accept(new(one))
    await e.dispatcher.wake()
    await until(lambda: e.net.seen)
    await all_taken(e, e.net, one)
    assert e.story(one).message.connector == "net"


async def test_after_a_restart_it_starts_again_from_its_connector(tmp_path: Path) -> None:
    clock, one = FakeClock(), message()
    async with engine(tmp_path, clock) as before:
        before.targets["all"] = (Target("net"), Target("other"))
        other = before.add("other")
        before.net.say(DOWN)
        await before.send(one)
        await until(lambda: other.seen)
    async with engine(tmp_path, clock) as after:
        await after.dispatcher.wake()
        await until(lambda: after.net.seen)
        await all_taken(after, after.net, one)


async def test_one_is_replaced(e: Engine) -> None:
    e.net.window = 2
    messages = [message(rule="alone") for _ in range(4)]
    await e.send(*messages)
    successor = ScriptedConnector(e.dispatcher)
    replacing = asyncio.ensure_future(e.dispatcher.replace(successor))
    await quiet(3)
    assert e.dispatcher.trouble("net") == "down: it is being replaced"
    e.net.take()
    await quiet(5)
    assert (len(e.net.seen), replacing.done(), e.net.stopped) == (2, False, False)
    e.net.take()
    await replacing
    assert e.net.stopped
    assert [part.message.id for part in successor.seen] == [one.id for one in messages[2:]]
    assert e.net.unsettled == 0
    await all_taken(e, successor, *messages)
    assert successor.unsettled == 0


async def test_what_the_old_one_leaves_unanswered_the_new_one_sends(e: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_DRAIN_S", 0.02)
    one = message(rule="alone")
    await e.send(one)
    successor = ScriptedConnector(e.dispatcher)
    await e.dispatcher.replace(successor)
    await until(lambda: successor.seen)
    await all_taken(e, successor, one)
    assert Counter(event.kind for event in e.story(one).events)[EventKind.UNCERTAIN] == 1


async def test_one_is_removed(e: Engine) -> None:
    other = e.add("other")
    e.net.window = 1
    stays, goes = message(rule="alone"), message()
    await e.send(message(), stays, goes)
    e.net.take()
    await e.dispatcher.remove("net")
    await e.dispatcher.remove("unknown")
    await until(lambda: other.seen)
    assert [part.message.id for part in other.seen][-1] == goes.id
    assert [connector.name for connector in e.dispatcher.connectors()] == ["other"]
    await e.send(message())
    again = e.add("net")
    again.say(None)
    await until(lambda: stays.id in [part.message.id for part in again.seen])


async def test_messages_of_one_that_goes_are_diverted_while_it_drains(e: Engine) -> None:
    other = e.add("other")
    e.net.window = 1
    await e.send(message(), message())
    removing = asyncio.ensure_future(e.dispatcher.remove("net"))
    await until(lambda: other.seen)
    assert not removing.done()
    e.net.take()
    await removing
    assert len(e.net.seen) == 1


async def test_stop_diverts_nothing(e: Engine) -> None:
    other = e.add("other")
    await e.send(message())
    stopping = asyncio.ensure_future(e.dispatcher.stop(2))
    await quiet(3)
    e.net.say(DOWN)
    e.net.refuse(retry=True)
    await stopping
    await quiet(80)
    assert not other.seen
    assert e.held == 0
