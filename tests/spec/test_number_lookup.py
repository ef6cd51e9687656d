"""/number/1/query, /number/1/notify and /number/1/logs (004 "Number lookup", `spec/wire.md` (b)6, `spec/xml.md`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from http_documents import read

from support.process import Served
from support.receiver import Receiver, receiving
from support.waiting import until
from support.web import Answer, Client, basic, exchange

TABLES = """
[[resolvers]]
type = "simulated"
[[resolvers]]
type = "plan"
[[prices]]
plan = "lookup"
price = "0.005"
[[prices]]
plan = "swiss"
where = "CH"
price = "0.01"
[[accounts]]
name = "docs"
users = { Aladdin = "open sesame" }
credit = "100"
[[accounts]]
name = "later"
users = { later = "open sesame" }
credit = "1"
xml_names = "later"
[[accounts]]
name = "cleaning"
users = { cleaning = "open sesame" }
credit = "1"
lookup_package = "cleaning"
[[accounts]]
name = "portability"
users = { portability = "open sesame" }
credit = "1"
lookup_package = "portability"
[[accounts]]
name = "full"
users = { full = "open sesame" }
credit = "1"
lookup_package = "full"
[[accounts]]
name = "poor"
users = { poor = "open sesame" }
credit = "0.012"
[[accounts]]
name = "swiss"
users = { swiss = "open sesame" }
credit = "1"
lookup_plan = "swiss"
"""
ABSENT, UNKNOWN, BOTH = "41791239930000", "41791239900001", "41791239980219"
XML = {"Content-Type": "application/xml", "Accept": "application/xml"}
STATUS = (
    "<status><groupId>3</groupId><groupName>DELIVERED</groupName><id>5</id><name>DELIVERED_TO_HANDSET</name>"
    "<description>Message delivered to handset</description></status>"
)
ERROR = (
    "<error><groupId>0</groupId><groupName>OK</groupName><id>0</id><name>NO_ERROR</name>"
    "<description>No Error</description><permanent>false</permanent></error>"
)
ITEM = (
    "<to>41793026727</to><mccMnc>22801</mccMnc><imsi>228012120181810</imsi><originalNetwork>"
    "<networkPrefix>79</networkPrefix><countryPrefix>41</countryPrefix></originalNetwork>"
    f"<ported>false</ported><roaming>false</roaming>{STATUS}{ERROR}"
)
PENDING = {
    "groupId": 1,
    "groupName": "PENDING",
    "id": 3,
    "name": "PENDING_WAITING_DELIVERY",
    "description": "Message sent, waiting for delivery report",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("lookups"), TABLES)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def client(served: Served, user: str = "Aladdin") -> Client:
    return Client(served.url, basic(user, "open sesame"))


def query(served: Served, to: object, user: str = "Aladdin") -> list[dict[str, Any]]:
    answer = client(served, user).post("/number/1/query", {"to": to})
    assert answer.status == 200, answer
    return list(answer.json["results"])


def log(served: Served, user: str = "Aladdin", **filters: Any) -> list[dict[str, Any]]:
    answer = client(served, user).get("/number/1/logs", filters)
    assert answer.status == 200, answer
    return list(answer.json["results"])


def test_the_documents_query_is_answered_byte_for_byte(served: Served) -> None:
    document = read("004-lookup")
    answer = exchange(served.url, document.octets())
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body == json.dumps(document.body(), separators=(",", ":")).encode()


def test_one_number_in_xml(served: Served) -> None:
    for body in (
        b"<request><to>41793026727</to></request>",
        b"<NcQueryRequest><to><to>41793026727</to></to></NcQueryRequest>",
    ):
        answer = client(served).call("POST", "/number/1/query", body, XML)
        assert answer.headers["content-type"] == "application/xml"
        assert answer.body.decode() == f"<NCResponse><results><results>{ITEM}</results></results></NCResponse>"


def test_several_numbers_in_xml(served: Served) -> None:
    body = b"<request><to><to>41793026727</to><to>41793026727</to></to></request>"
    answer = client(served).call("POST", "/number/1/query", body, XML).body.decode()
    assert re.sub("<bulkId>[0-9a-f-]{36}</bulkId>", "<bulkId/>", answer) == (
        f"<NCResponse><bulkId/><results><results>{ITEM}</results><results>{ITEM}</results></results></NCResponse>"
    )
    later = client(served, "later").call("POST", "/number/1/query", body, XML).body.decode()
    assert f"<results><result>{ITEM}</result><result>{ITEM}</result></results></ncResponse>" in later
    assert later.startswith("<ncResponse><bulkId>")


def test_bulk_id_only_with_several_numbers(served: Served) -> None:
    post = client(served).post
    assert "bulkId" not in post("/number/1/query", {"to": "41793026727"}).json
    assert list(post("/number/1/query", {"to": ["41793026727", "x"]}).json) == ["bulkId", "results"]


def test_bad_numbers_are_statuses_of_their_own(served: Served) -> None:
    results = query(served, ["Alphanumeric", "", "999999999", 41793026727])
    assert [one["status"]["id"] for one in results] == [52, 51, 8, 5]
    assert [one["to"] for one in results] == ["Alphanumeric", "", "999999999", "41793026727"]
    assert list(results[0]) == ["to", "status", "error"]


def test_absent_and_unknown_subscribers(served: Served) -> None:
    """`spec/xml.md` 5: both still carry mccMnc, originalNetwork, ported, roaming and no imsi."""
    for number, error, permanent in ((ABSENT, 27, False), (UNKNOWN, 1, True)):
        (result,) = query(served, number)
        assert list(result) == ["to", "mccMnc", "originalNetwork", "ported", "roaming", "status", "error"]
        assert (result["status"]["id"], result["error"]["id"], result["error"]["permanent"]) == (9, error, permanent)


FIELDS = {
    "cleaning": ["to", "mccMnc", "originalNetwork", "status", "error"],
    "portability": ["to", "mccMnc", "imsi", "originalNetwork", "ported", "portedNetwork", "status", "error"],
    "full": [
        *("to", "mccMnc", "imsi", "originalNetwork", "ported", "portedNetwork", "roaming", "roamingNetwork"),
        *("servingMSC", "status", "error"),
    ],
}
FIELDS["Aladdin"] = FIELDS["full"]


@pytest.mark.parametrize("user", FIELDS)
def test_packages(served: Served, user: str) -> None:
    (result,) = query(served, BOTH, user)
    assert list(result) == FIELDS[user]
    names = ["networkName", "networkPrefix", "countryName", "countryPrefix"]
    shown = names if user == "full" else [names[1], names[3]]
    for network in ("originalNetwork", "portedNetwork", "roamingNetwork"):
        assert network not in result or list(result[network]) == shown


def test_everything_fits_together(served: Served) -> None:
    (result,) = query(served, BOTH, "full")
    assert result["imsi"].startswith(result["mccMnc"])
    assert (result["ported"], result["roaming"]) == (True, True)
    assert result["originalNetwork"]["networkName"] == "Swisscom"
    assert result["portedNetwork"]["networkName"] != "Swisscom"
    abroad = result["roamingNetwork"]
    assert abroad["countryName"] == "Croatia"
    assert result["servingMSC"].startswith(abroad["countryPrefix"] + abroad["networkPrefix"])


def test_the_plan_never_claims_that_a_phone_is_reachable(served: Served) -> None:
    (result,) = query(served, "12025550123")
    assert list(result) == ["to", "originalNetwork", "status", "error"]
    assert result["originalNetwork"] == {"countryPrefix": "1"}
    assert result["status"]["groupName"] not in ("DELIVERED", "UNDELIVERABLE")


def test_a_country_without_a_price(served: Served) -> None:
    results = query(served, ["491512345678", "41793026727"], "swiss")
    assert [one["status"]["id"] for one in results] == [6, 5]
    assert client(served, "swiss").get("/account/1/balance").json["balance"] == 0.99


def test_credit_runs_out(served: Served) -> None:
    results = query(served, ["41790000001", "41790000002", "41790000003"], "poor")
    assert [one["status"]["id"] for one in results] == [5, 5, 12]
    assert list(results[2]) == ["to", "status", "error"]
    assert client(served, "poor").get("/account/1/balance").json["balance"] == 0.002
    assert [line["price"]["pricePerLookup"] for line in log(served, "poor")] == [0, 0.005, 0.005]


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("query", {}, "[to : may not be empty]"),
        ("query", {"to": []}, "[to : may not be empty]"),
        ("query", {"to": ["1"] * 1001}, None),
        ("notify", {"to": "41793026727"}, "[notifyUrl : may not be empty]"),
        ("notify", {"to": "1", "notifyUrl": "ftp://x"}, None),
        ("notify", {"to": "1", "notifyUrl": "https://x.example", "notifyContentType": "text/csv"}, None),
        ("notify", {"notifyUrl": "https://x.example"}, "[to : may not be empty]"),
        ("notify", {"to": ["1"] * 10001, "notifyUrl": "https://x.example"}, None),
    ],
)
def test_requests_that_are_refused_as_a_whole(served: Served, path: str, body: object, text: str | None) -> None:
    status, name, said = client(served).post(f"/number/1/{path}", body).error
    assert (status, name) == (400, "BAD_REQUEST")
    assert text in (None, said)


def test_the_limit_is_said_as_documented(served: Served) -> None:
    """`spec/wire.md` (b)2, read on a page of the same API."""
    assert client(served).post("/number/1/query", {"to": ["41793026727"] * 1001}).error == (
        400,
        "BAD_REQUEST",
        "[to : Number of destinations is limited to 1000. For larger requests use /number/1/notify API endpoint.]",
    )


def test_notify_is_answered_at_once_and_told_later(served: Served, receiver: Receiver) -> None:
    body = {"to": ["41793026727", "Alphanumeric", ABSENT], "notifyUrl": receiver.url("/results")}
    answer = client(served).post("/number/1/notify", body).json
    assert list(answer) == ["bulkId", "results"]
    first, bad, last = answer["results"]
    assert (list(first), first["to"], first["status"]) == (["to", "status", "messageId"], "41793026727", PENDING)
    assert (list(bad), bad["status"]["id"]) == (["to", "status"], 52)
    told = {one["to"]: one for one in receiver.reports("/results", 2)}
    assert told["41793026727"] == read("004-lookup").body()["results"][0]
    assert told[ABSENT]["error"]["id"] == 27
    assert receiver.calls("/results")[0].content_type == "application/json"
    assert {line["messageId"] for line in log(served, bulkId=answer["bulkId"])} == {
        first["messageId"],
        last["messageId"],
    }


def test_notify_in_xml(served: Served, receiver: Receiver) -> None:
    """`spec/xml.md` 1, with `results` for the list (4.7)."""
    url = receiver.url("/xml")
    body = (
        f"<request><to>41793026727</to><notifyUrl>{url}</notifyUrl>"
        "<notifyContentType>application/xml</notifyContentType></request>"
    )
    answer = client(served).call("POST", "/number/1/notify", body.encode(), XML).body.decode()
    assert re.sub("<messageId>[0-9a-f-]{36}</messageId>", "<messageId/>", answer) == (
        "<NCResponseAsync><results><results><to>41793026727</to><status><groupId>1</groupId>"
        "<groupName>PENDING</groupName><id>3</id><name>PENDING_WAITING_DELIVERY</name>"
        "<description>Message sent, waiting for delivery report</description></status><messageId/></results></results>"
        "</NCResponseAsync>"
    )
    (call,) = until(lambda: receiver.calls("/xml"), "the call")
    assert call.content_type == "application/xml"
    assert call.body.decode() == f"<NCResponse><results><results>{ITEM}</results></results></NCResponse>"


def test_a_line_of_the_log(served: Served) -> None:
    query(served, "41793020001")
    (line,) = log(served, to="41793020001")
    assert list(line) == ["bulkId", "messageId", "to", "sentAt", "doneAt", "mccMnc", "price", "status", "error"]
    assert line["price"] == {"pricePerLookup": 0.005, "currency": "EUR"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", line["doneAt"])


def test_filters_of_the_log(served: Served) -> None:
    query(served, ["41793030001", "41793030002", UNKNOWN])
    wanted = log(served, to="41793030001,+41793030002")
    assert [line["to"] for line in wanted] == ["41793030002", "41793030001"]
    one, other = wanted
    assert log(served, messageId=one["messageId"]) == [one]
    both = client(served).get("/number/1/logs", {"messageId[]": [one["messageId"], other["messageId"]]})
    assert both.json["results"] == wanted
    assert log(served, messageId="nobody") == []
    assert {line["to"] for line in log(served, generalStatus="UNDELIVERABLE", to=UNKNOWN)} == {UNKNOWN}
    assert log(served, to="41793030001", mcc="228", mnc="01") == [other]
    assert log(served, to="41793030001", mcc="228", mnc="02") == []
    assert log(served, to="41793030001", sentSince="2099-01-01") == []
    assert log(served, to="41793030001", sentUntil="2000-01-01") == []
    assert len(log(served, limit=2)) == 2
    assert client(served).get("/number/1/logs", {"mnc": "01"}).error[0] == 400


def test_the_log_in_xml(served: Served) -> None:
    query(served, "41793040001")
    answer = client(served).call("GET", "/number/1/logs?to=41793040001", None, {"Accept": "application/xml"})
    text = answer.body.decode()
    assert text.startswith("<NCLogsResponse><results><results><bulkId>")
    assert "<price><pricePerLookup>0.005</pricePerLookup><currency>EUR</currency></price>" in text
    empty = client(served, "later").call("GET", "/number/1/logs?to=1234567", None, {"Accept": "application/xml"})
    assert empty.body == b"<ncLogsResponse><results></results></ncLogsResponse>"


def test_messages_and_lookups_have_logs_of_their_own(served: Served) -> None:
    query(served, "41793050001")
    assert client(served).get("/sms/1/logs", {"to": "41793050001"}).json["results"] == []


def test_a_login_is_asked_for(served: Served) -> None:
    for method, path in (("POST", "query"), ("POST", "notify"), ("GET", "logs")):
        answer: Answer = Client(served.url, None).call(method, f"/number/1/{path}", b"{}")
        assert answer.error[:2] == (401, "UNAUTHORIZED")
