"""Sending over /api/v3/sendsms: the samples of 003 §2.2, each response value, and the habits of its clients."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from stentor.catalogue import RESPONSES, ResponseCode
from support.legacy import LOGIN, RESULT, Old, number, platform, pulled, query, rows
from support.process import Served
from support.web import TIMEOUT_S, Client, address

DIGITS = re.compile(r"\d{18}")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON, XML = "/api/v3/sendsms/json", "/api/v3/sendsms/xml"
PLAIN = "/api/v3/sendsms/plain"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with platform(tmp_path_factory.mktemp("legacy")) as running:
        yield running


@pytest.fixture
def old(served: Served) -> Old:
    return Old(served.url)


def body(*messages: dict[str, Any], **more: Any) -> bytes:
    login = {"username": LOGIN["user"], "password": LOGIN["password"]}
    return json.dumps({"authentication": login, "messages": list(messages), **more}, ensure_ascii=False).encode()


def posted(old: Old, octets: bytes, path: str = JSON, headers: dict[str, str] | None = None) -> list[tuple[str, str]]:
    answer = old.call("POST", path, octets, headers or {"Content-Type": "application/json"})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv;charset=UTF-8"), answer
    return [(one["status"], one["messageid"]) for one in answer.json["results"]]


def message(**more: Any) -> dict[str, Any]:
    return {"sender": "Sender", "text": "Hello", "recipients": [{"gsm": number()}], **more}


# the samples of the document


def test_xml_to_one_and_to_many(old: Old) -> None:
    one = "<message><sender>Infobip</sender><text>Hello</text><recipients>{}</recipients></message>"
    ((status, message_id, destination),) = old.xml(one.format("<gsm>385951111111</gsm>"))
    assert (status, destination) == (0, "385951111111")
    assert DIGITS.fullmatch(message_id)
    many = old.xml(one.format("".join(f"<gsm>38595{n}</gsm>" for n in (1111111, 2222222, 3333333))))
    assert [row[0] for row in many] == [0, 0, 0]
    assert len({row[1] for row in many}) == 3


def test_the_answers_are_as_long_as_those_of_the_document(old: Old) -> None:
    answer = old.ask(PLAIN, sender="Friend", SMSText="x", GSM="385951111111")
    assert answer.headers["content-length"] == "177"
    assert answer.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<results>\n<result>\n<status>0</status>')


def test_client_ids_come_back_in_order(old: Old) -> None:
    ids = [f"clientmsgID{number()}" for _ in range(3)]
    gsms = "".join(f'<gsm messageId="{one}">{number()}</gsm>' for one in ids)
    found = old.xml(f"<message><sender>Infobip</sender><text>Hello</text><recipients>{gsms}</recipients></message>")
    assert [row[:2] for row in found] == [(0, one) for one in ids]


def test_an_id_of_digits_is_the_messages_id_in_every_api(old: Old) -> None:
    ((_, message_id, _),) = old.plain(GSM=number(), SMSText="by digits")
    assert DIGITS.fullmatch(message_id)
    (log,) = old.modern.get("/sms/1/logs", {"messageId": message_id}).json["results"]
    assert (log["messageId"], log["text"]) == (message_id, "by digits")
    assert f'id="{message_id}"' in pulled(old, messageid=message_id)
    ((status, *_),) = old.plain(GSM=number(), messageId=message_id)
    assert status == ResponseCode.DUPLICATE_MESSAGEID


def test_json_as_printed(old: Old) -> None:
    answer = old.call("POST", JSON, body(message(recipients=[{"gsm": "385951111111"}])))
    assert re.fullmatch(
        r'\{"results": \[\r\n\{"status":"0","messageid":"\d{18}","destination":"385951111111"\}\r\n\]\}',
        answer.body.decode(),
    )


def test_json_as_long_as_printed(old: Old) -> None:
    """Content-Length of the samples in 003 §2.2.2.3 and §2.2.2.4."""
    three = [{"gsm": f"38595{n}"} for n in (1111111, 2222222, 3333333)]
    for recipients, length in ((three[:1], "95"), (three, "253"), ([{"gsm": "000000000000"}], "79")):
        assert old.call("POST", JSON, body(message(recipients=recipients))).headers["content-length"] == length


def test_what_was_refused_keeps_the_clients_id_in_xml(old: Old) -> None:
    """As in the second sample of a partially unsuccessful request; an id of ours it has none."""
    own = f"clientmsgID{number()}"
    gsms = f'<gsm messageId="{own}">{number()}</gsm><gsm messageId="b&amp;">00000000000</gsm><gsm>00000000000</gsm>'
    found = old.xml(f"<message><sender>Infobip</sender><text>Hello</text><recipients>{gsms}</recipients></message>")
    assert [row[:2] for row in found] == [(0, own), (-13, "b&"), (-13, "")]
    assert old.plain(GSM=number(), messageid=own)[0][:2] == (-33, own)
    assert old.plain(GSM=number(), messageid=own, sendDateTime="x")[0][:2] == (-27, own)
    assert posted(old, body(message(recipients=[{"gsm": "0", "messageId": f"x{own}"}]))) == [("-13", "")]


def test_samples_with_a_slip(old: Old) -> None:
    """`<datacoding>240</dataCoding>` in XML 2.c, and the text of JSON 1.f that goes on in the next line."""
    inner = INNER.format(f"<datacoding>240</dataCoding><recipients><gsm>{number()}</gsm></recipients>")
    ((status, message_id, _),) = old.xml(inner.replace("Hello", "Hello WORLD"))
    assert (status, old.log(message_id)["text"]) == (0, "Hello WORLD")
    long = f"longtestsmsis very l{'o' * 150}ng end"
    ((_, message_id),) = posted(old, body(message(text=long, type="longSMS")).replace(b" very ", b" very\n"))
    assert old.log(message_id)["text"] == long.replace(" very ", " very\n")


def test_an_unconverted_unicode_text_with_the_charset_where_the_document_puts_it(old: Old) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "UTF-8"}
    ((status, message_id),) = posted(old, body(message(text="čćšđ", datacoding="8")), headers=headers)
    assert status == "0"
    assert old.log(message_id)["text"] == "čćšđ"


def test_long_scheduled_and_flash(old: Old) -> None:
    long, later, flash = message(text="loong " * 50, type="longSMS"), message(sendDateTime="0d0h10m"), message(flash=1)
    found = posted(old, body(long, later, flash))
    assert [status for status, _ in found] == ["0"] * 3
    lines = [old.log(message_id) for _, message_id in found]
    assert lines[0]["smsCount"] == 2
    assert lines[1]["status"]["name"] == "PENDING_ACCEPTED"  # type: ignore[index]


def test_plain_unicode_as_text_and_as_octets(old: Old) -> None:
    text = old.log(old.sent(SMSText="ččš", datacoding="8"))
    assert (text["text"], text["smsCount"]) == ("ččš", 1)
    octets = old.log(old.sent(binary="FEFF01610111010D0107", datacoding="8"))
    assert octets["text"] == "šđčć"


def test_octets_with_their_own_header(old: Old) -> None:
    assert old.log(old.sent(binary="06050400010241424344", esmclass="64"))["smsCount"] == 1


# parameters


def test_every_parameter_of_the_table_at_once(old: Old) -> None:
    given = {
        "sender": "12345", "flash": "0", "type": "longSMS", "datacoding": "0", "esmclass": "0", "srcton": "2",
        "srcnpi": "1", "destton": "1", "destnpi": "1", "sendDateTime": "", "ValidityPeriod": "01:30", "appid": "shop",
        "drPushUrl": "", "nopush": "0", "CampaignId": "77",
    }  # fmt: skip
    assert [one[0] for one in posted(old, body(message(**given)))] == ["0"]
    nothing = dict.fromkeys(given, None)
    assert [one[0] for one in posted(old, body(message(**nothing) | {"sender": "InfoSMS"}))] == ["0"]
    words = {name: "null" for name in given if name != "sender"}
    assert [one[0] for one in posted(old, body(message(**words)))] == ["0"]


def test_a_bookmark_is_a_wap_push(old: Old) -> None:
    line = old.log(old.sent(type="bookmark", bookmark="www.infobiiip.com/something.jpg", SMSText="Picture"))
    assert (line["text"], line["smsCount"]) == ("Picture www.infobiiip.com/something.jpg", 1)
    xml = (
        "<message><sender>Infobip</sender><text>Title</text><type>bookmark</type><wapurl>http://a.com/b</wapurl>"
        f"<recipients><gsm>{number()}</gsm></recipients></message>"
    )
    ((status, message_id, _),) = old.xml(xml)
    assert status == 0
    assert old.log(message_id)["text"] == "Title http://a.com/b"


def test_a_notification_is_one_sms(old: Old) -> None:
    assert old.plain(GSM=number(), type="nSMS")[0][0] == 0
    assert old.plain(GSM=number(), type="nSMS", SMSText="x" * 161)[0][0] == -23


def test_a_text_that_is_not_said_to_be_long(served: Served, old: Old) -> None:
    assert old.log(old.sent(SMSText="x" * 161))["smsCount"] == 2
    strict = Old(served.url, "strict", "secret")
    assert strict.plain(sender="Mine", GSM=number(), SMSText="x" * 161)[0][0] == -23
    assert strict.plain(sender="Mine", GSM=number(), SMSText="x" * 161, type="LongSMS")[0][0] == 0


PLAIN_TEXTS = {
    "said": ("&encoding=windows-1250&SMSText=%E8%9A", "čš"),
    "said otherwise": ("&ENCODING=KOI8-R&SMSText=%C4%C1", "да"),
    "UTF-8": ("&encoding=UTF-8&SMSText=%C4%8D", "č"),
    "UTF-8, not said": ("&encoding=null&SMSText=%C4%8D", "č"),
    "Latin-1, not said": ("&SMSText=%E9t%E9+%80", "été €"),
    "Latin-1, and said to be UTF-8": ("&encoding=utf-8&SMSText=%E9", "é"),
}


@pytest.mark.parametrize("name", PLAIN_TEXTS)
def test_charsets_in_a_query(old: Old, name: str) -> None:
    given, text = PLAIN_TEXTS[name]
    target = f"{PLAIN}?{query(**LOGIN, sender='Friend', GSM=number())}{given}"
    ((_, message_id, _),) = rows(old.call("GET", target))
    assert old.log(message_id)["text"] == text


def test_a_charset_that_nobody_knows(old: Old) -> None:
    for name in ("punycode", "iso-8859-12", "x" * 1_000):
        assert old.plain(GSM=number(), encoding=name)[0][0] == -23


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_raw_letters_in_a_url(served: Served, old: Old, charset: str) -> None:
    """As clients send them that put a URL together and encode nothing."""
    gsm, (host, port) = number(), address(served.url)
    login = query(**LOGIN, sender="Friend", GSM=gsm)
    with socket.create_connection((host, port), TIMEOUT_S) as connection:
        target = f"{PLAIN}?{login}&SMSText=été".encode(charset)
        connection.sendall(b"GET " + target + b" HTTP/1.0\r\n\r\n")
        answer = connection.makefile("rb").read().decode()
    ((status, message_id, _),) = RESULT.findall(answer)
    assert status == "0"
    assert old.log(message_id)["text"] == "été"


def test_a_raw_blank_in_a_url(served: Served, old: Old) -> None:
    """As two samples of 003 §2.2.3 have it."""
    login, (host, port) = query(**LOGIN, sender="Friend", GSM=number()), address(served.url)
    with socket.create_connection((host, port), TIMEOUT_S) as connection:
        target = f"{PLAIN}?{login}&SMSText= ččš&datacoding=8".encode()
        connection.sendall(b"GET " + target + b" HTTP/1.0\r\n\r\n")
        answer = connection.makefile("rb").read().decode()
    ((status, message_id, _),) = RESULT.findall(answer)
    assert status == "0"
    assert old.log(message_id)["text"] == " ččš"


FORM_TEXTS = {
    "raw, in UTF-8": ("ččš".encode(), ""),
    "raw, in a charset that is named": ("ččš".encode("cp1250"), "; charset=windows-1250"),
    "in UTF-8, whatever is named": ("ččš".encode(), "; charset=ISO-8859-1"),
}


@pytest.mark.parametrize("name", FORM_TEXTS)
def test_charsets_in_a_form(old: Old, name: str) -> None:
    text, named = FORM_TEXTS[name]
    octets = f"{query(**LOGIN, sender='Friend', GSM=number(), datacoding='8')}&SMSText=".encode() + text
    ((_, message_id, _),) = rows(old.call("POST", PLAIN, octets, {"Content-Type": FORM["Content-Type"] + named}))
    assert old.log(message_id)["text"] == "ččš"


XMLS = {
    "UTF-8": ("", "utf-8", ""),
    "UTF-8 with a mark": ("", "utf-8-sig", ""),
    "declared": ('<?xml version="1.0" encoding="ISO-8859-2"?>', "iso-8859-2", ""),
    "declared in vain": ('<?xml version="1.0" encoding="ISO-8859-1"?>', "utf-8", ""),
    "UTF-16": ("", "utf-16", ""),
    "in the header": ("", "windows-1250", "; charset=windows-1250"),
}


@pytest.mark.parametrize("name", XMLS)
def test_charsets_in_xml(old: Old, name: str) -> None:
    declaration, charset, named = XMLS[name]
    inner = INNER.format(f"<recipients><gsm>{number()}</gsm></recipients>").replace("Hello", "ččš")
    octets = f"{declaration}<SMS>{LOGIN_XML}{inner}</SMS>".encode(charset)
    ((_, message_id, _),) = rows(old.call("POST", XML, octets, {"Content-Type": f"application/xml{named}"}))
    assert old.log(message_id)["text"] == "ččš"


def test_charsets_in_json(old: Old) -> None:
    for octets in (body(message(text="é")).decode().encode("latin-1"), b"\xef\xbb\xbf" + body(message(text="é"))):
        ((_, message_id),) = posted(old, octets)
        assert old.log(message_id)["text"] == "é"


# response values


def _code(served: Served, code: ResponseCode) -> int:
    """How the platform is brought to say each."""
    old, poor = Old(served.url), Old(served.url, "poor", "secret")
    strict = Old(served.url, "strict", "secret")
    to = number()
    match code:
        case ResponseCode.ALL_RECIPIENTS_PROCESSED:
            return old.plain(GSM=to)[0][0]
        case ResponseCode.SEND_ERROR:
            strict.plain(GSM=to, sender="Mine")
            return strict.plain(GSM=to, sender="Mine")[0][0]
        case ResponseCode.NOT_ENOUGH_CREDITS:
            return poor.plain(GSM="385951111111")[0][0]
        case ResponseCode.NETWORK_NOTCOVERED:
            return old.plain(GSM="4366412345678")[0][0]
        case ResponseCode.INVALID_USER_OR_PASS:
            return Old(served.url, "test", "wrong").plain(GSM=to)[0][0]
        case ResponseCode.MISSING_DESTINATION_ADDRESS:
            return old.plain(GSM="")[0][0]
        case ResponseCode.MISSING_USERNAME:
            return rows(old.get(PLAIN, {"password": "x", "GSM": to}))[0][0]
        case ResponseCode.MISSING_PASSWORD:
            return rows(old.get(PLAIN, {"username": "test", "GSM": to}))[0][0]
        case ResponseCode.INVALID_DESTINATION_ADDRESS:
            return old.plain(GSM="00000000000")[0][0]
        case ResponseCode.SYNTAX_ERROR:
            return rows(old.call("POST", XML, b"<SMS><authentication>"))[0][0]
        case ResponseCode.ERROR_PROCESSING:
            return old.plain(GSM=to, binary="4X")[0][0]
        case ResponseCode.COMMUNICATION_ERROR:
            slow = Old(served.url, "slow", "secret")
            answers = [slow.ask(PLAIN, sender="Friend", SMSText="x", GSM=number()) for _ in range(3)]
            assert answers[-1].status == 429
            assert answers[-1].headers["retry-after"] in ("1", "2")
            return int(re.findall(rb"<status>(-?\d+)", answers[-1].body)[0])
        case ResponseCode.INVALID_SENDDATETIME:
            return old.plain(GSM=to, sendDateTime="tomorrow")[0][0]
        case ResponseCode.INVALID_DELIVERY_REPORT_PUSH_URL:
            return old.plain(GSM=to, pushurl="ftp://example.com")[0][0]
        case ResponseCode.INVALID_CLIENT_APPID:
            return old.plain(GSM=to, appid="x" * 101)[0][0]
        case ResponseCode.DUPLICATE_MESSAGEID:
            old.plain(GSM=to, messageId=f"twice{to}")
            return old.plain(GSM=to, messageId=f"twice{to}")[0][0]
        case ResponseCode.SENDER_NOT_ALLOWED:
            return strict.plain(GSM=to, sender="Other")[0][0]
        case ResponseCode.GENERAL_ERROR:
            gsms = "<gsm>41791234567</gsm>" * 10_001
            return old.xml(f"<message><text>x</text><recipients>{gsms}</recipients></message>")[0][0]


@pytest.mark.parametrize("code", [ResponseCode(value) for value in RESPONSES], ids=lambda code: code.name)
def test_every_response_value(served: Served, code: ResponseCode) -> None:
    assert _code(served, code) == code


WRONG = {
    "CampaignId": "a\0b", "datacoding": "256", "esmclass": "x", "srcton": "7", "srcnpi": "2", "ValidityPeriod": "90",
    "IsFlash": "2", "nopush": "maybe", "type": "bookmark",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_cannot_be_used(old: Old, name: str) -> None:
    assert old.plain(**{"GSM": number(), name: WRONG[name]}) == [(-23, "", f"{int(number()) - 1}")]


def test_half_a_year_ahead_and_no_more(old: Old) -> None:
    assert old.plain(GSM=number(), sendDateTime="179d")[0][0] == 0
    assert old.plain(GSM=number(), sendDateTime="181d")[0][0] == -27


def test_a_wrong_message_leaves_the_others_alone(old: Old) -> None:
    two = [{"gsm": number()}, {"gsm": "abc"}]
    found = posted(old, body(message(sendDateTime="x", recipients=two), message(), message(recipients=two)))
    assert [status for status, _ in found] == ["-27", "-27", "0", "0", "-13"]
    assert [bool(message_id) for _, message_id in found] == [False, False, True, True, False]


def test_an_id_that_is_too_long_leaves_the_other_recipients_alone(old: Old) -> None:
    two = [{"gsm": number(), "messageId": "x" * 101}, {"gsm": number(), "messageId": f"own{number()}"}]
    found = posted(old, body(message(recipients=two), message(recipients=two[:1])))
    assert found == [("-23", ""), ("0", two[1]["messageId"]), ("-23", "")]


@pytest.mark.parametrize("name", ["text", "binary", "sender"])
def test_a_value_with_something_inside_is_none(old: Old, name: str) -> None:
    assert posted(old, body(message(**{name: {"x": "y"}}))) == [("-22", "")]
    xml = f"<message><{name}>a <b>c</b></{name}><recipients><gsm>{number()}</gsm></recipients></message>"
    assert old.xml(xml)[0][0] == -22


def test_destinations_are_digits_whatever_was_given(old: Old) -> None:
    """Of 64 bits, at most."""
    found = [row[2] for row in old.plain(GSM=f"+41793026727,abc,41x,{'9' * 19}")]
    assert found == ["41793026727", "000000000000", "000000000000", "000000000000"]


# habits of clients


INNER = "<message><sender>Infobip</sender><text>Hello</text>{}</message>"
BODIES = {
    "XML=, not encoded": "XML=<SMS>{login}{message}</SMS>",
    "misspelt": "<SMS><authentification><user>test</user><pass>test &amp; more</pass></authentification>{message}"
    "</SMS>",
    "beside the message": "<SMS>{login}{bare}<recipients><gsm messageid=''>{gsm}</gsm></recipients></SMS>",
    "other cases": "<sms>{login}<Message><Sender>Infobip</Sender><Text>x</Text><DataCoding/><SrcTon/><SendDateTime>null"
    "</SendDateTime><recipients><GSM>{gsm}</GSM><gsm></gsm></recipients></Message></sms>",
    "declared": '<?xml version="1.0" encoding="UTF-8"?>\n<SMS>{login}{message}</SMS>',
    "a tail": "<SMS>{login}<message><flash></flash> 1<text>x</text><sender>I23</sender><gsm>+{gsm}</gsm></message>"
    "</SMS>",
}
LOGIN_XML = "<authentication><username>test</username><password>test &amp; more</password></authentication>"


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_xml_as_clients_write_it(old: Old, name: str, content_type: str) -> None:
    gsm = number()
    inner = INNER.format(f"<recipients><gsm>{gsm}</gsm></recipients>")
    octets = BODIES[name].format(login=LOGIN_XML, message=inner, bare=INNER.format(""), gsm=gsm).encode()
    ((status, _, destination),) = rows(old.call("POST", XML, octets, {"Content-Type": content_type}))
    assert (status, destination) == (0, gsm)


def test_xml_in_a_form(old: Old) -> None:
    inner = INNER.format(f"<recipients><gsm>{number()}</gsm></recipients>")
    octets = query(XML=f"<SMS>{LOGIN_XML}{inner}</SMS>").encode()
    assert rows(old.call("POST", XML, octets, FORM))[0][0] == 0


JSONS = {
    "JSON=": lambda: b"JSON=" + body(message()),
    "encoded": lambda: query(JSON=body(message()).decode()).encode(),
    "one message": lambda: body(message=message()).replace(b'"messages": [], ', b""),
    "recipients beside": lambda: body({"sender": "Sender", "text": "x"}, recipients={"gsm": [int(number())]}),
    "other cases": lambda: body({"Sender": "Sender", "Text": "x", "Recipients": [{"GSM": number(), "MessageID": ""}]}),
    "numbers alone": lambda: body(message(recipients=[number()])),
}


@pytest.mark.parametrize("name", JSONS)
def test_json_as_clients_write_it(old: Old, name: str) -> None:
    assert [status for status, _ in posted(old, JSONS[name](), headers=FORM)] == ["0"]


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b"7", b"JSON=", b'{"a":' * 100_000, b"\xff"])
def test_broken_json(old: Old, octets: bytes) -> None:
    assert posted(old, octets) == [("-22", "")]


def test_several_numbers_and_ids_in_plain(old: Old) -> None:
    first, second = number(), number()
    found = old.plain(GSM=f"{first},{second}", messageid=f"m{first},m{second}")
    assert found == [(0, f"m{first}", first), (0, f"m{second}", second)]


def test_plain_by_post(old: Old) -> None:
    octets = query(username="test", **{"pass": LOGIN["password"]}, sender="Friend", smstext="x", gsm=number()).encode()
    assert rows(old.call("POST", PLAIN, octets, FORM))[0][0] == 0


def test_plain_in_json(old: Old) -> None:
    answer = old.ask(PLAIN, sender="Friend", SMSText="x", GSM=number(), output="json")
    assert answer.json["results"][0]["status"] == "0"
    octets = query(**LOGIN, OUTPUT="JSON", GSM="x").encode()
    assert old.call("POST", PLAIN, octets, FORM).json["results"][0]["status"] == "-13"
    target = f"{PLAIN}?{query(**LOGIN, sender='Friend', GSM=number())}&SMSText=output=json"
    assert rows(old.call("GET", target))[0][0] == 0


def multipart(**values: str) -> tuple[bytes, dict[str, str]]:
    """As PHP's curl sends an array."""
    boundary = "------------------------5a1b2c3d4e5f6071"
    parts = (f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in values.items())
    octets = f"{''.join(parts)}--{boundary}--\r\n".encode()
    return octets, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def test_an_array_of_php(old: Old) -> None:
    text = "50% & 1+1=2\r\n--čšž\r\n"
    octets, headers = multipart(**LOGIN, sender="Friend", SMSText=text, GSM=number(), output="json")
    (result,) = old.call("POST", PLAIN, octets, headers).json["results"]
    assert old.log(result["messageid"])["text"] == text
    inner = INNER.format(f"<recipients><gsm>{number()}</gsm></recipients>")
    octets, headers = multipart(XML=f"<SMS>{LOGIN_XML}{inner}</SMS>")
    assert rows(old.call("POST", XML, octets, headers))[0][0] == 0
    octets, headers = multipart(json=body(message()).decode())
    assert [status for status, _ in posted(old, octets, headers=headers)] == ["0"]


def test_a_query_beside_an_array_of_php(old: Old) -> None:
    octets, headers = multipart(SMSText="x", GSM=number())
    assert rows(old.call("POST", f"{PLAIN}?{query(**LOGIN, sender='Friend')}", octets, headers))[0][0] == 0
    broken = {"Content-Type": "multipart/form-data"}
    assert rows(old.call("POST", f"{PLAIN}?{query(**LOGIN, sender='Friend')}", octets, broken))[0][0] == -6


def test_ids_stay_with_their_numbers(old: Old) -> None:
    first, second = number(), number()
    target = f"{PLAIN}?{query(**LOGIN, sender='Friend')}&GSM={first}&GSM={second}&messageid=&messageid=m{second}"
    one, two = rows(old.call("GET", target))
    assert DIGITS.fullmatch(one[1])
    assert two == (0, f"m{second}", second)


# logins


def test_a_header_does_as_well(served: Served) -> None:
    answer = Old(served.url).modern.get(PLAIN, {"sender": "Friend", "SMSText": "x", "GSM": number()})
    assert rows(answer)[0][0] == 0


def test_an_account_may_forbid_logins_in_queries_and_bodies(served: Served) -> None:
    modern = Old(served.url, "modern", "secret")
    assert modern.plain(GSM=number()) == [(-5, "", "000000000000")]
    assert rows(modern.modern.get(PLAIN, {"sender": "Friend", "SMSText": "x", "GSM": number()}))[0][0] == 0
    v1 = {"username": "modern", "password": "secret", "from": "Friend", "to": number(), "text": "x"}
    assert Client(served.url, None).get("/sms/1/text/query", v1).status == 401
    assert Client(served.url, None).get("/sms/1/text/query", {**v1, "username": "strict"}).status == 200


# the generations before


def test_plain_of_the_second_generation(old: Old) -> None:
    assert rows(old.ask("/api/v2/sendsms/plain", sender="Friend", SMSText="x", GSM=number()))[0][0] == 0


def test_plain_of_the_first_generation(old: Old) -> None:
    answer = old.ask("/api/sendsms/plain", sender="Friend", SMSText="x", GSM=f"{number()},1")
    good, bad = answer.body.decode().split("\r\n")
    assert int(good) > 0
    assert bad == "-13"
    assert answer.headers["content-type"] == "text/plain;charset=UTF-8"


@pytest.mark.parametrize(
    ("inner", "status"),
    [
        ("<message><sender>Infobip</sender><text>x</text><gsm>41793026727</gsm><gsm>41793026728</gsm></message>", 2),
        ("<message><sender>Infobip</sender><text>x</text></message>", -4),
        ("<message", -2),
        ("<message><sender>x</sender><text>x</text><gsm>41793026727</gsm></message>", -5),
    ],
)
def test_xml_of_the_first_generation(old: Old, inner: str, status: int) -> None:
    answer = old.call("POST", "/api/sendsms/xml", f"<SMS>{LOGIN_XML}{inner}</SMS>".encode())
    assert re.fullmatch(
        rf"<RESPONSE><status>{status}</status><credits>[0-9.]+</credits></RESPONSE>", answer.body.decode()
    )


def test_a_wrong_login_of_the_first_generation(old: Old) -> None:
    octets = f"<SMS>{LOGIN_XML.replace('more', 'less')}</SMS>".encode()
    assert b"<status>-1</status>" in old.call("POST", "/api/sendsms/xml", octets).body
