"""XML over HTTP: every list form, which of the two an answer is in, refusals, both generations of names (xml.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from xml_documents import TABLES

from support.description import Description
from support.process import Demo, Served
from support.receiver import Receiver
from support.sms import new_id, number, settled
from support.waiting import until
from support.web import Answer, Client, basic

JSON, XML = "application/json", "application/xml"
ONE_API = ("/1/smsmessaging", "/1/terminalstatus", "/1/customerProfile", "/1/messaging", "/2/messaging")
OLDER = ("/api/", *ONE_API, "/push/1/applications")
"""Dialects with media types of their own, and what is JSON only."""
SINGLE, MULTI, ADVANCED = "/sms/1/text/single", "/sms/1/text/multi", "/sms/1/text/advanced"


def post(client: Client, path: str, body: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.call("POST", path, body.encode(), {"Content-Type": XML, **named})


def sent(client: Client, path: str, body: str) -> ET.Element:
    answer = post(client, path, body)
    assert (answer.status, answer.headers["content-type"]) == (200, XML), answer
    return ET.fromstring(answer.body)


def texts(root: ET.Element, name: str) -> list[str | None]:
    return [element.text for element in root.iter(name)]


FORMS = {
    "nested": "<request><from>InfoSMS</from><to><to>{a}</to><to>{b}</to></to><text>x</text></request>",
    "repeated": "<request><from>InfoSMS</from><to>{a}</to><to>{b}</to><text>x</text></request>",
    "another root": "<SMSTextualRequest><text>x</text><to><to> {a} </to>\n<to>+{b}</to></to></SMSTextualRequest>",
    "multi, nested": "<request><messages><messages><to><to>{a}</to></to></messages><messages><to>{b}</to></messages>"
    "</messages></request>",
    "multi, singular": "<request><messages><message><to>{a}</to></message><message><to>{b}</to></message></messages>"
    "</request>",
    "advanced, flat": "<request><messages><destinations><to>{a}</to></destinations></messages>"
    "<messages><destinations><to>{b}</to></destinations></messages></request>",
    "advanced, flat destinations": "<request><messages><destinations><to>{a}</to></destinations>"
    "<destinations><to>{b}</to></destinations></messages></request>",
    "advanced, nested": "<request><messages><messages><destinations><destinations><to>{a}</to></destinations>"
    "<destinations><to>{b}</to></destinations></destinations></messages></messages></request>",
    "advanced, singular": "<SMSAdvancedTextualRequest><messages><message><destinations><destination><to>{a}</to>"
    "</destination><destination><to>{b}</to></destination></destinations></message></messages>"
    "</SMSAdvancedTextualRequest>",
    "advanced, to": "<request><messages><to><to>{a}</to><to>{b}</to></to></messages></request>",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_list_form_is_taken(form: str, client: Client) -> None:
    path = {"multi": MULTI, "advanced": ADVANCED}.get(form.partition(",")[0], SINGLE)
    a, b = number(), number()
    root = sent(client, path, FORMS[form].format(a=a, b=b))
    assert root.tag == ("SMSResponse" if path == SINGLE else "SendSMSResponse")
    assert [child.tag for child in root] == ["bulkId", "messages"]
    assert [child.tag for child in root[1]] == ["messages", "messages"]
    assert texts(root, "to") == [a, b]


def test_one_number_has_no_bulk_id(client: Client) -> None:
    to = number()
    for body in (f"<to>{to}</to>", f"<to><to>{to}</to></to>"):
        root = sent(client, SINGLE, f"<request>{body}<text>x</text></request>")
        assert [child.tag for child in root] == ["messages"]


def test_parameters_mean_what_they_mean_in_json(client: Client) -> None:
    """Blanks of a text are kept, what is empty is not there, a bad number is a status."""
    message, bulk = new_id(), new_id("bulk")
    body = f"""
    <request>
      <bulkId> {bulk} </bulkId>
      <messages>
        <from> InfoSMS </from>
        <destinations><to>{number()}</to><messageId>
          {message}
        </messageId></destinations>
        <destinations><to/></destinations>
        <text> a &lt;b&gt; &amp; "ж" </text>
        <flash>true</flash><intermediateReport/><notifyUrl></notifyUrl><sendAt/>
        <validityPeriod> 60 </validityPeriod><unknown><to>1</to></unknown>
      </messages>
    </request>"""
    root = sent(client, ADVANCED, body)
    assert texts(root, "bulkId") == [bulk]
    assert texts(root, "id") == ["0", "51"]
    line = settled(client, message)[0]
    assert (line["from"], line["text"]) == ("InfoSMS", ' a <b> & "ж" ')
    assert texts(ET.fromstring(_logs(client, message).body), "text") == [' a <b> & "ж" ']


def _logs(client: Client, message: str) -> Answer:
    return client.call("GET", f"/sms/1/logs?messageId={message}", None, {"Accept": XML})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, XML),
        ({"Accept": "*/*"}, XML),
        ({"Accept": JSON}, JSON),
        ({"Accept": "text/xml"}, XML),
        ({"Content_Type": "text/xml; charset=utf-8"}, XML),
        ({"Content_Type": "text/xml", "Accept": JSON}, JSON),
    ],
)
def test_answers_to_xml(headers: dict[str, str], expected: str, client: Client) -> None:
    for body, status in ((f"<r><to>{number()}</to></r>", 200), ("<r>", 400)):
        answer = post(client, SINGLE, body, **headers)
        assert (answer.status, answer.headers["content-type"]) == (status, expected)


def test_answers_to_json_and_to_nothing(client: Client) -> None:
    single = b'{"to":"%b"}' % number().encode()
    for headers, expected in (({"Content-Type": JSON, "Accept": XML}, XML), ({"Content-Type": JSON}, JSON)):
        assert client.call("POST", SINGLE, single, headers).headers["content-type"] == expected
    path = "/account/1/balance"
    for headers, expected in (({}, JSON), ({"Accept": "text/xml"}, XML), ({"Content-Type": XML}, XML)):
        assert client.call("GET", path, None, headers).headers["content-type"] == expected


def test_the_balance(client: Client) -> None:
    answer = client.call("GET", "/account/1/balance", None, {"Accept": XML})
    assert re.fullmatch(
        rb"<AccountBalance><balance>[0-9.]+</balance><currency>EUR</currency></AccountBalance>", answer.body
    )


def test_an_empty_list(client: Client) -> None:
    nothing = {"messageId": new_id()}
    for path, expected in (
        ("/sms/1/reports", b"<SMSReportResponse></SMSReportResponse>"),
        ("/sms/1/logs", b"<SMSLogsResponse><results></results></SMSLogsResponse>"),
    ):
        answer = client.call("GET", f"{path}?messageId={nothing['messageId']}", None, {"Accept": XML})
        assert answer.body == expected


REFUSED = {
    400: ("POST", SINGLE, {}),
    401: ("GET", "/sms/1/logs", {"Authorization": basic("nobody", "nothing")}),
    404: ("GET", "/sms/1/nothing", {}),
    405: ("GET", SINGLE, {}),
    413: ("POST", SINGLE, {"Content-Length": str(100 * 1024 * 1024)}),
    415: ("POST", SINGLE, {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("status", REFUSED)
def test_refusals(status: int, client: Client) -> None:
    method, path, headers = REFUSED[status]
    answer = client.call(method, path, b"<r>" if method == "POST" else None, {**headers, "Accept": XML})
    assert (answer.status, answer.headers["content-type"]) == (status, XML)
    plain = client.call(
        method, path, b"<r>" if method == "POST" else None, {"Content-Type": XML, **headers, "Accept": JSON}
    )
    _, message_id, text = plain.error
    assert answer.headers.keys() == plain.headers.keys()
    root = ET.fromstring(answer.body)
    assert [element.tag for element in root.iter()] == [
        "ApiException",
        "requestError",
        "serviceException",
        "messageId",
        "text",
    ]
    assert root.findtext(".//messageId") == message_id
    assert status == 400 or root.findtext(".//text") == text


def test_every_route_of_accounts_speaks_xml(demo: Demo, client: Client) -> None:
    for (method, path), operation in Description(Client(demo.url, None)).operations.items():
        good = operation["responses"].get("200", {})
        if {"login": []} not in operation["security"] or JSON not in good.get("content", {}) or path.startswith(OLDER):
            continue
        assert XML in good["content"], path
        body = "<request/>" if "requestBody" in operation else ""
        target = re.sub(r"{\w+}", "nothing", path)
        answer = client.call(method, target, body.encode(), {"Content-Type": XML})
        assert answer.headers["content-type"] == XML, (method, path, answer)
        ET.fromstring(answer.body)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An account with `xml_names = "later"`."""
    running = Served(tmp_path_factory.mktemp("later"), TABLES)
    yield Client(running.url, basic("later", "open sesame"))
    running.stop()


def test_later_names(later: Client) -> None:
    message, to = new_id(), number()
    for path in (SINGLE, MULTI):
        root = sent(later, path, f"<request><messages><to>{to}</to></messages><to>{to}</to></request>")
        assert [element.tag for element in root.iter()][:4] == ["smsResponse", "messages", "message", "to"]
    destination = f"<destination><to>{to}</to><messageId>{message}</messageId></destination>"
    root = sent(
        later,
        ADVANCED,
        f"<r><messages><message><from>InfoSMS</from><destinations>{destination}</destinations></message></messages></r>",
    )
    assert [element.tag for element in root.iter()][:4] == ["smsResponse", "bulkId", "messages", "message"]
    settled(later, message)
    logs = ET.fromstring(_logs(later, message).body)
    assert [element.tag for element in logs.iter()][:4] == ["smsLogsResponse", "results", "result", "bulkId"]
    assert texts(logs, "pricePerMessage") == ["0.01"]
    reports = later.call("GET", f"/sms/1/reports?messageId={message}", None, {"Accept": XML})
    assert [element.tag for element in ET.fromstring(reports.body).iter()][:3] == [
        "reportResponse",
        "results",
        "result",
    ]
    assert later.call("GET", "/account/1/balance", None, {"Accept": XML}).body.startswith(b"<AccountBalance>")


def test_pushed_reports_in_both_generations(later: Client, client: Client, receiver: Receiver) -> None:
    for one, path, tags in (
        (client, "/xml-2015", ["reportResponse", "results", "bulkId"]),
        (later, "/xml-later", ["reportResponse", "results", "result"]),
    ):
        sent(
            one,
            ADVANCED,
            f"<request><messages><from>InfoSMS</from><to>{number()}</to><notifyUrl>{receiver.url(path)}</notifyUrl>"
            "<notifyContentType>application/xml</notifyContentType></messages></request>",
        )
        until(lambda path=path: receiver.calls(path), "the report")  # type: ignore[misc]
        (call,) = receiver.calls(path)
        assert call.content_type == XML
        assert [element.tag for element in ET.fromstring(call.body).iter()][:3] == tags
