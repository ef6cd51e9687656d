"""OneAPI: the bodies that its clients were tested with, and the habits of those clients (`spec/wire.md` A4, (b)11)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from support.cli import stentor
from support.process import Served
from support.receiver import Receiver
from support.sms import magic, number, settled
from support.waiting import until
from support.web import Answer, Client, basic

TABLES = """
[[connectors]]
type = "simulated"
delay = 0.02
[[resolvers]]
type = "simulated"
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[prices]]
price = "5"
plan = "lookup"
[[accounts]]
name = "docs"
users = { Aladdin = "open sesame", second = "secret" }
keys = ["docs-key"]
credit = "100.5"
lookup_package = "full"
[[accounts]]
name = "pushes"
users = { pushes = "secret" }
credit = "100"
[[accounts]]
name = "slow"
users = { slow = "secret" }
[[accounts]]
name = "strict"
users = { strict = "secret" }
query_login = false
[[numbers]]
number = "7567"
account = "docs"
[[numbers]]
number = "7568"
account = "pushes"
"""
OUT, IN = "/1/smsmessaging/outbound", "/1/smsmessaging/inbound"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("oneapi"), TABLES)
    yield running
    running.stop()


@pytest.fixture
def client(platform: Served) -> Client:
    return platform.client


@pytest.fixture
def pushes(platform: Served) -> Client:
    """An account whose subscriptions disturb nobody."""
    return Client(platform.url, basic("pushes", "secret"))


def form(client: Client, path: str, fields: Any) -> Answer:
    return client.call("POST", path, urlencode(fields, doseq=True).encode(), FORM)


def send(client: Client, **fields: Any) -> dict[str, Any]:
    """As the clients of Java and Python do."""
    given = {"senderAddress": "INFOSMS", "address": number(), "message": "Hi", **fields}
    answer = form(client, f"{OUT}/{given['senderAddress']}/requests", given)
    assert answer.status == 201, answer
    return dict(answer.json)


def final(client: Client, correlator: str) -> list[dict[str, str]]:
    """The delivery infos of a request, once nothing is under way."""

    def infos() -> list[dict[str, str]] | None:
        answer = client.get(f"{OUT}/TODO/requests/{correlator}/deliveryInfos")
        found: list[dict[str, str]] = answer.json["deliveryInfoList"]["deliveryInfo"]
        ends = {"DeliveredToTerminal", "DeliveryImpossible"}
        return found if {one["deliveryStatus"] for one in found} <= ends else None

    return until(infos, f"{correlator} is final")


def called(receiver: Receiver, path: str, count: int = 1) -> list[Any]:
    """Bodies of calls, waited for."""
    calls = until(lambda: (found := receiver.calls(path))[count - 1 :] and found, f"{count} calls of {path}")
    assert {call.content_type for call in calls} == {"application/json"}
    return [json.loads(call.body) for call in calls]


def phone(platform: Served, text: str, to: str) -> None:
    ended = stentor("trigger", "mo", "--from", "76756", "--to", to, "--text", text, "--data", platform.data)
    assert ended.code == 0, ended


def test_a_form_with_tel_addresses_and_a_correlator(client: Client) -> None:
    first, second = number(), number()
    fields = [("address", f"tel:+{first}"), ("address", second), ("message", "Hi"), ("clientCorrelator", "ih5k7mm6dy"),
              ("senderName", "tel:INFOSMS")]  # fmt: skip
    answer = form(client, f"{OUT}/tel%3A%2B38598123456/requests", fields)
    sent = answer.json
    assert (answer.status, sent["clientCorrelator"]) == (201, "ih5k7mm6dy")
    assert [one["destinationAddress"] for one in sent["sendMessageResults"]] == [first, second]
    assert {one["senderAddress"] for one in sent["sendMessageResults"]} == {"+38598123456"}
    assert [one["address"] for one in final(client, "ih5k7mm6dy")] == [first, second]
    path = f"{OUT}/requests/ih5k7mm6dy/deliveryInfos"
    found = client.get(path).json["deliveryInfoList"]
    assert list(found) == ["deliveryInfo", "resourceURL"]
    assert list(found["deliveryInfo"][0]) == ["address", "deliveryStatus"]


def test_where_a_request_is_found_again(client: Client) -> None:
    """001 prints a URL with /deliveryInfos for JSON. Clients that send forms take the last part for the correlator,
    and the sender from two before it (Java, .NET, Python, early PHP and Ruby); those of JSON the one before the last.
    """
    by_form = send(client, clientCorrelator="by-form")["resourceReference"]["resourceURL"]
    assert by_form == f"{client.url}{OUT}/INFOSMS/requests/by-form"
    body = {"address": number(), "message": "x", "clientCorrelator": "by/json"}
    by_json = client.post(f"{OUT}/INFOSMS/requests", body).json["resourceReference"]["resourceURL"]
    assert by_json == f"{client.url}{OUT}/INFOSMS/requests/by%2Fjson/deliveryInfos"
    for where, end in ((by_form, "/deliveryInfos"), (by_json, "")):
        found = client.get(where.removeprefix(client.url)).json["deliveryInfoList"]
        assert (len(found["deliveryInfo"]), found["resourceURL"]) == (1, where + end)
    blank = form(client, f"{OUT}/%20/requests", {"address": number(), "message": "x"}).json
    where = blank["resourceReference"]["resourceURL"]
    assert where == f"{client.url}{OUT}/requests/{blank['clientCorrelator']}", "no sender, and no empty part of a path"
    assert client.get(where.removeprefix(client.url)).status == 200


def test_a_form_in_the_charset_of_its_content_type(client: Client) -> None:
    """As PHP's `OneApiConfigurator::setCharset` has it written."""
    named = {"Content-Type": "application/x-www-form-urlencoded; charset=ISO-8859-2"}
    octets = b"address=%s&message=Ve%%E8er+\xbe&clientCorrelator=charset" % number().encode()
    assert client.call("POST", f"{OUT}/INFOSMS/requests", octets, named).status == 201
    (line,) = client.get("/sms/1/logs", {"bulkId": "charset"}).json["results"]
    assert line["text"] == "Večer ž"
    assert client.call("POST", f"{OUT}/INFOSMS/requests", octets, FORM).error[2].endswith("nor a form in UTF-8.]")


@pytest.mark.parametrize(
    "octets",
    [
        b"address[0]=%(a)s&address[1]=%(b)s&message=x&language[languageCode]=TR&language[useSingleShift]=true",
        b"address=%(a)s,%(b)s&message=x",
        b'{"address": "tel:%(a)s,%(b)s", "message": "x"}',
        b'{"address": [%(a)s, "%(b)s"], "message": 1, "language": {"languageCode": "TR", "useLockingShift": true}}',
        b'{"outboundSMSMessageRequest":{"address":["tel:%(a)s","tel:+%(b)s"],"outboundSMSTextMessage":{"message":"x"}}}',
        b'{"address": ["%(a)s", "%(b)s"], "message": "x", "callbackData": 7, "notifyURL": "", "language": null}',
    ],
    ids=["php", "commas", "json-commas", "json-numbers", "gsma", "json-other-types"],
)
def test_spellings_of_addresses(client: Client, octets: bytes) -> None:
    first, second = number().encode(), number().encode()
    body = octets % {b"a": first, b"b": second}
    answer = client.call("POST", f"{OUT}/INFOSMS/requests", body, FORM)
    assert [one["destinationAddress"].encode() for one in answer.json["sendMessageResults"]] == [first, second]


@pytest.mark.parametrize("correlator", ["0123456789" * 15, " spaces around "])
def test_a_correlator_that_was_cut_is_found_as_it_was_given(client: Client, correlator: str) -> None:
    kept = send(client, clientCorrelator=correlator)["clientCorrelator"]
    assert kept == correlator.strip()[:100]
    for asked in (correlator, kept):
        path = f"{OUT}/requests/{quote(asked)}/deliveryInfos"
        found = client.get(path).json["deliveryInfoList"]
        assert found["resourceURL"].endswith(f"/requests/{quote(kept)}/deliveryInfos")
    client.post("/sms/1/text/single", {"from": "INFOSMS", "to": number(), "text": "of no bulk"})
    for blank in ("%20", "+"):
        assert client.get(f"{OUT}/requests/{blank}/deliveryInfos").status == 404
        assert client.get(f"{OUT}/requests/{blank}/deliveryReports").json == {"deliveryReportList": []}


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("{languageCode=TR, useLockingShift=true, useSingleShift=false}", "ğ" * 150, 1),
        ("{languageCode=SP, useLockingShift=false, useSingleShift=true}", "ó" * 75, 1),
        ('{"languageCode": "TR", "useLockingShift": true}', "ğ" * 150, 1),
        ("{languageCode=null, useLockingShift=false, useSingleShift=false}", "ğ" * 150, 3),
        ("", "ğ" * 150, 3),
    ],
    ids=["java", "java-spanish", "json", "java-none", "empty"],
)
def test_a_language_in_one_field_of_a_form(client: Client, language: str, text: str, parts: int) -> None:
    """The client of Java writes the object as Java prints a map, and calls Spanish SP."""
    sent = send(client, message=text, language=language)
    (line,) = client.get("/sms/1/logs", {"bulkId": sent["clientCorrelator"]}).json["results"]
    assert (line["text"], line["smsCount"]) == (text, parts)


def test_a_space_in_a_path_may_be_a_plus(client: Client) -> None:
    """Clients of Java, .NET and PHP encode pieces of a path as those of a query. What is there as named goes first."""
    for correlator, count in (("a b", 2), ("a+c", 1)):
        fields: dict[str, Any] = {"senderAddress": "My Brand", "message": "Hi", "clientCorrelator": correlator}
        fields["address"] = [number() for _ in range(count)]
        assert form(client, f"{OUT}/My+Brand/requests", fields).json["clientCorrelator"] == correlator
    for piece, count in (("a+b", 2), ("a%20b", 2), ("a+c", 1), ("a%2Bc", 1)):
        found = client.get(f"{OUT}/My+Brand/requests/{piece}/deliveryInfos").json["deliveryInfoList"]["deliveryInfo"]
        assert len(found) == count
    final(client, "a+b")
    path = f"{OUT}/requests/a+b/deliveryReports"
    assert len(until(lambda: client.get(path).json["deliveryReportList"], "reports")) in {1, 2}
    form(
        client, f"{OUT}/My+Brand/subscriptions", {"senderAddress": "My Brand", "notifyURL": "http://customer.example/"}
    )
    for piece in ("My+Brand", "My%20Brand"):
        (line,) = client.get(f"{OUT}/{piece}/subscriptions").json["deliveryReceiptSubscriptions"]
        assert line["senderAddress"] == "My Brand"
    assert client.call("DELETE", f"{OUT}/subscriptions/{line['subscriptionId']}").status == 204


def test_subscriptions_as_gsma_wraps_them(client: Client) -> None:
    reference = {"callbackData": 12345, "notifyURL": "http://customer.example/gsma"}
    wish = {"deliveryReceiptSubscription": {"callbackReference": reference, "filterCriteria": "WORD"}}
    made = client.post(f"{OUT}/tel%3A%2B5550100/subscriptions", wish)
    assert made.json["deliveryReceiptSubscription"]["callbackReference"] == {**reference, "callbackData": "12345"}
    where = made.json["deliveryReceiptSubscription"]["resourceURL"].removeprefix(client.url)
    line = client.get(where).json["deliveryReceiptSubscription"]
    assert (line["senderAddress"], line["criteria"]) == ("5550100", "WORD")
    wish = {"subscription": {"callbackReference": reference, "destinationAddress": "tel:7567", "criteria": "WORD"}}
    other = client.post(f"{IN}/subscriptions", wish).json["resourceReference"]["resourceURL"].removeprefix(client.url)
    assert client.get(other).json["subscription"]["destinationAddress"] == "7567"
    assert [client.call("DELETE", path).status for path in (where, other)] == [204, 204]


def test_what_cannot_be_sent_is_said_of_its_number(client: Client) -> None:
    sent = send(client, address=["nobody", magic(0, 1)])
    refused, accepted = sent["sendMessageResults"]
    assert (refused["messageStatus"], refused["errorMessageId"]) == ("MessageNotSent", "REJECTED_DESTINATION")
    assert (refused["price"], accepted["price"]) == (0, 0.01)
    assert [one["deliveryStatus"] for one in final(client, sent["clientCorrelator"])] == ["DeliveryImpossible"] * 2


def test_reports_are_taken_once(client: Client) -> None:
    sent = send(client)
    (result,) = sent["sendMessageResults"]
    settled(client, result["messageId"])
    path = f"{OUT}/requests/{sent['clientCorrelator']}/deliveryReports?limit=0"
    report = until(lambda: client.get(path).json["deliveryReportList"], "the report")[0]
    assert list(report) == ["messageId", "sentDate", "doneDate", "status"]
    assert (report["messageId"], report["status"]) == (result["messageId"], "DeliveredToTerminal")
    assert report["doneDate"] >= report["sentDate"] > 1_700_000_000_000
    assert client.get(path).json == {"deliveryReportList": []}
    assert "deliveryReportList" in client.get(f"{OUT}/requests/deliveryReports").json


def test_the_push_to_a_notify_url(client: Client, receiver: Receiver) -> None:
    """One message a call, as the clients read it."""
    sent = send(client, address=[number(), number()], notifyURL=receiver.url("/oneapi"))
    bodies = called(receiver, "/oneapi", 2)
    numbers = {one["destinationAddress"] for one in sent["sendMessageResults"]}
    assert {one["deliveryInfoNotification"]["deliveryInfo"]["address"] for one in bodies} == numbers
    printed = (
        '{"deliveryInfoNotification":{"deliveryInfo":{"address":"38454234234",'
        '"deliveryStatus":"DeliveredToTerminal"},"callbackData":""}}'
    )
    came = receiver.calls("/oneapi")[0].body.decode()
    assert came.replace(bodies[0]["deliveryInfoNotification"]["deliveryInfo"]["address"], "38454234234") == printed
    send(client, notifyUrl=receiver.url("/oneapi-data"), callbackData="mine")
    assert called(receiver, "/oneapi-data")[0]["deliveryInfoNotification"]["callbackData"] == "mine"


def test_subscriptions_to_receipts(pushes: Client, receiver: Receiver) -> None:
    url = receiver.url("/receipts")
    answer = form(pushes, f"{OUT}/INFOSMS/subscriptions", {"notifyURL": url, "callbackData": "cb", "criteria": ""})
    assert answer.status == 201
    (made,) = answer.json.values()
    assert made["callbackReference"] == {"callbackData": "cb", "notifyURL": url}
    name = made["resourceURL"].rpartition("/")[2]
    assert made["resourceURL"] == f"{pushes.url}{OUT}/subscriptions/{name}"
    again = form(pushes, f"{OUT}/INFOSMS/subscriptions", {"notifyURL": url, "callbackData": "cb"})
    assert again.json == answer.json, "the same wish is one subscription"
    line = {"subscriptionId": name, "senderAddress": "INFOSMS", "criteria": None, "notifyUrl": url}
    line["callbackData"] = "cb"
    assert pushes.get(f"{OUT}/INFOSMS/subscriptions").json == {"deliveryReceiptSubscriptions": [line]}
    assert pushes.get(f"{OUT}/Other/subscriptions").json == {"deliveryReceiptSubscriptions": []}
    assert pushes.get(f"{OUT}/subscriptions/{name}").json == {"deliveryReceiptSubscription": line}
    send(pushes, senderAddress="Other")
    mine = send(pushes, address=magic(0, 27))["sendMessageResults"][0]
    (told,) = called(receiver, "/receipts")
    info = {"address": mine["destinationAddress"], "deliveryStatus": "DeliveryImpossible"}
    assert told == {"deliveryInfoNotification": {"deliveryInfo": info, "callbackData": "cb"}}
    gone = pushes.call("DELETE", f"{OUT}/subscriptions/{name}")
    assert (gone.status, gone.body) == (204, b"")
    assert not {"content-type", "content-length"} & gone.headers.keys(), "nothing is said of what is not there"
    assert pushes.get(f"{OUT}/subscriptions").json == {"deliveryReceiptSubscriptions": []}
    settled(pushes, send(pushes)["sendMessageResults"][0]["messageId"])
    assert len(receiver.calls("/receipts")) == 1


def test_subscriptions_to_messages_from_phones(platform: Served, pushes: Client, receiver: Receiver) -> None:
    fields = {"destinationAddress": "7568", "criteria": "testcriteria", "notifyURL": receiver.url("/mo"),
              "callbackData": "cb", "notificationFormat": "JSON", "clientCorrelator": "c"}  # fmt: skip
    answer = form(pushes, f"{IN}/subscriptions", fields)
    name = answer.json["resourceReference"]["resourceURL"].rpartition("/")[2]
    (line,) = pushes.get(f"{IN}/subscriptions?page=1&pageSize=10").json["subscriptions"]
    assert (line["subscriptionId"], line["notifyURL"]) == (name, fields["notifyURL"])
    assert pushes.get(f"{IN}/subscriptions/{name}").json == {"subscription": line}
    assert pushes.get(f"{IN}/subscriptions?page=2&pageSize=10").json == {"subscriptions": []}, "pages have an end"
    for text in ("other text", " TestCriteria and more"):
        phone(platform, text, "7568")
    (told,) = called(receiver, "/mo")
    (message,) = told.pop("inboundSMSMessage")
    assert told == {"numberOfMessagesInThisBatch": 1, "totalNumberOfPendingMessages": 0, "resourceURL": None,
                    "callbackData": "cb"}  # fmt: skip
    assert (message["senderAddress"], message["destinationAddress"]) == ("76756", "7568")
    assert message["message"] == " TestCriteria and more"
    left = pushes.get(f"{IN}/registrations/INBOUND/messages?maxBatchSize=100").json["inboundSMSMessageList"]
    assert [one["message"] for one in left["inboundSMSMessage"]] == ["other text"], "what was pushed is not pulled too"
    assert pushes.call("DELETE", f"{OUT}/subscriptions/{name}").status == 204, "as the client of PHP does"


def test_the_pull_of_messages_from_phones(platform: Served, client: Client) -> None:
    phone(platform, "TestCriteria", "7567")
    found = client.get(f"{IN}/registrations/INBOUND/messages", {"maxBatchSize": 100}).json
    (message,) = found["inboundSMSMessageList"]["inboundSMSMessage"]
    at, id_ = message["dateTime"], message["messageId"]
    printed = (
        '{"inboundSMSMessageList":{"inboundSMSMessage":[{"dateTime":%d,"destinationAddress":"7567","messageId":"%s",'
        '"message":"TestCriteria","resourceURL":null,"senderAddress":"76756","moSessionId":0}],'
        '"numberOfMessagesInThisBatch":1,"totalNumberOfPendingMessages":0,"resourceURL":null,"callbackData":null}}'
    )
    assert found == json.loads(printed % (at, id_))
    empty = client.get(f"{IN}/registrations/INBOUND/messages").json["inboundSMSMessageList"]
    assert empty["inboundSMSMessage"] == []


ROAMING = [
    "address", "currentRoaming", "servingMccMnc", "resourceURL", "retrievalStatus", "extendedData", "callbackData",
]  # fmt: skip
EXTENDED = [
    "destinationAddress", "statusId", "doneTime", "pricePerMessage", "mccMnc", "servingMsc", "censoredServingMsc",
    "gsmErrorCode", "originalNetworkName", "portedNetworkName", "servingHlr", "imsi", "originalNetworkPrefix",
    "originalCountryPrefix", "originalCountryName", "isNumberPorted", "portedNetworkPrefix", "portedCountryPrefix",
    "portedCountryName", "numberInRoaming",
]  # fmt: skip


def test_roaming_status_at_once(client: Client) -> None:
    (roaming,) = client.get("/1/terminalstatus/queries/roamingStatus", {"address": "tel:+41793026727"}).json.values()
    assert (list(roaming), roaming["extendedData"]) == (ROAMING, None)
    assert (roaming["address"], roaming["retrievalStatus"]) == ("41793026727", "Retrieved")
    query = {"address": "41793026727", "includeExtendedData": "true"}
    extended = client.get("/1/terminalstatus/queries/roamingStatus", query).json["roaming"]["extendedData"]
    assert list(extended) == EXTENDED
    assert (extended["statusId"], extended["pricePerMessage"], extended["imsi"][:3]) == (5, 5, "228")


def test_roaming_status_pushed(pushes: Client, receiver: Receiver) -> None:
    query = {"address": "41793026727", "notifyURL": receiver.url("/hlr"), "includeExtendedData": "true",
             "callbackData": "cb", "clientCorrelator": "corr"}  # fmt: skip
    answer = pushes.get("/1/terminalstatus/queries/roamingStatus", query)
    assert (answer.status, answer.json) == (200, {})
    (told,) = called(receiver, "/hlr")
    roaming = told["terminalRoamingStatusList"]["roaming"]
    assert (list(roaming), list(roaming["extendedData"]), roaming["callbackData"]) == (ROAMING, EXTENDED, "cb")
    pushes.get("/1/terminalstatus/queries/roamingStatus", {**query, "address": "nobody"})
    bad = called(receiver, "/hlr", 2)[1]["terminalRoamingStatusList"]["roaming"]
    assert (bad["address"], bad["retrievalStatus"]) == ("nobody", "Error")


def test_subscriptions_to_roaming_statuses(pushes: Client, receiver: Receiver) -> None:
    path, url = "/1/smsmessaging/hlr/subscriptions", receiver.url("/hlr-all")
    made = form(pushes, path, {"notifyURL": url, "callbackData": "cb"}).json["deliveryReceiptSubscription"]
    name = made["resourceURL"].rpartition("/")[2]
    (line,) = pushes.get(f"{path}/{name}").json["deliveryReceiptSubscriptions"]
    assert line["notifyUrl"] == url
    pushes.get("/1/terminalstatus/queries/roamingStatus", {"address": "41793026727"})
    (told,) = called(receiver, "/hlr-all")
    assert told["terminalRoamingStatusList"]["roaming"]["callbackData"] == "cb"
    assert pushes.call("DELETE", f"{path}/{name}").status == 204


@pytest.mark.parametrize("spelling", ["form", "json"])
def test_a_login_gives_a_token_until_logout(platform: Served, spelling: str) -> None:
    nobody = Client(platform.url, None)
    login = {"username": "Aladdin", "password": "open sesame"}
    path = "/1/customerProfile/login"
    answer = form(nobody, path, login) if spelling == "form" else nobody.post(path, login)
    told = answer.json["login"]
    assert (answer.status, list(told), told["verified"]) == (200, ["verified", "ibAuthCookie"], True)
    mine = Client(platform.url, f"IBSSO {told['ibAuthCookie']}")
    profile = mine.get("/1/customerProfile")
    assert (profile.status, profile.json["username"]) == (200, "docs")
    assert mine.get("/account/1/balance").status == 200, "for every door"
    ended = mine.call("POST", "/1/customerProfile/logout", b"")
    assert (ended.status, ended.body) == (204, b""), "what the clients of Java, .NET and JavaScript wait for"
    assert mine.get("/1/customerProfile").status == 401


def test_wrong_logins_are_refused_and_limited(platform: Served) -> None:
    slow = Client(platform.url, None)
    wrong = [form(slow, "/1/customerProfile/login", {"username": "slow", "password": f"{n}"}) for n in range(25)]
    assert wrong[0].error == (401, "UNAUTHORIZED", "Invalid login details")
    assert wrong[0].json["requestError"]["serviceException"]["variables"] == [""]
    assert wrong[-1].error[:2] == (429, "TOO_MANY_REQUESTS")
    assert form(slow, "/1/customerProfile/login", {}).error[2].endswith("username")
    long = form(slow, "/1/customerProfile/login", {"username": "slow", "password": "x" * 8_192})
    assert long.error == (400, "SVC0002", "[body : The request body is larger than 8192 octets.]")
    assert Client(platform.url, "IBSSO nonsense").get("/1/customerProfile").status == 401


def test_an_account_may_forbid_logins_in_a_body(platform: Served) -> None:
    """Then they are as wrong as any other, and the header still opens."""
    login = {"username": "strict", "password": "secret"}
    nobody = Client(platform.url, None)
    for answer in (form(nobody, "/1/customerProfile/login", login), nobody.post("/1/customerProfile/login", login)):
        assert answer.error == (401, "UNAUTHORIZED", "Invalid login details")
    assert Client(platform.url, basic("strict", "secret")).get("/1/customerProfile").status == 200


def test_subscriptions_go_with_their_account(platform: Served) -> None:
    """The next one with its name gets its number, and must not be told to the URLs of the one before."""
    brief, body = Client(platform.url, basic("brief", "secret")), {"notifyURL": "http://before.example/x"}
    for _ in range(2):
        for command in (
            ("account", "add", "brief"),
            ("user", "add", "brief", "--account", "brief", "--password", "secret"),
        ):
            assert stentor(*command, "--data", platform.data).code == 0
        assert brief.get(f"{OUT}/subscriptions").json == {"deliveryReceiptSubscriptions": []}
        assert brief.post(f"{OUT}/subscriptions", body).status == 201
        assert stentor("account", "remove", "brief", "--data", platform.data).code == 0
        assert brief.get(f"{OUT}/subscriptions").status == 401


def test_a_new_password_ends_the_tokens(platform: Served) -> None:
    login = {"username": "second", "password": "secret"}
    token = Client(platform.url, None).post("/1/customerProfile/login", login).json["login"]["ibAuthCookie"]
    second = Client(platform.url, f"IBSSO {token}")
    assert second.get("/1/customerProfile").status == 200
    ended = stentor("user", "set", "second", "--password", "another", "--data", platform.data)
    assert ended.code == 0, ended
    assert second.get("/1/customerProfile").status == 401


def test_the_balance(client: Client) -> None:
    balance = client.get("/1/customerProfile/balance").json
    assert list(balance) == ["balance", "currency"]
    assert balance["currency"] == {"id": 2, "currencyName": "EUR", "symbol": "€"}
    assert 0 < balance["balance"] <= 100.5


def test_the_log(client: Client) -> None:
    (sent,) = send(client, callbackData="note")["sendMessageResults"]
    settled(client, sent["messageId"])
    for path in ("/2/messaging/outbound/logs/", "/1/messaging/outbound/logs/"):
        query = {"from": "1970-01-01T00:00:00.000+0000", "messageId": sent["messageId"]}
        found = client.get(path, query).json
        assert list(found) == ["from", "to", "hasMoreLogs", "logs"]
        (line,) = found["logs"]
        assert (line["messageText"], line["sender"], line["clientMetadata"]) == ("Hi", "INFOSMS", "note")
        assert (line["mcc"], line["mnc"], line["countryCode"], line["pricePerMessage"]) == ("228", "01", "CH", 0.01)


def test_short_links(client: Client) -> None:
    body = {"address": number(), "message": "See https://example.com/a?b=c now",
            "trackInfo": {"urlTrackInfo": {"type": "oneapi-links"}}}  # fmt: skip
    sent = client.post(f"{OUT}/INFOSMS/requests", body).json
    assert len(sent["urlTrackingProcessKey"]) == 32
    (line,) = client.get("/sms/1/logs", {"bulkId": sent["clientCorrelator"]}).json["results"]
    assert "example.com" not in line["text"]


REFUSED = [
    ("POST", f"{OUT}/X/requests", {"message": "x"}, "Request URI missing required component(s): address", "address"),
    ("POST", f"{OUT}/X/subscriptions", {}, "Request URI missing required component(s): notifyURL", "notifyURL"),
    ("POST", f"{IN}/subscriptions", {"notifyURL": "http://x"}, "destinationAddress", "destinationAddress"),
    ("POST", f"{OUT}/subscriptions", {"notifyURL": "ftp://x"}, "is not an http or https URL", "notifyURL"),
    ("POST", f"{OUT}/subscriptions", {"notifyURL": "http://x", "criteria": "a b"}, "is not one word", "criteria"),
    ("POST", f"{OUT}/X/requests", {"address": "1", "notifyURL": "x"}, "[notifyURL : 'x' is not an http", "notifyURL"),
    ("POST", f"{OUT}/X/requests", {"address": ",".join("1" * 10_001)}, "is limited to 10000", "address"),
    *(
        (
            "POST",
            f"{OUT}/X/requests",
            {"address": "1", f"trackInfo[{kind}][processKey]": "zz"},
            f"[trackInfo.{kind}.processKey : 'zz' is not the key",
            f"trackInfo.{kind}.processKey",
        )
        for kind in ("initTagInfo", "urlTrackInfo")
    ),
    (
        "POST",
        f"{OUT}/X/requests",
        {"address": "1", "trackInfo[urlTrackInfo][processKey]": "aa", "trackInfo[initTagInfo][processKey]": "bb"},
        "'bb' is not that of urlTrackInfo",
        "trackInfo.initTagInfo.processKey",
    ),
    ("GET", "/1/terminalstatus/queries/roamingStatus", {}, "Request URI missing required component(s): ", "address"),
    ("GET", "/1/terminalstatus/queries/roamingStatus", {"address": "tel:"}, "component(s): address", "address"),
    ("GET", f"{IN}/registrations/INBOUND/messages", {"maxBatchSize": "x"}, "is not a whole number", "maxBatchSize"),
]


@pytest.mark.parametrize(("method", "path", "fields", "text", "variable"), REFUSED)
def test_refusals_name_what_is_wrong_in_a_list(
    client: Client, method: str, path: str, fields: dict[str, str], text: str, variable: str
) -> None:
    answer = form(client, path, fields) if method == "POST" else client.get(path, fields)
    error = answer.json["requestError"]
    assert list(error) == ["serviceException", "policyException"]
    assert list(error["serviceException"]) == ["text", "messageId", "variables"]
    assert (answer.status, error["serviceException"]["messageId"], error["policyException"]) == (400, "SVC0002", None)
    assert text in error["serviceException"]["text"]
    assert error["serviceException"]["variables"] == [variable]


def test_an_unknown_tag_is_named_as_it_was_given(client: Client) -> None:
    key = client.post("/1/conversion-rate/process", {"name": "p", "description": "d"}).json["key"]
    tracked = {"initTagInfo": {"processKey": key, "tag": "NOPE"}}
    answer = client.post(f"{OUT}/X/requests", {"address": number(), "message": "x", "trackInfo": tracked})
    assert answer.error == (400, "SVC0002", "[trackInfo.initTagInfo.tag : 'NOPE' is not a tag of this process.]")


@pytest.mark.parametrize(
    ("octets", "variable"),
    [
        (b'{"address": [1, null]}', "address[1]"),
        (b'{"language": {"languageCode": [1]}}', "language.languageCode"),
        (b"<request><address>1</address></request>", "body"),
        (b'[{"address": "1"}]', "body"),
        (b'\xef\xbb\xbf[{"address": "1"}]', "body"),
        (b'--x\r\nContent-Disposition: form-data; name="address"\r\n\r\n1\r\n--x--\r\n', "body"),
        (b"address=1&message=x&language=Turkish", "language"),
        (b"address=1&message=x&language=" + b"[" * 50_000, "language"),
        (b"address=1&message=x&language=[]", "language"),
        (b"&".join([b"address=1"] * 20_001), "body"),
        (b"address=1&message=" + b"%41" * 400_000, "body"),
        (b"", "address"),
    ],
    ids=[
        "in-a-list",
        "in-an-object",
        "xml",
        "list",
        "byte-order-mark",
        "multipart",
        "no-object",
        "deep",
        "a-list",
        "fields",
        "octets",
        "nothing",
    ],
)
def test_bodies_that_are_not_understood(client: Client, octets: bytes, variable: str) -> None:
    answer = client.call("POST", f"{OUT}/X/requests", octets, {"Content-Type": "application/json"})
    assert answer.error[:2] == (400, "SVC0002")
    assert answer.json["requestError"]["serviceException"]["variables"] == [variable]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", f"{OUT}/X/requests", "POST"), ("PUT", f"{IN}/subscriptions", "GET, POST"),
     ("GET", "/1/customerProfile/login", "POST"), ("POST", "/1/customerProfile/balance", "GET")],
)  # fmt: skip
def test_wrong_methods_are_refused_in_the_words_of_oneapi(client: Client, method: str, path: str, allowed: str) -> None:
    answer = client.call(method, path)
    assert (answer.error[:2], answer.headers["allow"]) == ((405, "METHOD_NOT_ALLOWED"), allowed)
    assert answer.json["requestError"]["serviceException"]["variables"] == [""]
    assert answer.json["requestError"]["policyException"] is None


@pytest.mark.parametrize(
    "path", [f"{OUT}/requests/a/b/c", "/1/customerProfile/list", "/1/terminalstatus", "/restapi/1/smsmessaging/x"]
)
def test_unknown_paths_are_refused_in_the_words_of_oneapi(client: Client, path: str) -> None:
    """The client of PHP implodes `variables`, whatever was wrong."""
    answer = client.get(path)
    assert answer.error == (404, "NOT_FOUND", f"Requested URL not found: {path}")
    assert answer.json["requestError"]["serviceException"]["variables"] == [""]
    assert "variables" not in client.get("/sms/1/nothing").json["requestError"]["serviceException"]


def test_what_is_anothers_looks_missing(client: Client, pushes: Client) -> None:
    sent = send(client)
    made = form(client, f"{OUT}/subscriptions", {"notifyURL": "http://customer.example/x"}).json
    name = made["deliveryReceiptSubscription"]["resourceURL"].rpartition("/")[2]
    paths = [f"{OUT}/requests/{sent['clientCorrelator']}/deliveryInfos", f"{OUT}/subscriptions/{name}"]
    assert {pushes.get(path).status for path in paths} == {404}
    assert pushes.call("DELETE", f"{OUT}/subscriptions/{name}").status == 404
    assert client.call("DELETE", f"{OUT}/subscriptions/{name}").status == 204
