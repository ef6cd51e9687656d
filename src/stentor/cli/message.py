"""`stentor message show`: the whole story of one message, read beside the running program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import apsw
import msgspec

from stentor.catalogue import STATUSES, gsm_errors
from stentor.cli import omni_message
from stentor.cli.exits import Problem
from stentor.cli.instants import instant
from stentor.core import ids, money
from stentor.core.ids import Ids
from stentor.core.message import Story
from stentor.core.settle import told
from stentor.storage.sqlite import SqliteStore, reading


def show(message_id: str, data: Path, *, as_json: bool) -> None:
    try:
        connection = SqliteStore.reader(data)
    except FileNotFoundError:
        raise Problem(f"{data} has no messages; give the data folder with --data") from None
    told_story, words = _told(connection, _ids(connection), message_id)
    if told_story is None:
        raise Problem(f"no message {message_id!r} in {data}; messages are kept for 48 hours")
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(told_story), indent=2) + b"\n")
    else:
        sys.stdout.write(words)


def _told(connection: apsw.Connection, numbers: Ids, message_id: str) -> tuple[dict[str, Any] | None, str]:
    """A message of a scenario comes with the SMS that its steps became."""
    stepped = omni_message.find(connection, numbers, message_id)
    if stepped is not None:
        sent = [_facts(one, numbers) for one in omni_message.sms_of(connection, numbers, stepped)]
        facts = omni_message.facts(stepped, numbers)
        return {**facts, "sms": sent}, "\n".join([omni_message.words(facts), *map(_words, sent)])
    story = _find(connection, numbers, message_id)
    if story is None:
        return None, ""
    facts = _facts(story, numbers)
    return facts, _words(facts)


def _ids(connection: apsw.Connection) -> Ids:
    secret = bytes(connection.execute("SELECT value FROM setting WHERE name = 'secret'").get)
    return Ids(secret, last=connection.execute("SELECT ifnull(max(id), 0) FROM message").get)


def _find(connection: apsw.Connection, numbers: Ids, message_id: str) -> Story | None:
    number = numbers.number(message_id)
    found = reading.story(connection, number, None) if number is not None else None
    return found or reading.story(connection, message_id, None)


def _facts(story: Story, numbers: Ids) -> dict[str, Any]:
    message = story.message
    status = STATUSES[message.status]
    return {
        "messageId": message.client_id or numbers.public(message.id),
        "bulkId": message.bulk,
        "account": message.account,
        "from": message.sender,
        "to": message.recipient,
        "text": message.text,
        "smsCount": message.parts,
        "mccMnc": message.mcc_mnc,
        "pricePerMessage": money.plain(message.price),
        "connector": message.connector,
        "rule": message.rule,
        "status": {"id": status.id, "groupName": status.group_name, "name": status.name, "action": status.action},
        "error": {"id": message.error, "name": gsm_errors.error(message.error).name},
        "acceptedAt": instant(ids.milliseconds_of(message.id)),
        "sentAt": instant(message.sent_at),
        "doneAt": instant(message.done_at),
        "expiresAt": instant(message.expires_at),
        "notifyUrl": message.notify_url,
        "callbackData": message.callback_data,
        "parts": [
            {"number": p.number, "upstreamId": p.upstream_id, "status": p.status, "error": p.error} for p in story.parts
        ],
        "queue": story.queue and {**story.queue, "due": instant(story.queue["due"])},
        "reports": [
            {"kind": r.kind, "status": r.status, "url": r.url, "attempts": r.attempts, "due": instant(r.due)}
            for r in story.reports
        ],
        "events": [{"at": instant(e.at), "event": e.kind, "detail": e.detail} for e in story.events],
        "summary": told(message.status, message.error),
    }


def _words(facts: dict[str, Any]) -> str:
    lines = [
        f"Message {facts['messageId']} (bulk {facts['bulkId']})",
        f"  from {facts['from']} to {facts['to']}, {facts['smsCount']} SMS at {facts['pricePerMessage']}",
        f"  text     {facts['text']!r}",
        f"  status   {facts['summary']}",
    ]
    if facts["status"]["action"]:
        lines.append(f"  to do    {facts['status']['action']}")
    if facts["queue"]:
        lines.append(f"  queued   for {facts['queue']['connector']}, due {facts['queue']['due']}")
    for report in facts["reports"]:
        where = report["url"] or "GET /sms/1/reports"
        lines.append(f"  owed     {report['kind']} report to {where}, tries {report['attempts']}, due {report['due']}")
    lines += ["", *(f"  {event['at']}  {event['event']:<16} {event['detail']}" for event in facts["events"]), ""]
    return "\n".join(lines)
