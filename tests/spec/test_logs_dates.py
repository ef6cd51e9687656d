"""Times in filters: every accepted spelling, and the 48 hours of the log (004, wire.md (b)13)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from http_documents import TIMESTAMP

from support.process import Demo
from support.sms import deliver, log_ids
from support.web import Client

MINUTE = timedelta(minutes=1)
CET = timezone(timedelta(hours=1))

FORMS = {
    "no colon": lambda at: f"{at.astimezone(CET):%Y-%m-%dT%H:%M:%S.000}%2B0100",
    "colon": lambda at: f"{at.astimezone(CET):%Y-%m-%dT%H:%M:%S.000}%2B01:00",
    "small escape": lambda at: f"{at.astimezone(CET):%Y-%m-%dT%H:%M:%S.000}%2b01:00",
    "plus sent bare": lambda at: f"{at.astimezone(CET):%Y-%m-%dT%H:%M:%S.000}+0100",
    "colon, plus sent bare": lambda at: f"{at.astimezone(CET):%Y-%m-%dT%H:%M:%S.000}+01:00",
    "minus": lambda at: f"{at.astimezone(timezone(-timedelta(hours=3, minutes=30))):%Y-%m-%dT%H:%M:%S.000}-0330",
    "Z": lambda at: f"{at:%Y-%m-%dT%H:%M:%S.000}Z",
    "no offset": lambda at: f"{at:%Y-%m-%dT%H:%M:%S.000}",
    "no milliseconds": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z",
    "microseconds": lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}%2B00:00",
    "no seconds": lambda at: f"{at:%Y-%m-%dT%H:%M}Z",
    "escaped colons": lambda at: f"{at:%Y-%m-%dT%H%%3A%M%%3A%S.000}Z",
    "a space for the T": lambda at: f"{at:%Y-%m-%d%%20%H:%M:%S}",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_time_in_this_form(form: str, client: Client) -> None:
    message_id = deliver(client)
    now = datetime.now(UTC)
    before, after = FORMS[form](now - MINUTE), FORMS[form](now + MINUTE)

    def found(query: str) -> list[str]:
        answer = client.get(f"/sms/1/logs?messageId={message_id}&{query}")
        return [line["messageId"] for line in answer.json["results"]]

    assert found(f"sentSince={before}") == [message_id]
    assert found(f"sentSince={after}") == []
    assert found(f"sentUntil={after}") == [message_id]
    assert found(f"sentUntil={before}") == []
    assert found(f"sentSince={before}&sentUntil={after}") == [message_id]


def test_a_printed_time_may_be_given_back(client: Client) -> None:
    message_id = deliver(client)
    line = client.get("/sms/1/logs", {"messageId": message_id}).json["results"][0]
    for name in ("sentAt", "doneAt"):
        assert TIMESTAMP.fullmatch(line[name])
    assert log_ids(client, messageId=message_id, sentSince=line["sentAt"], sentUntil=line["sentAt"]) == [message_id]


def test_the_log_keeps_48_hours(own_demo: Demo) -> None:
    """The clock cannot be turned, so the message is made older in the stopped platform's own database."""
    recent, old = deliver(own_demo.client), deliver(own_demo.client)
    folder = own_demo.data.parent
    own_demo.stop()
    [database] = own_demo.data.glob("*.db")
    with sqlite3.connect(database) as connection:
        sql = "UPDATE message SET sent_at = sent_at - ? WHERE client_id = ?"
        connection.execute(sql, (47 * 3_600_000, recent))
        connection.execute(sql, (48 * 3_600_000 + 1, old))
    connection.close()
    again = Demo(folder)
    try:
        assert log_ids(again.client) == [recent]
        assert log_ids(again.client, messageId=[recent, old], sentSince="2015-01-01") == [recent]
    finally:
        again.stop()
