"""Sending over v1 and waiting for what becomes of it; ids and numbers that no other test uses."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from support.waiting import until
from support.web import Client

_numbers = itertools.count(41790100000)
_magic = itertools.count(100)
_PENDING = ("ACCEPTED", "PENDING")


def number() -> str:
    """A Swiss number of its own; the simulated network delivers to it."""
    return str(next(_numbers))


def magic(digit: int, argument: int) -> str:
    """A Swiss number of its own that makes the simulated network behave as `behaviour.TABLE` says."""
    return f"4179{next(_magic)}99{digit}{argument:04d}"


def new_id(kind: str = "m") -> str:
    return f"{kind}-{uuid.uuid4()}"


def advanced(client: Client, *messages: dict[str, Any], bulk: str | None = None) -> dict[str, Any]:
    """POST /sms/1/text/advanced; the answer, which is a 200."""
    body = {"messages": list(messages)} if bulk is None else {"bulkId": bulk, "messages": list(messages)}
    answer = client.post("/sms/1/text/advanced", body)
    assert answer.status == 200, answer
    return dict(answer.json)


def deliver(client: Client, **fields: Any) -> str:
    """One message sent and in its final status; its id. Fields besides `to` and `messageId` are the message's."""
    message_id = str(fields.pop("messageId", new_id()))
    destination = {"to": fields.pop("to", number()), "messageId": message_id}
    bulk = fields.pop("bulkId", None)
    advanced(client, {"from": "InfoSMS", "text": "Test SMS.", "destinations": [destination], **fields}, bulk=bulk)
    settled(client, message_id)
    return message_id


def settled(client: Client, *message_ids: str) -> list[dict[str, Any]]:
    """The log lines of these messages once each has its final status."""

    def final() -> list[dict[str, Any]] | None:
        lines = client.get("/sms/1/logs", {"messageId": message_ids, "limit": 1000}).json["results"]
        done = [line for line in lines if line["status"]["groupName"] not in _PENDING]
        return done if len(done) == len(message_ids) else None

    return until(final, f"final statuses of {message_ids}")


def log_ids(client: Client, **query: Any) -> list[str]:
    """The message ids that GET /sms/1/logs answers for a filter; `from_` is `from`."""
    answer = client.get("/sms/1/logs", {name.rstrip("_"): value for name, value in query.items()})
    assert answer.status == 200, answer
    return [line["messageId"] for line in answer.json["results"]]
