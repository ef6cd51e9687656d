"""Links, their clicks, and the hosts that no link may lead to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import apsw
from msgspec.structs import replace

from stentor.core.calls import Call
from stentor.core.links import ClickCount
from stentor.core.tracked import Click, ShortLink
from stentor.storage.sqlite import tracked
from stentor.storage.sqlite.access import Access
from stentor.storage.sqlite.forgetting import PORTION, zeros

_COLUMNS = ", ".join(ShortLink.__struct_fields__)
_STRETCH = 20_000
_CLICKS = "SELECT os, count(*), max(at) FROM click WHERE link = ? GROUP BY os ORDER BY count(*) DESC, os"
_TEXTS = ("url", "recipient", "client_id", "bulk", "callback_data", "host")
_BLANK_LINK = f"UPDATE link SET {', '.join(map(zeros, _TEXTS))} WHERE code = ?"
_BLANK_CALL = "UPDATE call SET body = zeroblob(length(body)) WHERE id = ?"


class LinkRows:
    """Implements `core.links.LinkStore` and `engine.clicks.ClickStore`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def link(self, code: int) -> ShortLink | None:
        row: Any = self._access.reader.execute(f"SELECT {_COLUMNS} FROM link WHERE code = ?", (code,)).fetchone()
        return None if row is None else replace(ShortLink(*row), stopped=bool(row[-1]))

    def stopped_hosts(self) -> list[tuple[str, int]]:
        rows: Any = self._access.reader.execute("SELECT host, at FROM link_stop ORDER BY host")
        return [(str(host), int(at)) for host, at in rows]

    async def stop(self, code: int, *, stopped: bool) -> None:
        sql = "UPDATE link SET stopped = ? WHERE code = ?"
        await self._access.run(lambda db: db.execute(sql, (stopped, code)), awaited=True)

    async def stop_host(self, host: str, at: int, *, stopped: bool) -> None:
        insert, delete = "INSERT OR IGNORE INTO link_stop VALUES (?, ?)", "DELETE FROM link_stop WHERE host = ?"
        work: tuple[str, tuple[Any, ...]] = (insert, (host, at)) if stopped else (delete, (host,))
        await self._access.run(lambda db: db.execute(*work), awaited=True)

    async def clicks(self, code: int) -> list[ClickCount]:
        return await self._access.search(_clicks, code)

    async def clicked(self, clicks: Sequence[tuple[Click, Call | None]]) -> list[int]:
        return await self._access.run(lambda db: tracked.click(db, clicks), rows=3 * len(clicks))

    async def forget(self, before: int, limit: int) -> int:
        found = await self._access.search(_expired, before, limit)
        await self._forget(found)
        return len(found)

    async def erase(self, number: str) -> int:
        """Looks at every link, a stretch at a time: what is asked for once a month needs no index."""
        digits, after, erased = number.removeprefix("+"), -1, 0
        while True:
            found, after = await self._access.search(_of_number, digits, after)
            calls = await self._access.search(_calls_of, found)
            for start in range(0, len(calls), PORTION):
                await self._access.run(partial(_forget_calls, gone=calls[start : start + PORTION]))
            await self._forget(found)
            erased += len(found)
            if after < 0:
                return erased

    async def _forget(self, codes: Sequence[int]) -> None:
        for start in range(0, len(codes), PORTION):
            portion = codes[start : start + PORTION]
            await self._access.run(partial(_forget, gone=portion), rows=len(portion))


def _clicks(connection: apsw.Connection, code: int) -> list[ClickCount]:
    return [ClickCount(str(os), int(count), int(last)) for os, count, last in connection.execute(_CLICKS, (code,))]


def _expired(connection: apsw.Connection, before: int, limit: int) -> list[int]:
    rows: Any = connection.execute("SELECT code FROM link WHERE expires < ? LIMIT ?", (before, limit))
    return [row[0] for row in rows]


def _of_number(connection: apsw.Connection, number: str, after: int) -> tuple[list[int], int]:
    sql = "SELECT max(code), count(*) FROM (SELECT code FROM link WHERE code > ? ORDER BY code LIMIT ?)"
    row: Any = connection.execute(sql, (after, _STRETCH)).fetchone()
    last, seen = row
    if not seen:
        return [], -1
    sql = "SELECT code FROM link WHERE code > ? AND code <= ? AND recipient = ?"
    rows: Any = connection.execute(sql, (after, last, number)).fetchall()
    return [row[0] for row in rows], last if seen == _STRETCH else -1


def _calls_of(connection: apsw.Connection, links: Sequence[int]) -> list[int]:
    if not links:
        return []
    wanted = set(links)
    rows: Any = connection.execute("SELECT id, subject FROM call WHERE about = 'click'")
    return [call for call, subject in rows if subject in wanted]


def _forget_calls(connection: apsw.Connection, gone: Sequence[int]) -> None:
    rows = [(call,) for call in gone]
    connection.executemany(_BLANK_CALL, rows)
    connection.executemany("DELETE FROM call WHERE id = ?", rows)


def _forget(connection: apsw.Connection, gone: Sequence[int]) -> None:
    """Blanked first, as messages are (`forgetting`)."""
    rows = [(code,) for code in gone]
    for sql in (_BLANK_LINK, "DELETE FROM click WHERE link = ?", "DELETE FROM link WHERE code = ?"):
        connection.executemany(sql, rows)
