"""URL templates (003 §2.8.1, 004 "Forwarding of received messages")."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stentor.core.forwarding import by_template, filled
from stentor.core.inbound import Inbound

ABC = Inbound(5, 1, "38598123123", "41793026727", "ABC", "ABC", "", b"ABC", 0, 0, 0, 1, 0, "net", "get")
ID, AT = "ff4804ef-6ab6-4abd-984d-ab3b1387e823", "2010/08/02 14:55:10"


def url(template: str, inbound: Inbound = ABC) -> str:
    return filled(template, inbound, ID, AT)


@pytest.mark.parametrize(
    ("template", "request_"),
    [
        (
            "http://some.server.com/incoming_sms.php?who=%sender%&what=%text%&output=xml",
            "http://some.server.com/incoming_sms.php?who=38598123123&what=ABC",
        ),
        (
            "http://some.server.com/incoming_sms.php?who=%sender%&what=%bin%",
            "http://some.server.com/incoming_sms.php?who=38598123123&what=414243",
        ),
        (
            "https://some.server.com/incoming_sms.php?who=%sender%&what=%text%&output=xml",
            "https://some.server.com/incoming_sms.php?who=38598123123&what=ABC",
        ),
    ],
)
def test_the_documents_examples(template: str, request_: str) -> None:
    assert url(template) == request_


def test_every_place() -> None:
    template = (
        "http://a.example/%Receiver%?s=%SENDER%&d=%datetime%&i=%messageid%&c=%datacoding%&e=%esmclass%&x=%nothing%"
    )
    assert url(template) == (
        f"http://a.example/41793026727?s=38598123123&d=2010%2F08%2F02%2014%3A55%3A10&i={ID}&c=0&e=0&x=%nothing%"
    )


def test_text_or_binary_where_both_are_asked_for() -> None:
    template = "http://a.example/?t=%text%&b=%bin%"
    assert url(template) == "http://a.example/?t=ABC&b="
    unicode = replace(ABC, text="я", data="я".encode("utf-16-be"), data_coding=8)
    assert url(template, unicode) == "http://a.example/?t=&b=044F"
    assert url("http://a.example/?t=%text%", unicode) == "http://a.example/?t=%D1%8F"
    assert url("http://a.example/?b=%bin%", unicode) == "http://a.example/?b=044F"


def test_values_cannot_break_out() -> None:
    nasty = replace(ABC, text="&x=1#?/ %sender% \r\n\u2028\ud800", sender="A&B=C")
    filled_ = url("http://a.example/?who=%sender%&t=%text%&end=1", nasty)
    assert filled_ == ("http://a.example/?who=A%26B%3DC&t=%26x%3D1%23%3F%2F%20%25sender%25%20%0D%0A%E2%80%A8%3F&end=1")


@pytest.mark.parametrize(
    ("output", "text", "written"),
    [
        ("xml", "<a> & \"b\" 'c'", "%26lt%3Ba%26gt%3B%20%26amp%3B%20%26quot%3Bb%26quot%3B%20%26apos%3Bc%26apos%3B"),
        ("json", 'say "hi"\n', "say%20%5C%22hi%5C%22%5Cn"),
        ("JSON", "plain", "plain"),
    ],
)
def test_output_says_how_values_are_written(output: str, text: str, written: str) -> None:
    inbound = replace(ABC, text=text)
    assert url(f"http://a.example/?t=%text%&output={output}", inbound) == f"http://a.example/?t={written}"
    assert url(f"http://a.example/?output={output}&t=%text%", inbound) == f"http://a.example/?t={written}"
    assert url(f"http://a.example/?output={output}", inbound) == "http://a.example/"


def test_another_output_is_the_customers_own() -> None:
    assert url("http://a.example/?output=csv&t=%text%") == "http://a.example/?output=csv&t=ABC"


def test_get_and_post() -> None:
    template = "http://a.example/in?who=%sender%&what=%text%"
    get = by_template(9, template, ABC, ID, AT, post=False, at=7)
    assert (get.method, get.url, get.body, get.about, get.subject) == (
        "GET", "http://a.example/in?who=38598123123&what=ABC", b"", "inbound", 5,
    )  # fmt: skip
    post = by_template(9, template, ABC, ID, AT, post=True, at=7)
    assert (post.method, post.url, post.content_type, post.body) == (
        "POST", "http://a.example/in", "application/x-www-form-urlencoded", b"who=38598123123&what=ABC",
    )  # fmt: skip
    assert by_template(9, "http://a.example/%sender%", ABC, ID, AT, post=True, at=7).method == "POST"
