"""The queue: claims with a lease, oldest first; waiting, overdue and silent messages; recovery after a crash."""

from __future__ import annotations

from conformance.benches import Bench
from stentor.catalogue import StatusId
from stentor.core.message import EventKind, Message, Move
from stentor.core.ports import Store
from support.making import HOUR, START, final_move, message, new, sent_part


async def claim_ids(
    store: Store, connector: str = "net", account: int = 1, now: int = START, limit: int = 99
) -> list[int]:
    return [claimed.message.id for claimed in await store.claim(connector, account, now, limit)]


def postponed(one: Message, due: int) -> Move:
    return Move(message=one.id, account=one.account, status=StatusId.PENDING_ENROUTE, error=34, at=START, due=due)


async def test_oldest_first_up_to_the_limit(store: Store) -> None:
    messages = [message(sent_at=START - age) for age in (5, 30, 10, 20)]
    await store.accept(new(*messages))
    by_age = sorted(messages, key=lambda one: one.sent_at)
    assert await claim_ids(store, limit=3) == [one.id for one in by_age[:3]]
    assert await claim_ids(store, limit=3) == [by_age[3].id]
    assert await claim_ids(store) == []


async def test_messages_due_at_the_same_time_keep_their_order(store: Store) -> None:
    messages = [message() for _ in range(20)]
    await store.accept(new(*messages))
    assert await claim_ids(store) == [one.id for one in messages]


async def test_only_what_is_due(store: Store) -> None:
    await store.accept(new(message(sent_at=START + 10)))
    assert await claim_ids(store, now=START + 9) == []
    assert len(await claim_ids(store, now=START + 10)) == 1


async def test_each_connector_and_account_has_its_own(store: Store) -> None:
    mine, elsewhere, others = message(), message(connector="second"), message(account=2)
    await store.accept(new(mine, elsewhere))
    await store.accept(new(others))
    assert await claim_ids(store, "net", 1) == [mine.id]
    assert await claim_ids(store, "second", 1) == [elsewhere.id]
    assert await claim_ids(store, "net", 2) == [others.id]
    assert await claim_ids(store, "third", 1) == []


async def test_put_back(store: Store) -> None:
    one = message()
    await store.accept(new(one))
    assert await claim_ids(store) == [one.id]
    await store.put_back([one.id])
    assert store.waiting(START) == [("net", 1, 0)]
    claimed = await store.claim("net", 1, START, 9)
    assert [(c.message, c.attempts, c.sent) for c in claimed] == [(one, 0, frozenset())]


async def test_a_scheduled_message_becomes_due(store: Store) -> None:
    one = message(status=StatusId.PENDING_ACCEPTED, sent_at=START + HOUR)
    await store.accept(new(one))
    assert store.waiting(START) == []
    assert store.waiting(START + HOUR) == [("net", 1, 0)]
    claimed = await store.claim("net", 1, START + HOUR, 9)
    assert [c.message.status for c in claimed] == [StatusId.PENDING_ENROUTE]
    story = store.story(one.id)
    assert story is not None
    assert story.message.status == StatusId.PENDING_ENROUTE
    assert [event.kind for event in story.events] == [EventKind.ACCEPTED, EventKind.DUE]


async def test_a_claimed_message_knows_its_sent_parts(store: Store) -> None:
    one = message(parts=3)
    await store.accept(new(one, in_hand=True))
    await store.sent([sent_part(one, "u1", 1, completes=False), sent_part(one, "u3", 3, completes=False)], [])
    await store.move([postponed(one, START)])
    claimed = await store.claim("net", 1, START, 9)
    assert [(c.sent, c.attempts) for c in claimed] == [(frozenset({1, 3}), 1)]


async def test_recovery_takes_leases_back(bench: Bench) -> None:
    claimed, in_hand, waiting = message(sent_at=START - 2), message(sent_at=START - 1), message(sent_at=START)
    await bench.store.accept(new(claimed))
    assert await claim_ids(bench.store) == [claimed.id]
    await bench.store.accept(new(in_hand, in_hand=True))
    await bench.store.accept(new(waiting))
    store = await bench.reopen()
    again = await store.claim("net", 1, START, 9)
    assert [c.message.id for c in again] == [claimed.id, in_hand.id, waiting.id]
    assert [c.attempts for c in again] == [0, 0, 0]


async def test_recovery_keeps_attempts_and_times(bench: Bench) -> None:
    one = message()
    await bench.store.accept(new(one, in_hand=True))
    await bench.store.move([postponed(one, START + 5_000)])
    store = await bench.reopen()
    assert await claim_ids(store, now=START + 4_999) == []
    assert [c.attempts for c in await store.claim("net", 1, START + 5_000, 9)] == [1]


async def test_waiting_names_each_stream_once(store: Store) -> None:
    streams = [
        (f"net{one}", account, priority) for one in range(5) for account in range(1, 9) for priority in (0, 2, 9)
    ]
    for connector, account, priority in streams:
        later = START + (HOUR if account == 8 else 0)
        for _ in range(2):
            queued = message(connector=connector, account=account, price=0, sent_at=later)
            await store.accept(new(queued, priority=priority))
    assert sorted(store.waiting(START)) == [stream for stream in streams if stream[1] != 8]
    assert sorted(store.waiting(START + HOUR)) == streams
    for account in range(1, 9):
        for priority in (0, 2, 9):
            assert len(await store.claim("net4", account, START + HOUR, 9, priority)) == 2
    assert sorted(store.waiting(START + HOUR)) == [stream for stream in streams if stream[0] != "net4"]


async def test_each_priority_is_claimed_by_itself_and_kept(bench: Bench, store: Store) -> None:
    first, second, third = message(), message(), message()
    await store.accept(new(first, third))
    await store.accept(new(second, priority=7))
    (claimed,) = await store.claim("net", 1, START, 9, 7)
    assert claimed.message.id == second.id
    await store.move([postponed(second, START + 5)])
    store = await bench.reopen()
    assert sorted(store.waiting(START + 5)) == [("net", 1, 0), ("net", 1, 7)]
    assert await claim_ids(store, now=START + 5) == [first.id, third.id]


async def test_waiting_finds_a_due_one_behind_later_ones(store: Store) -> None:
    await store.accept(new(message(sent_at=START + HOUR), message(sent_at=START + 1)))
    assert store.waiting(START) == []
    assert store.waiting(START + 1) == [("net", 1, 0)]


async def test_nothing_waits_in_an_empty_store(store: Store) -> None:
    assert store.waiting(START + HOUR) == []
    assert store.queued() == 0


async def test_overdue(store: Store) -> None:
    late, in_time, held = message(expires_at=START + 5), message(expires_at=START + 6), message(expires_at=START + 5)
    await store.accept(new(late, in_time))
    await store.accept(new(held, in_hand=True))
    assert store.overdue(START + 4, 9) == []
    assert store.overdue(START + 5, 9) == [late]
    assert len(store.overdue(START + 9, 1)) == 1
    await store.move([final_move(late, StatusId.EXPIRED_EXPIRED)])
    assert store.overdue(START + 9, 9) == [in_time]


async def test_silent(store: Store) -> None:
    quiet, answered, fresh = (message(expires_at=START + 5) for _ in range(3))
    unsent = message(expires_at=START + 5)
    await store.accept(new(quiet, answered, unsent))
    await store.accept(new(fresh))
    await store.sent([sent_part(one, f"u{one.id}") for one in (quiet, answered)], [])
    await store.move([final_move(answered)])
    assert store.silent(START + 5, 0, 9)[0] == []
    assert [one.id for one in store.silent(START + 6, 0, 9)[0]] == [quiet.id]
    await store.move([final_move(quiet, StatusId.EXPIRED_DLR_UNKNOWN)])
    assert store.silent(START + 6, 0, 9)[0] == []


async def test_silent_up_to_the_limit(store: Store) -> None:
    messages = [message(expires_at=START + 5) for _ in range(4)]
    await store.accept(new(*messages))
    await store.sent([sent_part(one, f"u{one.id}") for one in messages], [])
    assert [one.id for one in store.silent(START + 6, 0, 3)[0]] == [one.id for one in messages[:3]]


async def test_unfinished(store: Store) -> None:
    one, other_net, done, part = message(), message(connector="second"), message(), message(parts=2)
    await store.accept(new(one, other_net, done, part))
    await store.sent([sent_part(m, f"u{n}") for n, m in enumerate((one, other_net, done))], [])
    await store.sent([sent_part(part, f"p{n}", n, completes=n == 2) for n in (1, 2)], [])
    await store.move([final_move(done, part=1, part_status=5)])
    await store.move([Move(message=part.id, account=1, status=None, error=0, at=START, part=1, part_status=5)])
    expected = [("u0", one.sender, one.recipient), ("p2", part.sender, part.recipient)]
    assert sorted(store.unfinished("net")) == sorted(expected)
    assert store.unfinished("second") == [("u1", other_net.sender, other_net.recipient)]
    assert store.unfinished("third") == []
