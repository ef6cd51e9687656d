"""Transaction units for what happens after acceptance: parts sent, moves, held receipts."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.message import Event, Move, SentPart
from stentor.core.ports import HeldReceipt
from stentor.storage.sqlite import calls as outbox
from stentor.storage.sqlite.rows import INSERT_REPORT, PENDING, EventWriter, astuple

_SENT_PART_SQL = (
    "INSERT OR REPLACE INTO part (message, number, total, connector, upstream_id, at) VALUES (?, ?, ?, ?, ?, ?)"
)
_SENT_SQL = (
    f"UPDATE message SET status = {StatusId.PENDING_WAITING_DELIVERY:d}, error = 0, sent_at = ?1, done_at = ?1,"
    f" connector = ?3 WHERE id = ?2 AND status IN {PENDING}"
)
_DEQUEUE_SQL = "DELETE FROM queue WHERE message = ?"
_MOVE_SQL = (
    f"UPDATE message SET status = ifnull(?, status), error = ?, done_at = ? WHERE id = ? AND status IN {PENDING}"
)
_PART_SQL = "UPDATE part SET status = ?, error = ? WHERE message = ? AND number = ?"
_HOLD_BACK_SQL = "UPDATE queue SET due = ?1, expires = expires + ?2, node = NULL WHERE message = ?3"
_LONGER_SQL = "UPDATE message SET expires_at = expires_at + ?1 WHERE id = ?2"
_POSTPONE_SQL = "UPDATE queue SET due = ?, attempts = attempts + 1, node = NULL WHERE message = ?"
_REFUND_SQL = "UPDATE account SET balance = balance + ? WHERE id = ?"
_FREE_SQL = "UPDATE message SET price = 0 WHERE id = ?"
_REFUND_LEDGER_SQL = "INSERT INTO ledger (id, kind, account, at, amount) VALUES (?, 'refund', ?, ?, ?)"
_HOLD_SQL = (
    "INSERT OR IGNORE INTO held_receipt (id, connector, upstream_id, status, error, at, final, said)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_DROP_HELD_SQL = "DELETE FROM held_receipt WHERE id = ?"


def sent(connection: apsw.Connection, parts: Sequence[SentPart], events: Sequence[Event], writer: EventWriter) -> None:
    connection.executemany(
        _SENT_PART_SQL, [(p.message, p.number, p.total, p.connector, p.upstream_id, p.at) for p in parts]
    )
    complete = [part for part in parts if part.completes]
    connection.executemany(_SENT_SQL, [(part.at, part.message, part.connector) for part in complete])
    connection.executemany(_DEQUEUE_SQL, [(part.message,) for part in complete])
    writer.write(connection, events)


def move(
    connection: apsw.Connection,
    moves: Sequence[Move],
    drop_held: Sequence[int],
    node: int,
    writer: EventWriter,
) -> list[bool]:
    """False for a move whose message was final already: then only its part and history are noted."""
    happened = [_move(connection, one, node) for one in moves]
    noted = (one.events if done else _too_late(one) for one, done in zip(moves, happened, strict=True))
    writer.write(connection, [event for events in noted for event in events])
    connection.executemany(_DROP_HELD_SQL, [(held,) for held in drop_held])
    return happened


def _too_late(one: Move) -> list[Event]:
    """The same history, which led to no status."""
    return [replace(event, status=None) for event in one.events]


def _move(connection: apsw.Connection, one: Move, node: int) -> bool:
    connection.execute(_MOVE_SQL, (one.status, one.error, one.at, one.message))
    happened = connection.changes() == 1
    if one.part is not None:
        connection.execute(_PART_SQL, (one.part_status, one.part_error, one.message, one.part))
    if one.dequeue:
        connection.execute(_DEQUEUE_SQL, (one.message,))
    if not happened:
        return False
    if one.longer:
        connection.execute(_HOLD_BACK_SQL, (one.due, one.longer, one.message))
        connection.execute(_LONGER_SQL, (one.longer, one.message))
    elif one.due is not None:
        connection.execute(_POSTPONE_SQL, (one.due, one.message))
    if one.refund:
        connection.execute(_REFUND_SQL, (one.refund, one.account))
        connection.execute(_FREE_SQL, (one.message,))
        connection.execute(_REFUND_LEDGER_SQL, (one.message, one.account, one.at, one.refund))
    if one.report is not None:
        in_hand = node if one.report.attempts else None
        connection.execute(INSERT_REPORT, (*astuple(one.report), in_hand))
    if one.calls:
        outbox.add(connection, one.calls)
    return True


def hold(connection: apsw.Connection, receipts: Sequence[HeldReceipt]) -> None:
    connection.executemany(
        _HOLD_SQL,
        [
            (h.id, r.connector, r.upstream_id, r.status, r.error, r.at, r.final, r.said)
            for h in receipts
            for r in (h.receipt,)
        ],
    )
