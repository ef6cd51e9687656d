"""What another platform's words mean, what a message is called there, whom to ask about, and when to send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stentor.catalogue import STATUSES, StatusId
from stentor.connectors.http import answers, wire
from stentor.connectors.http.answers import Verdict
from stentor.connectors.http.names import Names
from stentor.connectors.http.trouble import Trouble
from stentor.connectors.http.waiting import Waiting
from stentor.core.content import Extra, written
from stentor.core.lifecycle import is_final
from stentor.text.national import Shift
from support.making import HOUR, START, message


def said(**fields: Any) -> wire.Status:
    return wire.Status(**fields)


def report(error: int | None, **fields: Any) -> wire.Report:
    return wire.Report(message_id=7, status=said(**fields), error=None if error is None else wire.Error(id=error))


def test_every_status_of_ours_means_itself() -> None:
    for known in STATUSES.values():
        one = report(None, id=known.id, group_id=known.group_id, group_name=known.group_name)
        assert answers.status_of(one.status) == known.id
        assert answers.is_final(one) == is_final(known.id)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"group_name": "EXPIRED", "id": 999}, StatusId.EXPIRED_UNKNOWN),
        ({"group_id": 5, "id": 999}, StatusId.REJECTED_NOT_SENT),
        ({"group_name": "DELIVERED"}, StatusId.DELIVERED_TO_HANDSET),
        ({"group_name": "UNDELIVERABLE", "id": 5}, StatusId.UNDELIVERABLE_NOT_DELIVERED),
        ({"group_name": "PENDING", "group_id": 3, "id": 1}, StatusId.PENDING_TIME_VIOLATION),
        ({"id": 2}, StatusId.DELIVERED_TO_OPERATOR),
        ({"id": 999}, StatusId.PENDING_WAITING_DELIVERY),
        ({}, StatusId.PENDING_WAITING_DELIVERY),
    ],
)
def test_what_nobody_listed_goes_by_its_group(given: dict[str, Any], meant: int) -> None:
    assert answers.status_of(said(**given)) == meant


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(0, "TAKEN"), (7, "TAKEN"), (26, "TAKEN"), (5, "TAKEN"), (23, "KNOWN"), (12, "NO_CREDIT"), (17, "NO_CREDIT"),
     (21, "LATER"), (6, "REFUSED"), (14, "REFUSED"), (52, "REFUSED"), (4, "REFUSED"), (15, "REFUSED")],
)  # fmt: skip
def test_what_an_answer_means_for_the_link(status: int, verdict: str) -> None:
    known = STATUSES[status]
    assert answers.verdict_of(said(id=known.id, group_name=known.group_name)) is Verdict[verdict]


def test_no_status_at_all_is_taken() -> None:
    assert answers.verdict_of(None) is Verdict.TAKEN


@pytest.mark.parametrize(
    ("group", "error", "meant"),
    [("DELIVERED", 27, 0), ("UNDELIVERABLE", 27, 27), ("UNDELIVERABLE", None, 255), ("UNDELIVERABLE", 31_000, 255),
     ("EXPIRED", 0, 4101), ("REJECTED", None, 0), ("PENDING", 27, 27)],
)  # fmt: skip
def test_errors(group: str, error: int | None, meant: int) -> None:
    assert answers.error_of(report(error, group_name=group)) == meant


def test_a_receipt_has_their_own_words() -> None:
    one = wire.Report(
        message_id=7, status=said(group_name="PENDING", id=3, name="N\nX"), error=wire.Error(id=27, name="E")
    )
    receipt = answers.receipt("next", one, START)
    assert (receipt.upstream_id, receipt.final, receipt.error) == ("7", False, 27)
    assert receipt.said == "intermediate report for 7: N X (3), error 27 E"


def test_names() -> None:
    names = Names(lambda number: f"id{number}", most=2)
    assert names.of(1) == "id1"
    names.refused(1)
    names.refused(1)
    assert (names.of(1), names.of(2)) == ("id1.3", "id2")
    names.forget(1)
    assert names.of(1) == "id1"
    for number in (1, 2, 3):
        names.refused(number)
    assert [names.of(number) for number in (1, 2, 3)] == ["id1", "id2.2", "id3.2"]


def test_who_is_asked_about_and_when() -> None:
    waiting = Waiting(10.0, most=3)
    for number in range(4):
        waiting.add(f"m{number}", float(number))
    waiting.done(["m2", "unknown"])
    assert len(waiting) == 2
    assert waiting.due(10.5, 5) == []
    assert waiting.due(13.0, 5) == ["m1", "m3"]
    assert waiting.due(22.9, 5) == []
    assert waiting.due(23.0, 1) == ["m1"]
    assert waiting.due(23.0, 5) == ["m3"]
    assert waiting.due(43.0, 5) == ["m1", "m3"]
    waiting.add("soon", 50.0, 1.0)
    assert waiting.due(51.0, 5) == ["soon"]


def test_pauses_double_and_one_good_answer_ends_them() -> None:
    trouble, now, pauses = Trouble(4.0), 0.0, []
    for _ in range(5):
        trouble.down("why", now)
        pauses.append(trouble.until - now)
        now = trouble.until
    assert pauses == [0.5, 1.0, 2.0, 4.0, 4.0]
    trouble.throttled("x", 1.0, now)
    assert (trouble.words, trouble.on_trial) == ("down: why", True)
    trouble.over()
    trouble.answered()
    assert (trouble.words, trouble.on_trial) == (None, False)
    trouble.throttled("enough", 60.0, now)
    assert (trouble.words, trouble.until, trouble.on_trial) == ("throttled: enough", now + 4.0, False)
    trouble.down("gone", now + 1)
    assert trouble.words == "down: gone"


def body(**changes: Any) -> dict[str, Any]:
    one = message(**changes)
    (sent,) = json.loads(wire.body([(one, "id")], None, START))["messages"]
    return dict(sent)


def test_a_message_as_it_goes_out() -> None:
    plain = {"from": "Stentor", "destinations": [{"to": "41793026727", "messageId": "id"}], "text": "hello"}
    assert body() == {**plain, "validityPeriod": 2880}
    assert body(expires_at=START + 90_000)["validityPeriod"] == 2
    assert body(expires_at=START - HOUR)["validityPeriod"] == 1
    shifted = body(extra=written(Extra(shift=Shift(1, single=True, locking=False))))
    assert shifted["language"] == {"languageCode": "TR", "singleShift": True, "lockingShift": False}
    more = body(flash=1, intermediate=1, callback_data="mine")
    assert (more["flash"], more["intermediateReport"], more["callbackData"]) == (True, True, "mine")


def test_octets_as_they_go_out() -> None:
    given = body(extra=written(Extra(data=b"\x01\x02", data_coding=4, esm_class=0)))
    assert given["binary"] == {"hex": "0102", "dataCoding": 4, "esmClass": 0}
    assert "text" not in given
    ported = body(extra=written(Extra(data=b"\x01", data_coding=4, elements=bytes.fromhex("05040b8423f0"))))
    assert ported["binary"] == {"hex": "0605040b8423f001", "dataCoding": 4, "esmClass": 64}


def test_reports_that_cannot_be_read_cost_only_themselves() -> None:
    good = {"messageId": "a", "status": {"id": "5", "groupId": 3}}
    found, bad = wire.reports(json.dumps({"results": [good, 7, {"messageId": "b"}, {**good, "error": None}]}).encode())
    assert ([one.id for one in found], bad) == (["a", "a"], 2)
    for broken in (b"", b"[]", b"\xff", b'{"results": {}}'):
        with pytest.raises(wire.Unreadable):
            wire.reports(broken)


def test_refusals_in_words() -> None:
    assert wire.refusal(b'{"requestError":{"serviceException":{"messageId":"X","text":"a\\nb"}}}') == "a b"
    assert wire.refusal(b"<html>") == ""
    assert wire.balance(b'{"balance": 0.5, "currency": "EUR"}') == 0.5
    assert wire.balance(b"?") > 0
