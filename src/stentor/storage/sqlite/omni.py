"""OMNI messages and their steps: each turn is one unit, so that a crash loses no step and takes none twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import islice
from typing import Any

import apsw
from msgspec.structs import astuple

from stentor.catalogue import StatusId
from stentor.core.errors import Throttled
from stentor.core.ids import first_at
from stentor.core.omni.flow import planned
from stentor.core.omni.ports import LATE, UNPAID, WRITTEN
from stentor.core.omni.records import (
    Attempt,
    OmniLogFilter,
    OmniMessage,
    OmniReport,
    OmniReportFilter,
    OmniStory,
    Running,
    Turn,
    kept,
)
from stentor.core.pulling import Pulled
from stentor.storage.sqlite import calls as outbox
from stentor.storage.sqlite.accepting import is_used
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.forgetting import AHEAD, holders, in_portions, wipe, zeros
from stentor.storage.sqlite.rows import prefixed
from stentor.storage.sqlite.where import Where

_SMALL = 4
_MAX_BACKLOG = 5_000
_OMNI = ", ".join(name if name != "to" else '"to"' for name in OmniMessage.__struct_fields__)
_ATTEMPT = ", ".join(Attempt.__struct_fields__)
_WIDTH = len(OmniMessage.__struct_fields__)
_INSERT = f"INSERT INTO omni ({_OMNI}) VALUES ({', '.join('?' * _WIDTH)})"
_INSERT_ATTEMPT = f"INSERT INTO omni_attempt ({_ATTEMPT}) VALUES ({', '.join('?' * len(Attempt.__struct_fields__))})"
_BOTH = f"SELECT {prefixed('o', _OMNI)}, {prefixed('a', _ATTEMPT)} FROM omni o"
_DUE = "SELECT id FROM omni WHERE due <= ? ORDER BY due LIMIT ?"
_WANTED = "o.id IN (SELECT value FROM json_each(?))"
_WHOLE = f"{_BOTH} LEFT JOIN omni_attempt a ON a.id = o.attempt WHERE {_WANTED} ORDER BY o.due"
_PENDING = f"({StatusId.PENDING_ENROUTE:d}, {StatusId.PENDING_WAITING_DELIVERY:d})"
_TWIN = "SELECT 1 FROM omni WHERE account = ? AND client_id = ?"
_IS_AT = "SELECT 1 FROM omni WHERE id = ? AND position = ? AND over = 0"
_GO = "UPDATE omni SET position = ?, attempt = ?, due = ?, over = ? WHERE id = ?"
_END = (
    "UPDATE omni_attempt SET count = ?, mcc_mnc = ?, price = ?, status = ?, error = ?, sent_at = ?, done_at = ?,"
    f" detail = ? WHERE id = ? AND status IN {_PENDING}"
)
_SENT = (
    f"UPDATE omni_attempt SET status = {StatusId.PENDING_WAITING_DELIVERY:d}, count = ?, price = ?, sent_at = ?,"
    " done_at = ?"
    f" WHERE id = ? AND status = {StatusId.PENDING_ENROUTE:d}"
)
_WAIT = "UPDATE omni SET due = ? WHERE id = ? AND attempt = ? AND over = 0"
_LEDGER = "INSERT INTO ledger (id, kind, account, at, amount) VALUES (?, ?, ?, ?, ?)"
_CHARGE, _REFUND = "omni", "omni refund"
_DEBIT = (
    "UPDATE account SET balance = balance - ?1, spent = iif(day = ?4, spent, 0) + ?1, day = ?4"
    " WHERE id = ?2 AND balance >= ?1 AND (?3 IS NULL OR iif(day = ?4, spent, 0) + ?1 <= ?3)"
)
_DAY_MS = 86_400_000
_BLANK = f"UPDATE omni SET {', '.join(map(zeros, ('recipient', 'callback_data', 'words', 'notify_url')))} WHERE id = ?"
_BLANK_ATTEMPT = f"UPDATE omni_attempt SET {zeros('recipient')} WHERE omni = ?"
_TRACES = (("omni_report", "omni"), ("omni_attempt", "omni"), ("omni", "id"))


class OmniRows:
    """Implements `core.omni.ports.OmniStore`."""

    def __init__(self, access: Access, node: int = 1) -> None:
        self._access = access
        self._node = node

    async def accept(self, drafts: Sequence[Running], spelt: Mapping[str, int] | None = None) -> list[int | None]:
        if self._access.backlog > _MAX_BACKLOG:
            raise Throttled(1.0)
        rows = len(drafts)
        return await self._access.run(
            partial(_accept, drafts=drafts, spelt=spelt or {}), rows=rows, awaited=rows <= _SMALL
        )

    def due(self, now: int, limit: int, held: AbstractSet[int] = frozenset()) -> list[Running]:
        """The index alone says which; only rows that are wanted are read."""
        ids: Any = self._access.reader.execute(_DUE, (now, limit + len(held)))
        fresh = [number for (number,) in ids.fetchall() if number not in held][:limit]
        return [_running(row) for row in self._access.reader.execute(_WHOLE, (kept(fresh),))] if fresh else []

    async def taken(self, channel: str, senders: Sequence[str], after: int, limit: int) -> list[Running]:
        return await self._access.search(_taken, channel, senders, after, limit)

    async def running(self, attempts: Sequence[int]) -> dict[int, Running]:
        return await self._access.run(partial(_of_attempts, attempts=attempts), rows=0, awaited=len(attempts) <= _SMALL)

    async def on_channel(self, messages: Sequence[int | str], channel: str) -> list[int]:
        return await self._access.search(_on_channel, messages, channel)

    async def advance(self, turns: Sequence[Turn], drop_reports: Sequence[int] = ()) -> list[int]:
        return await self._access.run(partial(_advance, turns=turns, dropped=drop_reports), rows=2 * len(turns))

    async def noticed(self, attempts: Sequence[int], at: int, *, seen: bool) -> None:
        column = "seen_at" if seen else "delivered_at"
        sql = f"UPDATE omni_attempt SET {column} = ifnull({column}, ?) WHERE id = ?"
        rows = [(at, attempt) for attempt in attempts]
        await self._access.run(lambda db: db.executemany(sql, rows), rows=len(rows))

    async def take_reports(self, account: int, wanted: OmniReportFilter) -> Pulled[OmniReport]:
        take = partial(_take, account=account, wanted=wanted, node=self._node)
        found = await self._access.run(take, rows=wanted.limit)
        taken = [(number,) for number, _ in found]
        return Pulled(
            [report for _, report in found],
            lambda: self._settle("DELETE FROM omni_report WHERE id = ?", taken),
            lambda: self._settle("UPDATE omni_report SET node = NULL WHERE id = ?", taken),
        )

    async def _settle(self, sql: str, taken: Sequence[tuple[int]]) -> None:
        await self._access.run(lambda db: db.executemany(sql, taken), rows=len(taken))

    async def logs(self, account: int, wanted: OmniLogFilter) -> list[OmniReport]:
        return await self._access.search(_logs, account, wanted)

    async def holders(self) -> list[int]:
        return await self._access.search(holders, "omni")

    async def purge(self, account: int, before: int, unpulled: int, limit: int) -> int:
        found = await self._access.search(_old, account, before, unpulled, limit + AHEAD)
        await in_portions(self._access, _delete, found[:limit], found)
        return min(limit, len(found))

    async def erase(self, number: str) -> tuple[int, int]:
        gone, left = await self._access.search(_of_number, number.removeprefix("+"))
        await in_portions(self._access, _delete, gone, gone)
        return len(gone), left


def story(connection: apsw.Connection, message: int | str) -> OmniStory | None:
    """By its number, or by the id that a client gave it."""
    column = "id" if isinstance(message, int) else "client_id"
    row: Any = connection.execute(f"SELECT {_OMNI} FROM omni WHERE {column} = ?", (message,)).fetchone()
    if row is None:
        return None
    found = OmniMessage(*row)
    rows: Any = connection.execute(f"SELECT {_ATTEMPT} FROM omni_attempt WHERE omni = ? ORDER BY position", (found.id,))
    steps = tuple(Attempt(*row) for row in rows)
    owed: Any = connection.execute("SELECT id FROM omni_report WHERE omni = ? ORDER BY id", (found.id,))
    sql = f"SELECT url, attempts, due FROM call WHERE about = ? AND subject IN ({', '.join('?' * len(steps))})"
    calls: Any = connection.execute(sql, (found.door, *(step.id for step in steps)))
    return OmniStory(found, steps, tuple(row[0] for row in owed), tuple(calls))


def _running(row: Any) -> Running:
    message = OmniMessage(*row[:_WIDTH])
    return Running(message, None if row[_WIDTH] is None else Attempt(*row[_WIDTH:]))


def _accept(connection: apsw.Connection, drafts: Sequence[Running], spelt: Mapping[str, int]) -> list[int | None]:
    seen: set[str] = set()
    duplicates = [_duplicate(connection, draft.message, seen, spelt) for draft in drafts]
    fresh = [draft for draft, duplicate in zip(drafts, duplicates, strict=True) if duplicate is None]
    connection.executemany(_INSERT, [astuple(draft.message) for draft in fresh])
    refused = [astuple(draft.attempt) for draft in fresh if draft.attempt is not None]
    connection.executemany(_INSERT_ATTEMPT, refused)
    return duplicates


def _duplicate(
    connection: apsw.Connection, message: OmniMessage, seen: set[str], spelt: Mapping[str, int]
) -> int | None:
    """An id of an SMS counts too: the SMS of a scenario carries the message's id."""
    account, given = message.account, message.client_id
    if given is None:
        return None
    used = given in seen or connection.execute(_TWIN, (account, given)).fetchone() is not None
    used = used or is_used(connection, account, given, spelt.get(given, 0))
    seen.add(given)
    return StatusId.REJECTED_DUPLICATE_MESSAGE_ID if used else None


def _on_channel(connection: apsw.Connection, messages: Sequence[int | str], channel: str) -> list[int]:
    found: list[int] = []
    for message in messages:
        named = "o.id = ?" if isinstance(message, int) else "o.client_id = ? AND o.account IN (SELECT id FROM account)"
        sql = f"SELECT a.id, o.id FROM omni o JOIN omni_attempt a ON a.omni = o.id WHERE {named} AND a.channel = ?"
        rows: Any = connection.execute(sql, (message, channel)).fetchall()
        if len({row[1] for row in rows}) == 1:
            found += [row[0] for row in rows]
    return found


def _of_attempts(connection: apsw.Connection, attempts: Sequence[int]) -> dict[int, Running]:
    """The step asked for, which need not be the one the message is at now."""
    sql = f"{_BOTH} JOIN omni_attempt a ON a.omni = o.id WHERE a.id = ?"
    rows = (connection.execute(sql, (attempt,)).fetchone() for attempt in attempts)
    found = [_running(row) for row in rows if row is not None]
    return {one.attempt.id: one for one in found if one.attempt is not None}


def _advance(connection: apsw.Connection, turns: Sequence[Turn], dropped: Sequence[int]) -> list[int]:
    written = [_turn(connection, turn) for turn in turns]
    connection.executemany("DELETE FROM report WHERE id = ?", [(report,) for report in dropped])
    return written


def _turn(connection: apsw.Connection, turn: Turn) -> int:
    message, ended = turn.message, turn.ended
    if turn.only_calls:
        outbox.add(connection, turn.calls)
        return WRITTEN
    if ended is not None and not _end(connection, turn, ended):
        return LATE
    if turn.sent is not None:
        sent = turn.sent
        connection.execute(_SENT, (sent.count, sent.price, sent.sent_at, sent.done_at, sent.id))
    if ended is None and turn.refused is None and turn.begun is None and not message.over:
        connection.execute(_WAIT, (message.due, message.id, message.attempt))
        return WRITTEN
    return _go(connection, turn)


def _end(connection: apsw.Connection, turn: Turn, ended: Attempt) -> bool:
    told = (ended.count, ended.mcc_mnc, ended.price, ended.status, ended.error, ended.sent_at, ended.done_at)
    connection.execute(_END, (*told, ended.detail, ended.id))
    if connection.changes() != 1:
        return False
    if turn.refund:
        connection.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (turn.refund, ended.account))
        connection.execute(_LEDGER, (ended.id, _REFUND, ended.account, turn.at, turn.refund))
    return True


def _go(connection: apsw.Connection, turn: Turn) -> int:
    """From step to step, with what is told of the one that is over."""
    message, begun = turn.message, turn.begun
    if connection.execute(_IS_AT, (message.id, turn.was_at)).fetchone() is None:
        return LATE
    paid = begun is None or _pay(connection, turn, begun)
    last = turn.refused
    if paid:
        place = (message.position, message.attempt, message.due, message.over)
    elif last is not None:
        place = (last.position, last.id, turn.at, False)
    else:
        place = (turn.was_at, None if turn.ended is None else turn.ended.id, turn.at, False)
    connection.execute(_GO, (*place, message.id))
    if last is not None:
        connection.execute(_INSERT_ATTEMPT, astuple(last))
    if begun is not None and paid:
        connection.execute(_INSERT_ATTEMPT, astuple(begun))
    over = turn.ended or last
    if over is not None and turn.report is not None:
        sql = "INSERT INTO omni_report (id, account, door, omni, attempt) VALUES (?, ?, ?, ?, ?)"
        connection.execute(sql, (turn.report, message.account, message.door, message.id, over.id))
    outbox.add(connection, turn.calls)
    return WRITTEN if paid else UNPAID


def _pay(connection: apsw.Connection, turn: Turn, begun: Attempt) -> bool:
    """Charged once, in the transaction that begins the step."""
    price = begun.price * begun.count
    if not price:
        return True
    connection.execute(_DEBIT, (price, begun.account, turn.daily_limit, turn.at // _DAY_MS))
    if connection.changes() != 1:
        return False
    connection.execute(_LEDGER, (begun.id, _CHARGE, begun.account, turn.at, -price))
    return True


def recover(connection: apsw.Connection, node: int) -> None:
    """Reports whose answer had not gone out wait again."""
    connection.execute("UPDATE omni_report SET node = NULL WHERE node = ?", (node,))


def _take(
    connection: apsw.Connection, account: int, wanted: OmniReportFilter, node: int
) -> list[tuple[int, OmniReport]]:
    """With their numbers, oldest first, held by this node."""
    where = Where("r.account = ? AND r.door = ? AND r.node IS NULL", account, wanted.door)
    where.among("o.bulk", wanted.bulk_ids)
    where.messages("o.id", "o.client_id", wanted.messages)
    if wanted.channel is not None:
        where.also("a.channel = ?", wanted.channel)
    joins = "JOIN omni_report r ON r.omni = o.id JOIN omni_attempt a ON a.id = r.attempt"
    sql = f"{_BOTH.replace(' FROM', ', r.id FROM', 1)} {joins} WHERE {where.sql} ORDER BY r.id LIMIT ?"
    rows: Any = connection.execute(sql, (*where.values, wanted.limit)).fetchall()
    connection.executemany("UPDATE omni_report SET node = ? WHERE id = ?", [(node, row[-1]) for row in rows])
    return [(row[-1], _report(row[:-1])) for row in rows]


def _report(row: Any) -> OmniReport:
    return OmniReport(OmniMessage(*row[:_WIDTH]), Attempt(*row[_WIDTH:]))


def _logs(connection: apsw.Connection, account: int, asked: OmniLogFilter) -> list[OmniReport]:
    wanted = asked.log
    where = Where("a.account = ? AND a.sent_at >= ? AND a.id >= ?", account, wanted.since, first_at(wanted.since))
    where.log(wanted, "a.", "o.")
    if asked.channel is not None:
        where.also("a.channel = ?", asked.channel)
    sql = f"{_BOTH} JOIN omni_attempt a ON a.omni = o.id WHERE {where.sql} ORDER BY a.id DESC LIMIT ?"
    found = [_report(row) for row in connection.execute(sql, (*where.values, wanted.limit))]
    found += islice(_planned(connection, account, asked), wanted.limit)
    return sorted(found, key=lambda one: one.attempt.id, reverse=True)[: wanted.limit]


def _planned(connection: apsw.Connection, account: int, asked: OmniLogFilter) -> Iterator[OmniReport]:
    """Of messages whose first step has not begun, newest first; nothing is known of their networks."""
    wanted = asked.log
    where = Where("account = ? AND attempt IS NULL AND over = 0 AND sent_at >= ?", account, wanted.since)
    if wanted.until is not None:
        where.also("sent_at <= ?", wanted.until)
    where.among("recipient", wanted.recipients)
    where.among("bulk", wanted.bulk_ids)
    where.messages("id", "client_id", wanted.messages)
    rows: Any = connection.execute(f"SELECT {_OMNI} FROM omni WHERE {where.sql} ORDER BY id DESC", where.values)
    for message in (OmniMessage(*row) for row in rows):
        step = planned(message)
        meant = wanted.statuses is None or step.status in wanted.statuses
        meant = meant and wanted.sender in (None, step.sender) and asked.channel in (None, step.channel)
        if meant and wanted.mcc is None:
            yield OmniReport(message, step)


def _taken(connection: apsw.Connection, channel: str, senders: Sequence[str], after: int, limit: int) -> list[Running]:
    where = Where("o.id > ? AND o.due IS NOT NULL AND a.channel = ?", after, channel)
    where.also("a.status = ?", int(StatusId.PENDING_WAITING_DELIVERY))
    where.among("a.sender", senders)
    sql = f"{_BOTH} JOIN omni_attempt a ON a.id = o.attempt WHERE {where.sql} ORDER BY o.id LIMIT ?"
    return [_running(row) for row in connection.execute(sql, (*where.values, limit))]


def _old(connection: apsw.Connection, account: int, before: int, unpulled: int, limit: int) -> list[int]:
    where = Where("o.account = ? AND o.id < ? AND o.over = 1", account, first_at(before))
    where.also("NOT EXISTS (SELECT 1 FROM omni_attempt a WHERE a.omni = o.id AND a.done_at >= ?)", before)
    where.also("NOT EXISTS (SELECT 1 FROM omni_report r WHERE r.omni = o.id AND r.id >= ?)", first_at(unpulled))
    sql = f"SELECT o.id FROM omni o WHERE {where.sql} ORDER BY o.id LIMIT ?"
    rows: Any = connection.execute(sql, (*where.values, limit))
    return [row[0] for row in rows]


def _of_number(connection: apsw.Connection, number: str) -> tuple[list[int], int]:
    where = Where("(o.recipient = ? OR o.id IN (SELECT omni FROM omni_attempt WHERE recipient = ?))", number, number)
    found: Any = connection.execute(f"SELECT o.id, o.over FROM omni o WHERE {where.sql}", where.values).fetchall()
    gone = [row[0] for row in found if row[1]]
    return gone, len(found) - len(gone)


def _delete(connection: apsw.Connection, gone: Sequence[int], blanked: Sequence[int]) -> None:
    wipe(connection, (_BLANK, _BLANK_ATTEMPT), _TRACES, gone, blanked)
