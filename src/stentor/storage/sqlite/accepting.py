"""One transaction unit for a request: charge, messages, queue entries, history."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import msgspec

from stentor.catalogue import StatusId
from stentor.core.lifecycle import is_final
from stentor.core.lookup.records import NewLookups
from stentor.core.message import Event, EventKind, Message
from stentor.core.ports import NewMessages
from stentor.storage.sqlite import tracked
from stentor.storage.sqlite.rows import INSERT_MESSAGE, EventWriter, astuple

_QUEUE_SQL = (
    "INSERT INTO queue (message, account, connector, due, expires, node, priority) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_LEDGER_SQL = "INSERT INTO ledger (id, kind, account, at, amount) VALUES (?, 'charge', ?, ?, ?)"
_DEBIT_SQL = "UPDATE account SET balance = balance - ?1 WHERE id = ?2 AND balance >= ?1"
_LIMITED_DEBIT_SQL = (
    "UPDATE account SET balance = balance - ?1, spent = iif(day = ?4, spent, 0) + ?1, day = ?4"
    " WHERE id = ?2 AND balance >= ?1 AND iif(day = ?4, spent, 0) + ?1 <= ?3"
)
_TWIN_SQL = (
    "SELECT 1 FROM message WHERE account = ?1 AND client_id = ?2"
    " UNION ALL SELECT 1 FROM message WHERE id = ?3 AND account = ?1 AND client_id IS NULL"
)
_DAY_MS = 86_400_000


def accept(connection: apsw.Connection, new: NewMessages, node: int, events: EventWriter) -> list[int | None]:
    """For each message None, or 12 REJECTED_NOT_ENOUGH_CREDITS or 23 REJECTED_DUPLICATE_MESSAGE_ID."""
    refusals = _duplicates(connection, new)
    _charge(connection, new, refusals)
    if not any(refusals):
        connection.executemany(INSERT_MESSAGE, map(astuple, new.messages))
        _enqueue(connection, new, set(), node)
        events.write(connection, new.events)
        if new.tracked is not None:
            tracked.begin(connection, new.tracked)
        return refusals
    events.tell(_repeated(new, refusals))
    kept = [_as_refused(m, r) for m, r in zip(new.messages, refusals, strict=True) if r != _DUPLICATE]
    refused = {m.id: r for m, r in zip(new.messages, refusals, strict=True) if r is not None}
    connection.executemany(INSERT_MESSAGE, map(astuple, kept))
    _enqueue(connection, new, set(refused), node)
    events.write(connection, _history(new, refused))
    if new.tracked is not None:
        tracked.begin(connection, new.tracked, refused)
    return refusals


_DUPLICATE = StatusId.REJECTED_DUPLICATE_MESSAGE_ID
_NO_CREDIT = StatusId.REJECTED_NOT_ENOUGH_CREDITS


def _duplicates(connection: apsw.Connection, new: NewMessages) -> list[int | None]:
    seen: set[str] = set()
    refusals: list[int | None] = []
    for message in new.messages:
        known = False
        given = message.client_id
        if given is not None:
            known = given in seen or is_used(connection, message.account, given, new.spelt.get(given, 0))
            seen.add(given)
        refusals.append(_DUPLICATE if known else None)
    return refusals


def is_used(connection: apsw.Connection, account: int, client_id: str, number: int) -> bool:
    """The account has an SMS by this id, or by this number and none of the client's."""
    return connection.execute(_TWIN_SQL, (account, client_id, number)).fetchone() is not None


def _charge(connection: apsw.Connection, new: NewMessages, refusals: list[int | None]) -> None:
    """All at once when the credit suffices, else message by message in their order; a ledger row for each message."""
    open_ = [i for i, m in enumerate(new.messages) if refusals[i] is None and not is_final(m.status) and m.charge]
    total = sum(new.messages[i].charge for i in open_)
    if not total:
        return
    if not debit(connection, new, total):
        for i in open_:
            if not debit(connection, new, new.messages[i].charge):
                refusals[i] = _NO_CREDIT
    charged = [new.messages[i] for i in open_ if refusals[i] is None]
    connection.executemany(_LEDGER_SQL, [(m.id, new.account, new.at, -m.charge) for m in charged])


def debit(connection: apsw.Connection, new: NewMessages | NewLookups, amount: int) -> bool:
    """Whether the account's credit, and its limit of the day, sufficed."""
    if new.daily_limit is None:
        connection.execute(_DEBIT_SQL, (amount, new.account))
    else:
        connection.execute(_LIMITED_DEBIT_SQL, (amount, new.account, new.daily_limit, new.at // _DAY_MS))
    return connection.changes() == 1


def _enqueue(connection: apsw.Connection, new: NewMessages, refused: set[int], node: int) -> None:
    connection.executemany(
        _QUEUE_SQL,
        [
            (
                *(entry.message, entry.account, entry.connector, entry.due, entry.expires),
                *(node if entry.in_hand else None, entry.priority),
            )
            for entry in new.queue
            if entry.message not in refused
        ],
    )


def _as_refused(message: Message, refusal: int | None) -> Message:
    if refusal is None:
        return message
    return msgspec.structs.replace(message, status=refusal, price=0)


def _history(new: NewMessages, refused: dict[int, int]) -> list[Event]:
    events = [event for event in new.events if event.message not in refused]
    events += [
        Event(m.id, new.at, EventKind.REJECTED, _why_not(new), m, _NO_CREDIT)
        for m in new.messages
        if refused.get(m.id) == _NO_CREDIT
    ]
    return events


def _repeated(new: NewMessages, refusals: Sequence[int | None]) -> list[Event]:
    """A second message with the id of a first is not kept, so it has no history."""
    return [
        Event(m.id, new.at, EventKind.REJECTED, "the messageId was used before", m, _DUPLICATE)
        for m, refusal in zip(new.messages, refusals, strict=True)
        if refusal == _DUPLICATE
    ]


def _why_not(new: NewMessages) -> str:
    limit = "" if new.daily_limit is None else " or its limit of the day"
    return f"the account's credit{limit} does not suffice"
