"""What is done to restored data before the platform starts on it."""

from __future__ import annotations

from pathlib import Path

from stentor.catalogue import StatusId
from stentor.core.ids import Ids
from stentor.core.message import Event, EventKind, Message, Move
from stentor.core.ports import Clock
from stentor.core.settle import Reporter, finish
from stentor.storage.sqlite import SqliteStore

_BATCH = 500


async def drop_queue(folder: Path, clock: Clock) -> int:
    """End the messages that were due by now without sending them; how many.

    Whether they were sent after the backup was taken nobody knows here, so they become EXPIRED_DLR_UNKNOWN and stay
    charged. What is scheduled for later still goes out.
    """
    store = SqliteStore(folder)
    try:
        ids, now, dropped = Ids(store.secret(), last=store.largest_id()), clock.now_ms(), 0
        reporter = Reporter(lambda: ids.take(now)[0])
        for connector, account, priority in store.waiting(now):
            while claimed := await store.claim(connector, account, now, _BATCH, priority):
                await store.move([_ended(one.message, now, reporter) for one in claimed])
                dropped += len(claimed)
        return dropped
    finally:
        await store.close()


def _ended(message: Message, now: int, reporter: Reporter) -> Move:
    why = "restored from a backup: it may have been sent since, so it is not sent again"
    event = Event(message.id, now, EventKind.UNCERTAIN, why, message)
    return finish(message, StatusId.EXPIRED_DLR_UNKNOWN, 0, now, reporter, event)
