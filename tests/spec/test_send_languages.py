"""National languages, transliteration, octets, query string and preview (004, `spec/wire.md` A1, `spec/xml.md` 2)."""

from __future__ import annotations

from typing import Any

import pytest

from stentor.api.v1.languages import TRANSLITERATIONS
from stentor.text.transliteration import TABLES
from support.process import Demo
from support.sms import number
from support.web import Client

TURKISH = "Artık Ulusal Dil Tanımlayıcısı ile Türkçe karakterli smslerinizi rahatlıkla iletebilirsiniz."


def _advanced(client: Client, **message: Any) -> dict[str, Any]:
    given = {"from": "InfoSMS", "destinations": [{"to": number()}], **message}
    answer = client.post("/sms/1/text/advanced", {"messages": [given]})
    assert answer.status == 200, answer
    return dict(answer.json["messages"][0])


def _logged(client: Client, sent: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/sms/1/logs?messageId={sent['messageId']}").json["results"][0])


def _refused(client: Client, path: str, body: dict[str, Any]) -> str:
    answer = client.post(path, body)
    assert answer.status == 400
    return str(answer.json["requestError"]["serviceException"]["text"])


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 2),
        ({"language": {"languageCode": "TR", "singleShift": True, "lockingShift": False}}, 1),
        ({"language": {"languageCode": "tr"}}, 1),
        ({"language": {}}, 2),
        ({"language": None, "transliteration": "NONE"}, 2),
        ({"transliteration": "TURKISH"}, 1),
        ({"transliteration": "turkish"}, 1),
        ({"transliteration": "GREEK"}, 2),
        ({"language": {"languageCode": "PT"}, "transliteration": "NON_UNICODE"}, 1),
    ],
)
def test_how_many_parts_a_text_takes(client: Client, options: dict[str, Any], count: int) -> None:
    assert _advanced(client, text=TURKISH, **options)["smsCount"] == count


def test_the_log_has_what_was_sent(client: Client) -> None:
    language = {"languageCode": "TR", "singleShift": True, "lockingShift": False}
    national = _advanced(client, text="ğış", language=language, transliteration="TURKISH")
    assert _logged(client, national)["text"] == "ğış"
    assert _logged(client, _advanced(client, text="ğış", transliteration="TURKISH"))["text"] == "gis"
    beyond = _advanced(client, text="ğış 你好", language=language, transliteration="NON_UNICODE")
    assert _logged(client, beyond)["text"] == "gis NiHao"


def test_unknown_names_are_named(client: Client) -> None:
    message = {"from": "InfoSMS", "destinations": [{"to": number()}], "text": "x"}
    text = _refused(client, "/sms/1/text/advanced", {"messages": [{**message, "language": {"languageCode": "XX"}}]})
    assert text.startswith("[messages[0].language.languageCode : 'XX' is not one of TR, ES, PT")
    text = _refused(client, "/sms/1/text/advanced", {"messages": [{**message, "transliteration": "KLINGON"}]})
    assert text.startswith("[messages[0].transliteration : 'KLINGON' is not one of TURKISH")
    assert set(TRANSLITERATIONS) == set(TABLES)


@pytest.mark.parametrize(
    ("binary", "count", "text"),
    [
        ({"hex": "0048 0069", "dataCoding": 8}, 1, "Hi"),
        ({"hex": "48 69", "dataCoding": 0}, 1, "Hi"),
        ({"hex": "54 65 73 74", "dataCoding": 4}, 1, ""),
        ({"hex": "06050400010241424344", "dataCoding": 0, "esmClass": 64}, 1, "BCD"),
        ({"hex": "ab" * 141, "dataCoding": 4}, 2, ""),
        ({"hex": "00410042" * 36, "dataCoding": 8}, 2, "AB" * 36),
    ],
)
def test_octets(client: Client, binary: dict[str, Any], count: int, text: str) -> None:
    answer = client.post("/sms/1/binary/single", {"from": "InfoSMS", "to": number(), "binary": binary})
    sent = answer.json["messages"][0]
    assert (answer.status, sent["smsCount"], _logged(client, sent)["text"]) == (200, count, text)


@pytest.mark.parametrize(
    ("binary", "status"),
    [
        ({"hex": "09 01", "esmClass": 64}, "REJECTED_INVALID_UDH"),
        ({"hex": "050003010101" + "00" * 160, "dataCoding": 4, "esmClass": 64}, "REJECTED_MESSAGE_TOO_LONG"),
    ],
)
def test_octets_that_cannot_be_sent(client: Client, binary: dict[str, Any], status: str) -> None:
    body = {"messages": [{"from": "InfoSMS", "destinations": [{"to": number()}], "binary": binary}]}
    answer = client.post("/sms/1/binary/advanced", body)
    assert answer.json["messages"][0]["status"]["name"] == status


@pytest.mark.parametrize(
    ("binary", "told"),
    [
        (None, "[messages[0].binary.hex : may not be empty]"),
        ({"hex": "4"}, "[messages[0].binary.hex : '4' is not hexadecimal, two digits an octet.]"),
        ({"hex": "41", "dataCoding": 256}, "[messages[0].binary.dataCoding : 256 is not an octet: 0 to 255.]"),
        ({"hex": "41", "esmClass": -1}, "[messages[0].binary.esmClass : -1 is not an octet: 0 to 255.]"),
    ],
)
def test_octets_that_are_none(client: Client, binary: Any, told: str) -> None:
    body = {"messages": [{"from": "InfoSMS", "to": number(), "binary": binary}]}
    assert _refused(client, "/sms/1/binary/multi", body) == told


def test_one_message_by_query_string(client: Client, demo: Demo) -> None:
    query = f"username=Aladdin&password=open%20sesame&from=InfoSMS&to={number()},{number()}&text=%C5%9F&bulkId=Q"
    for method in ("GET", "POST"):
        anyone = Client(demo.url, None)
        answer = anyone.call(method, f"/sms/1/text/query?{query}{method}&transliteration=TURKISH")
        assert (answer.status, answer.json["bulkId"], len(answer.json["messages"])) == (200, f"Q{method}", 2)
    assert _logged(client, answer.json["messages"][0])["text"] == "s"
    assert Client(demo.url, None).get("/sms/1/text/query?username=Aladdin&password=no&to=1&text=x").status == 401
    assert Client(demo.url, None).get("/sms/1/reports?username=Aladdin&password=open%20sesame").status == 401


@pytest.mark.parametrize(
    ("body", "text", "count", "left", "configuration"),
    [
        ({"text": "Hello"}, "Hello", 1, 155, {}),
        ({"text": "ş" * 98, "languageCode": "TR"}, "ş" * 98, 1, 57, {"language": {"languageCode": "TR"}}),
        ({"text": "ş" * 10, "transliteration": "TURKISH"}, "s" * 10, 1, 150, {"transliteration": "TURKISH"}),
        ({"text": "ş" * 71}, "ş" * 71, 2, 63, {}),
        ({}, "", 1, 160, {}),
    ],
)
def test_preview(
    client: Client, body: dict[str, Any], text: str, count: int, left: int, configuration: dict[str, Any]
) -> None:
    answer = client.post("/sms/1/preview", body)
    shown = {
        "textPreview": text,
        "messageCount": count,
        "charactersRemaining": left,
        "configuration": configuration,
    }
    assert (answer.status, answer.json) == (200, {"originalText": body.get("text", ""), "previews": [shown]})
