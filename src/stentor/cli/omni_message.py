"""What `stentor message show` tells of a message that takes the steps of a scenario."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from stentor.catalogue import STATUSES, StatusId, gsm_errors
from stentor.cli.instants import instant
from stentor.core import ids, money
from stentor.core.ids import Ids
from stentor.core.lifecycle import is_final
from stentor.core.message import Story
from stentor.core.omni.flow import target
from stentor.core.omni.records import Attempt, OmniStory, flow_of, to_of, words_of
from stentor.core.settle import told
from stentor.storage.sqlite import omni, reading


def find(connection: apsw.Connection, numbers: Ids, message_id: str) -> OmniStory | None:
    number = numbers.number(message_id)
    found = omni.story(connection, number) if number is not None else None
    return found or omni.story(connection, message_id)


def sms_of(connection: apsw.Connection, numbers: Ids, story: OmniStory) -> list[Story]:
    """The SMS that its steps became."""
    message = story.message
    own = message.client_id or numbers.public(message.id)
    found = []
    for step in story.steps:
        named = (reading.story(connection, name, message.account) for name in (own, numbers.public(step.id)))
        found += [one for one in named if one is not None and one.message.notify_url == target(step.id)]
    return found


def facts(story: OmniStory, numbers: Ids) -> dict[str, Any]:
    message, last = story.message, story.steps[-1] if story.steps else None
    status = STATUSES[StatusId.PENDING_ACCEPTED if last is None else last.status]
    error = 0 if last is None else last.error
    return {
        "messageId": message.client_id or numbers.public(message.id),
        "bulkId": message.bulk,
        "account": message.account,
        "to": msgspec.to_builtins(to_of(message.to)),
        "texts": {channel: words.text for channel, words in words_of(message.words).items()},
        "flow": [{"channel": step.channel, "from": step.sender} for step in flow_of(message.flow)],
        "status": {"id": status.id, "groupName": status.group_name, "name": status.name, "action": status.action},
        "error": {"id": error, "name": gsm_errors.error(error).name},
        "over": bool(message.over),
        "acceptedAt": instant(ids.milliseconds_of(message.id)),
        "due": None if message.due is None else instant(message.due),
        "notifyUrl": message.notify_url,
        "pulledAt": f"/{message.door}/1/reports",
        "callbackData": message.callback_data,
        "steps": [_step(step) for step in story.steps],
        "reports": [{"url": url, "attempts": attempts, "due": instant(due)} for url, attempts, due in story.calls]
        + [{"url": None, "attempts": 0, "due": instant(ids.milliseconds_of(report))} for report in story.reports],
        "events": [{"at": instant(at), "event": what, "detail": detail} for at, what, detail in _events(story)],
        "summary": told(status.id, error),
    }


def _step(step: Attempt) -> dict[str, Any]:
    return {
        "channel": step.channel,
        "from": step.sender,
        "to": step.recipient,
        "messageCount": step.count,
        "mccMnc": step.mcc_mnc,
        "pricePerMessage": money.plain(step.price),
        "status": {"id": step.status, "name": STATUSES[step.status].name},
        "error": {"id": step.error, "name": gsm_errors.error(step.error).name},
        "sentAt": instant(step.sent_at),
        "doneAt": instant(step.done_at),
        "expiresAt": instant(step.expires),
        "deliveredAt": None if step.delivered_at is None else instant(step.delivered_at),
        "seenAt": None if step.seen_at is None else instant(step.seen_at),
    }


def _events(story: OmniStory) -> list[tuple[int, str, str]]:
    """What happened when: steps keep their times, so their history is read off them."""
    flow = ", ".join(step.channel for step in flow_of(story.message.flow))
    accepted = ids.milliseconds_of(story.message.id)
    if len(story.steps) == 1 and story.steps[0].expires == story.steps[0].sent_at:  # refused: it had no time at all
        return [(accepted, "rejected", story.steps[0].detail)]
    found = [(accepted, "accepted", f"steps: {flow}")]
    for step in story.steps:
        found += _of_step(step)
    return sorted(found, key=lambda event: event[0])


def _of_step(step: Attempt) -> list[tuple[int, str, str]]:
    begun, name = ids.milliseconds_of(step.id), step.channel
    events = [(begun, "step", f"{name} from {step.sender} to {step.recipient}")]
    if step.status == StatusId.PENDING_WAITING_DELIVERY:
        events.append((step.sent_at, "sent", f"{name}: its channel has it until {instant(step.expires)}"))
    if is_final(step.status):
        events.append((step.done_at, "final", f"{name}: {step.detail or told(step.status, step.error)}"))
    if step.delivered_at is not None:
        late = is_final(step.status) and STATUSES[step.status].group_name != "DELIVERED"
        events.append((step.delivered_at, "delivered", f"{name}: the phone has it{', too late to matter' * late}"))
    if step.seen_at is not None:
        events.append((step.seen_at, "seen", f"{name}: it was read"))
    return events


def words(told_story: dict[str, Any]) -> str:
    """The same for people."""
    bulk = f" (bulk {told_story['bulkId']})" if told_story["bulkId"] else ""
    to = ", ".join(f"{name} {value}" for name, value in told_story["to"].items())
    lines = [f"Message {told_story['messageId']}{bulk}", f"  to       {to}"]
    lines += [f"  text     {channel}: {text!r}" for channel, text in told_story["texts"].items()]
    lines.append(f"  status   {told_story['summary']}")
    if told_story["status"]["action"]:
        lines.append(f"  to do    {told_story['status']['action']}")
    if told_story["due"] and not told_story["over"]:
        lines.append(f"  next     looked at {told_story['due']}")
    for report in told_story["reports"]:
        where = report["url"] or f"GET {told_story['pulledAt']}"
        lines.append(f"  owed     report to {where}, tries {report['attempts']}, due {report['due']}")
    for n, step in enumerate(told_story["steps"], start=1):
        price = f"{step['messageCount']} at {step['pricePerMessage']}"
        lines.append(f"  step {n}   {step['channel']}, {price}: {step['status']['name']}")
    lines += ["", *(f"  {event['at']}  {event['event']:<16} {event['detail']}" for event in told_story["events"]), ""]
    return "\n".join(lines)
