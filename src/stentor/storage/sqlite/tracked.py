"""What is tracked: links and runs beside their messages, clicks, logs and the counts of logs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import apsw
import msgspec
from msgspec.structs import astuple, replace

from stentor.core.calls import Call
from stentor.core.conversion import Ended
from stentor.core.tracked import Begun, Click, Run, ShortLink, Tracked
from stentor.storage.sqlite import calls, counts
from stentor.storage.sqlite.counts import Log

RUN_COLUMNS = ", ".join(Run.__struct_fields__)
_LINK_COLUMNS = ", ".join(ShortLink.__struct_fields__)
_INSERT_LINK = f"INSERT INTO link ({_LINK_COLUMNS}) VALUES ({', '.join('?' * len(ShortLink.__struct_fields__))})"
_INSERT_RUN = f"INSERT INTO process_run ({RUN_COLUMNS}) VALUES ({', '.join('?' * len(Run.__struct_fields__))})"
_INSERT_LOG = "INSERT OR IGNORE INTO process_log (run, tag, at, os, country, count) VALUES (?, ?, ?, ?, ?, 1)"
"""With the country that it counts for, which its run may be without."""
_LINKS = "SELECT code FROM link WHERE code IN (SELECT value FROM json_each(?))"
_INSERT_CLICK = "INSERT INTO click (link, at, os) VALUES (?, ?, ?)"
_OPEN_RUNS = f"""
SELECT t.id, {", ".join(f"r.{name}" for name in Run.__struct_fields__)} FROM process_run r
JOIN process_tag t ON t.id = (SELECT min(id) FROM process_tag WHERE process = r.process AND type = 'END_TAG')
WHERE r.id IN (SELECT value FROM json_each(?))
AND NOT EXISTS (SELECT 1 FROM process_log g WHERE g.run = r.id AND g.tag = t.id)
"""
_BEGAN = f"""
SELECT g.tag, g.os, {", ".join(f"r.{name}" for name in Run.__struct_fields__)} FROM process_run r
JOIN process_log g ON g.run = r.id AND g.at = r.at WHERE r.id IN (SELECT value FROM json_each(?))
"""
_MOVE_LINK = "UPDATE link SET expires = expires + ?1 - sent_at, sent_at = ?1 WHERE message = ?2"
_MOVE_LOG = "UPDATE process_log SET at = ?1 WHERE run = ?2 AND tag = ?3"
_MOVE_RUN = "UPDATE process_run SET at = ?1 WHERE id = ?2"
_json = msgspec.json.encode


def begin(connection: apsw.Connection, new: Tracked, refused: Collection[int] = ()) -> None:
    """In the transaction of the messages; nothing of those that are refused."""
    links: Sequence[ShortLink] = new.links
    begun: Sequence[Begun] = new.begun
    if refused:
        links = [link for link in links if link.message not in refused]
        begun = [one for one in begun if one.run.id not in refused]
    connection.executemany(_INSERT_LINK, map(astuple, links))
    connection.executemany(_INSERT_RUN, [astuple(one.run) for one in begun])
    _log(connection, [(one.run, one.tag, one.run.at, one.run.os) for one in begun if one.tag is not None])


def end(connection: apsw.Connection, ended: Ended) -> bool:
    """Whether the run had not been logged there before."""
    return _once(connection, (ended.run, ended.tag, ended.at, ended.os))


def click(connection: apsw.Connection, clicks: Sequence[tuple[Click, Call | None]]) -> list[int]:
    """Write clicks and what is owed for them, and end the runs of links that were not followed before.

    Answers the processes of those runs. A link that was forgotten meanwhile leaves nothing.
    """
    there = {row[0] for row in connection.execute(_LINKS, (_json([one.link.code for one, _ in clicks]).decode(),))}
    kept = [(one, call) for one, call in clicks if one.link.code in there]
    connection.executemany(_INSERT_CLICK, [(one.link.code, one.at, one.os) for one, _ in kept])
    calls.add(connection, [call for _, call in kept if call is not None])
    first: dict[int, Click] = {}
    for one, _ in kept:
        first.setdefault(one.link.message, one)
    rows: Any = connection.execute(_OPEN_RUNS, (_json(list(first)).decode(),)).fetchall()
    logs = [(Run(*row[1:]), row[0], first[row[1]].at, first[row[1]].os) for row in rows]
    _log(connection, logs)
    return [run.process for run, *_ in logs]


def move(connection: apsw.Connection, messages: Sequence[int], at: int) -> None:
    """Messages are sent at another time: their runs begin then, and their links live as long from there."""
    began = _began(connection, messages)
    counts.count(connection, began, -1)
    connection.executemany(_MOVE_LOG, [(at, run.id, tag) for run, tag, *_ in began])
    for sql in (_MOVE_LINK, _MOVE_RUN):
        connection.executemany(sql, [(at, message) for message in messages])
    counts.count(connection, [(replace(run, at=at), tag, at, os) for run, tag, _, os in began])


def take_back(connection: apsw.Connection, messages: Sequence[int]) -> None:
    """Messages are not sent: what their runs began with is forgotten."""
    began = _began(connection, messages)
    counts.count(connection, began, -1)
    connection.executemany(
        "DELETE FROM process_log WHERE run = ? AND tag = ?", [(run.id, tag) for run, tag, *_ in began]
    )


def _began(connection: apsw.Connection, messages: Sequence[int]) -> list[Log]:
    rows: Any = connection.execute(_BEGAN, (_json(messages).decode(),)).fetchall()
    return [(run, tag, run.at, os) for tag, os, run in ((row[0], row[1], Run(*row[2:])) for row in rows)]


def _once(connection: apsw.Connection, log: Log) -> bool:
    run, tag, at, os = log
    connection.execute(_INSERT_LOG, (run.id, tag, at, os, run.country))
    fresh = connection.changes() == 1
    if fresh:
        counts.count(connection, [log])
    return fresh


def _log(connection: apsw.Connection, logs: Sequence[Log]) -> None:
    connection.executemany(_INSERT_LOG, [(run.id, tag, at, os, run.country) for run, tag, at, os in logs])
    counts.count(connection, logs)
