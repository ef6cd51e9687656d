"""A line for each move: the event's own word, the customer's messageId, and nothing that was written in a message."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from stentor.app.move_log import MoveLog
from stentor.catalogue import StatusId
from stentor.core.ids import Ids
from stentor.core.message import Event, EventKind
from support.making import START, message
from support.platform import until

IDS = Ids(b"s" * 32)
SECRETS: dict[str, Any] = {
    "text": "your code is 4711",
    "callback_data": "canary-callback",
    "notify_url": "https://u:canary@host/p?k=canary",
}
OURS = message(**SECRETS)
THEIRS = message(client_id="order 17\nlevel=error", **SECRETS)


def _lines(form: str, *events: Event) -> list[str]:
    stream = io.BytesIO()
    log = MoveLog(IDS, stream, "json" if form == "json" else "text")
    log(events[:1])
    log(events[1:])
    log.flush()
    return stream.getvalue().decode().splitlines()


async def test_every_event_has_its_line_of_json() -> None:
    events = [Event(OURS.id, START + n, kind, f"why {n}", OURS) for n, kind in enumerate(EventKind)]
    lines = [json.loads(line) for line in _lines("json", *events)]
    assert [line["event"] for line in lines] == [
        "accepted",
        "rejected",
        "due",
        "sent",
        "retry",
        "held back",
        "diverted",
        "uncertain",
        "receipt",
        "final",
        "report pulled",
        "notified",
        "notify failed",
        "notify given up",
        "received",
    ]
    assert {line["messageId"] for line in lines} == {IDS.public(OURS.id)}
    assert lines[3] == {
        "event": "sent",
        "messageId": IDS.public(OURS.id),
        "status": "PENDING_ENROUTE",
        "detail": "why 3",
        "level": "info",
        "timestamp": "2025-06-15T15:06:40.003Z",
    }


async def test_the_status_is_the_one_after_the_move_and_the_id_the_customers() -> None:
    event = Event(THEIRS.id, START, EventKind.FINAL, "", THEIRS, StatusId.DELIVERED_TO_HANDSET)
    (line,) = (json.loads(text) for text in _lines("json", event))
    assert (line["messageId"], line["status"]) == ("order 17\nlevel=error", "DELIVERED_TO_HANDSET")


async def test_text_is_one_line_whatever_a_customer_or_an_upstream_says() -> None:
    event = Event(THEIRS.id, START, EventKind.SENT, "their\r\nwords \x1b[31m", THEIRS)
    (line,) = _lines("text", event)
    assert line == (
        r'2025-06-15T15:06:40.000Z [info     ] sent                           messageId="order 17\nlevel=error"'
        r' status=PENDING_ENROUTE detail="their\r\nwords \u001b[31m"'
    )


@pytest.mark.parametrize("form", ["json", "text"])
async def test_nothing_of_a_message_but_its_id_is_in_the_log(form: str) -> None:
    written = "\n".join(_lines(form, *(Event(one.id, START, EventKind.ACCEPTED, "", one) for one in (OURS, THEIRS))))
    assert "messageId" in written
    for secret in ("4711", "canary", OURS.sender, OURS.recipient):
        assert secret not in written


async def test_a_log_that_nobody_reads_any_more_stops_nothing() -> None:
    stream = io.BytesIO()
    stream.close()
    log = MoveLog(IDS, stream, "json")
    log([Event(OURS.id, START, EventKind.SENT, "", OURS)])
    log.flush()


async def test_an_event_without_its_message_has_the_public_id() -> None:
    (line,) = (json.loads(text) for text in _lines("json", Event(OURS.id, START, EventKind.SENT, "")))
    assert (line["messageId"], line["status"]) == (IDS.public(OURS.id), "")


async def test_lines_are_written_by_themselves_soon() -> None:
    stream = io.BytesIO()
    log = MoveLog(IDS, stream, "json")
    log([Event(OURS.id, START, EventKind.SENT, "", OURS)])
    assert not stream.getvalue()
    await until(lambda: stream.getvalue().count(b"\n") == 1)
    log([Event(OURS.id, START, EventKind.FINAL, "", OURS)])
    await until(lambda: stream.getvalue().count(b"\n") == 2)
