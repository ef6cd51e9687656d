"""Two running platforms in a row: sent through, reported back, and nothing lost or sent twice whoever dies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.chain import Chain, log
from support.receiver import Receiver
from support.sms import magic
from support.waiting import until

DELIVERED = "DELIVERED_TO_HANDSET"
BOTH = pytest.mark.parametrize("reports", ["pull", "notify"])


@BOTH
def test_sent_through_and_reported_back(tmp_path: Path, receiver: Receiver, reports: str) -> None:
    with Chain(tmp_path, reports) as chain:
        ids = chain.send(250, notifyUrl=receiver.url(f"/chain-{reports}"), callbackData="mine")
        assert chain.final(250) == {DELIVERED: 250}
        told = receiver.reports(f"/chain-{reports}", 250)
        assert sorted(one["messageId"] for one in told) == sorted(ids)
        assert {(one["callbackData"], one["price"]["pricePerMessage"]) for one in told} == {("mine", 0.02)}
        there = log(chain.there)
        assert len(there) == 250
        assert not {one["messageId"] for one in there} & set(ids)
        login = {"user": "shop", "password": "shop-secret", "output": "json"}
        query = {**login, "sender": "InfoSMS", "SMSText": "of the old API", "GSM": "41791234567"}
        shown = chain.customer.get("/api/v3/sendsms/plain", query).json["results"][0]["messageid"]
        chain.final(251)
        (far,) = (one["messageId"] for one in log(chain.there) if one["text"] == "of the old API")
        assert (len(shown), len(far)) == (18, 36), "the far one's own customers get digits as well"
        state = chain.link()
        assert (state["bound"], state["trouble"], state["in_window"]) == (1, None, 0)
        assert state["round_trip_ms"] > 0


@BOTH
def test_what_became_of_it_comes_back_in_the_same_words(tmp_path: Path, receiver: Receiver, reports: str) -> None:
    with Chain(tmp_path, reports) as chain:
        numbers = [magic(0, 27), magic(2, 0), magic(3, 27)]
        to = [{"to": one, "messageId": f"w{place}"} for place, one in enumerate(numbers)]
        url = receiver.url(f"/words-{reports}")
        message = {"from": "InfoSMS", "text": "x", "destinations": to, "intermediateReport": True, "notifyUrl": url}
        assert chain.customer.post("/sms/1/text/advanced", {"messages": [message]}).status == 200
        chain.final(3)
        lines = {one["messageId"]: one for one in log(chain.customer)}
        assert (lines["w0"]["status"]["id"], lines["w0"]["error"]["id"]) == (9, 27)
        assert (lines["w1"]["status"]["id"], lines["w1"]["error"]["id"]) == (15, 4101)
        assert lines["w2"]["status"]["name"] == DELIVERED
        told = receiver.reports(f"/words-{reports}", 4 if reports == "notify" else 3)
        meanwhile = [one for one in told if one["status"]["groupName"] == "PENDING"]
        assert [one["error"]["id"] for one in meanwhile] == ([27] if reports == "notify" else [])


def test_what_a_message_has_is_carried_over(tmp_path: Path) -> None:
    with Chain(tmp_path) as chain:
        turkish = {"language": {"languageCode": "TR", "lockingShift": True, "singleShift": True}}
        texts: list[dict[str, Any]] = [
            {"from": "Alpha", "text": "Ünïcode ☃", "flash": True, "validityPeriod": 30},
            {"from": "41790000001", "text": "Çok güzel ışık", **turkish},
            {"from": "Alpha", "text": "Ώρα", "transliteration": "GREEK"},
            {"from": "Alpha", "text": "long " * 100},
        ]
        for place, one in enumerate(texts):
            one["destinations"] = [{"to": "41791234567", "messageId": f"t{place}"}]
        assert chain.customer.post("/sms/1/text/advanced", {"messages": texts}).status == 200
        octets = {"hex": "0605040b8423f0 01", "dataCoding": 4, "esmClass": 64}
        binary = {"from": "Alpha", "binary": octets, "destinations": [{"to": "41791234567", "messageId": "b"}]}
        assert chain.customer.post("/sms/1/binary/advanced", {"messages": [binary]}).status == 200
        chain.final(5)
        here = {one["messageId"]: one for one in log(chain.customer)}
        there = log(chain.there)
        shape = ("from", "text", "smsCount", "to")
        assert sorted([one[name] for name in shape] for one in there) == sorted(
            [one[name] for name in shape] for one in here.values()
        )
        assert {one["status"]["name"] for one in (*here.values(), *there)} == {DELIVERED}
        story = chain.far_story(here["t0"]["text"])
        assert story["flash"] is True
        assert 29 * 60_000 < story["expires_at"] - story["sent_at"] <= 30 * 60_000
        assert chain.far_story("")["extra"] == {"data": "BgUEC4Qj8AE=", "data_coding": 4, "esm_class": 64}
        assert chain.far_story("Çok güzel ışık")["extra"] == {"shift": {"language": 1, "single": True, "locking": True}}


def test_a_refusal_is_passed_on_and_costs_nothing(tmp_path: Path) -> None:
    with Chain(tmp_path) as chain:
        chain.forbid_there("4915112345678")
        body = {"from": "InfoSMS", "text": "x", "to": ["4915112345678", "41791234567"]}
        assert chain.customer.post("/sms/1/text/single", body).status == 200
        chain.final(2)
        lines = {one["to"]: one for one in log(chain.customer)}
        assert lines["4915112345678"]["status"]["name"] == "REJECTED_DESTINATION"
        assert lines["4915112345678"]["price"]["pricePerMessage"] == 0
        assert lines["41791234567"]["status"]["name"] == DELIVERED
        assert chain.customer.get("/account/1/balance").json["balance"] == 9999.98


@pytest.mark.long
@BOTH
def test_the_far_one_is_killed(tmp_path: Path, reports: str) -> None:
    """Whatever it had taken it takes up again; what it had not answered is recognised or sent again."""
    with Chain(tmp_path, reports, delay=0.2) as chain:
        for round_ in range(3):
            chain.send(300, f"r{round_}")
            assert chain.far is not None
            chain.far.kill()
            chain.send(10, f"s{round_}")
            until(lambda: (chain.link()["trouble"] or "").startswith("down"), "it is seen to be down")
            chain.start_far()
        assert chain.final(930, 40) == {DELIVERED: 930}
        assert len(log(chain.there)) == 930


@pytest.mark.long
@BOTH
def test_the_near_one_is_killed(tmp_path: Path, reports: str) -> None:
    with Chain(tmp_path, reports, delay=0.2, options="ask_after = 1.0") as chain:
        for round_ in range(3):
            chain.send(300, f"r{round_}")
            assert chain.near is not None
            chain.near.kill()
            chain.start_near()
        assert chain.final(900, 40) == {DELIVERED: 900}
        assert len(log(chain.there)) == 900


@pytest.mark.long
def test_a_report_that_was_lost_is_found_in_the_log(tmp_path: Path) -> None:
    """As when the program dies between a pull and its disk: the report was given, and given only once."""
    with Chain(tmp_path, delay=1.5) as chain:
        chain.send(20)
        until(lambda: len(log(chain.there)) == 20, "all are there")
        assert chain.near is not None
        chain.near.kill()
        until(lambda: len(stolen(chain)) == 20, "all are reported to somebody else")
        chain.start_near()
        assert chain.final(20) == {DELIVERED: 20}


def stolen(chain: Chain) -> list[dict[str, Any]]:
    chain.stolen += chain.there.get("/sms/1/reports", {"limit": 1000}).json["results"]
    return chain.stolen


def test_a_wrong_login_is_said_and_mended(tmp_path: Path) -> None:
    with Chain(tmp_path, login='user = "chain"\npassword = "wrong"', spare=True) as chain:
        until(lambda: chain.link()["trouble"], "trouble before any message")
        assert "login refused (401): check user and password" in chain.link()["trouble"]
        assert chain.link()["bound"] == 0
        chain.send(5, "a")
        assert chain.final(5) == {DELIVERED: 5}
        assert log(chain.there) == []
        change = chain.operator.call("PATCH", "/admin/1/connectors/next", b'{"password": "chain-secret"}')
        assert change.status == 200, change
        assert change.json["password"] == "<kept>"
        chain.well()
        chain.send(5, "b")
        assert chain.final(10) == {DELIVERED: 10}
        assert len(log(chain.there)) == 5


def test_an_api_key(tmp_path: Path) -> None:
    with Chain(tmp_path, login='api_key = "chain-key"') as chain:
        chain.send(3)
        assert chain.final(3) == {DELIVERED: 3}
        assert chain.operator.get("/admin/1/connectors/next").json["api_key"] == "<kept>"
        assert b"chain-key" not in (tmp_path / "near" / "data" / "stentor.db").read_bytes()


@pytest.mark.long
def test_without_credit_there_it_waits_until_there_is(tmp_path: Path) -> None:
    with Chain(tmp_path, credit="0.03") as chain:
        chain.send(10)
        until(lambda: "no credit left" in (chain.link()["trouble"] or ""), "the trouble is told")
        assert chain.final(3) == {DELIVERED: 3}
        chain.pay_there("100")
        assert chain.final(10, 40) == {DELIVERED: 10}
        taken = [one for one in log(chain.there) if one["status"]["name"] == DELIVERED]
        assert len(taken) == 10


@pytest.mark.long
def test_while_the_far_one_is_away_others_take_over(tmp_path: Path) -> None:
    with Chain(tmp_path, spare=True) as chain:
        chain.send(3, "a")
        chain.final(3)
        assert chain.far is not None
        chain.far.stop()
        chain.send(20, "b")
        assert chain.final(23) == {DELIVERED: 23}
        chain.start_far()
        chain.well()
        chain.send(3, "c")
        assert chain.final(26) == {DELIVERED: 26}
        assert len(log(chain.there)) == 6


@pytest.mark.long
def test_a_far_one_that_throttles_is_followed(tmp_path: Path) -> None:
    with Chain(tmp_path) as chain:
        chain.limit_there(40)
        for part in range(4):
            chain.send(50, f"t{part}")
        assert chain.final(200, 40) == {DELIVERED: 200}
        assert len(log(chain.there)) == 200
        assert chain.link()["throttled"] > 0


def test_the_door_opens_to_its_token_only(tmp_path: Path) -> None:
    with Chain(tmp_path, "notify") as chain:
        body: dict[str, list[Any]] = {"results": []}
        for path in ("/connector/next/0/reports", f"/connector/spare/{'0' * 40}/reports", "/connector/x/y/reports"):
            assert chain.customer.post(path, body).error[:2] == (404, "NOT_FOUND")
        door = chain.door()
        assert chain.customer.post(door, body).status == 200
        assert chain.customer.post(door, {"results": 1}).error[:2] == (400, "BAD_REQUEST")
        assert chain.customer.post(door.replace("/next/", "/spare/"), body).status == 404
