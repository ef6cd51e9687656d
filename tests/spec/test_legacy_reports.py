"""Delivery reports in the words of 003 §2.4: pulled once, by application or id; pushed as XML and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from support.legacy import LOGIN, OPERATOR, Old, number, platform, pulled
from support.process import Served
from support.receiver import Receiver
from support.sms import magic
from support.waiting import until
from support.web import Client

PULL = "/api/v3/dr/pull"
DATE = r"\d{4}/[1-9]\d?/[1-9]\d? \d\d:\d\d:\d\d"
ROW = rf'<message id="([^"]*)" sentdate="{DATE}" donedate="{DATE}" status="([A-Z_]+)" gsmerror="(\d+)" />'
FIRST = re.compile(
    r'<DeliveryReport>\n<message id="(\d{18})" sentdate="\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"'
    r' donedate="\d{4}/\d\d/\d\d \d\d:\d\d:\d\d" status="DELIVERED" gsmerror="0" price="0\.0100" pducount="2" />\n'
    r"</DeliveryReport>"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Served]:
    with platform(tmp_path_factory.mktemp("legacy"), receiver.url("")) as running:
        yield running


@pytest.fixture
def old(served: Served) -> Old:
    return Old(served.url)


@pytest.fixture
def pushed(served: Served) -> Old:
    return Old(served.url, "pushed", "secret")


def test_a_report_is_given_once(old: Old) -> None:
    message_id = old.sent()
    report = pulled(old, messageid=message_id)
    assert re.fullmatch(rf"<DeliveryReport>\n{ROW}\n</DeliveryReport>", report)
    assert re.findall(ROW, report) == [(message_id, "DELIVERED", "0")]
    assert old.ask(PULL, messageid=message_id).body == b"NO_DATA"


def test_what_was_not_delivered_says_why(old: Old) -> None:
    message_id = old.sent(GSM=magic(0, 27))
    assert re.findall(ROW, pulled(old, messageid=message_id)) == [(message_id, "NOT_DELIVERED", "27")]


def test_several_ids_and_ids_of_clients(old: Old) -> None:
    ids = [old.sent(messageId=f'mine "&<{number()}'), old.sent()]
    found = pulled(old, messageId=f"{ids[0]},none")
    assert '<message id="mine &quot;&amp;&lt;' in found
    assert re.findall(ROW, pulled(old, messageid=f"none,{ids[1]}")) == [(ids[1], "DELIVERED", "0")]


def test_applications_have_reports_of_their_own(old: Old) -> None:
    ids = {app: old.sent(appid=app) for app in ("", "shop", "bank")}
    assert re.findall(ROW, pulled(old, appid="shop")) == [(ids["shop"], "DELIVERED", "0")]
    assert old.ask(PULL, appid="shop").body == b"NO_DATA"
    assert old.ask(PULL, appid="unknown").body == b"NO_DATA"
    without: list[str] = []

    def arrived() -> bool:
        without.extend(one[0] for one in re.findall(ROW, old.ask(PULL).body.decode()))
        return ids[""] in without

    until(arrived, "the report without an application")
    assert not {ids["shop"], ids["bank"]} & set(without)
    assert re.findall(ROW, pulled(old, messageid=ids["bank"])) == [(ids["bank"], "DELIVERED", "0")]


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ({"user": "test", "password": "wrong"}, b"-5"),
        ({"password": "x"}, b"-10"),
        ({"username": "test"}, b"-11"),
        ({}, b"-10"),
    ],
)
def test_logins(served: Served, login: dict[str, str], code: bytes) -> None:
    answer = Client(served.url, None).get(PULL, login)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, code, "text/plain;charset=UTF-8")


def test_by_post(old: Old) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"user={LOGIN['user']}&pass=test+%26+more&messageid=none".encode()
    assert old.call("POST", PULL, body, form).body == b"NO_DATA"


def test_the_generation_before_has_price_and_parts(old: Old) -> None:
    message_id = old.sent(SMSText="x" * 200)
    found = FIRST.fullmatch(pulled(old, "/api/dlrpull", messageid=message_id))
    assert found is not None
    assert found[1] == message_id


def test_a_message_names_the_url(old: Old, receiver: Receiver) -> None:
    """As XML, where the account says nothing else."""
    message_id = old.sent(pushurl=receiver.url("/v3/xml"))
    (call,) = until(lambda: receiver.calls("/v3/xml"), "the call")
    assert call.content_type == "application/xml"
    assert re.findall(ROW, call.body.decode()) == [(message_id, "DELIVERED", "0")]
    assert old.ask(PULL, messageid=message_id).body == b"NO_DATA"


@pytest.mark.parametrize("pushurl", ["", "nopush"])
def test_the_account_s_url_and_form(pushed: Old, receiver: Receiver, pushurl: str) -> None:
    message_id = pushed.sent(pushurl=pushurl, nopush="0")

    def arrived() -> list[dict[str, str]]:
        rows = [one for call in receiver.calls("/own") for one in json.loads(call.body)["DeliveryReport"]["message"]]
        return [one for one in rows if one["id"] == message_id]

    (row,) = until(arrived, "the call")
    assert list(row) == ["id", "sentdate", "donedate", "status", "gsmerror"]
    assert {call.content_type for call in receiver.calls("/own")} == {"application/json"}


@pytest.mark.parametrize("option", ["v3_report_url", "v3_lookup_url"])
def test_an_account_s_url_is_checked(served: Served, option: str) -> None:
    body = json.dumps({option: "ftp://example.com"}).encode()
    root = Client(served.url, OPERATOR)
    answer = root.call("PATCH", "/admin/1/accounts/poor", body, {"Content-Type": "application/json"})
    assert answer.status == 400
    assert answer.error[2].startswith(f"[{option} : ")


@pytest.mark.parametrize("more", [{}, {"pushurl": "http://127.0.0.1:9/never"}])
def test_nopush_leaves_it_to_the_pull(pushed: Old, more: dict[str, str]) -> None:
    message_id = pushed.sent(nopush="1", **more)
    assert re.findall(ROW, pulled(pushed, messageid=message_id)) == [(message_id, "DELIVERED", "0")]
