"""Hostile XML is a 400 wherever a body is read: nothing is expanded, nothing is fetched, nothing is sent.

The documents are in `corpus/xml`; `{canary}` stands for a port that counts who comes. What is too large for a file, or
is not UTF-8, is made here. That holds whatever of XML the program reads or will read: no DOCTYPE, no entity but XML's
five, no element of another namespace, no encoding but UTF-8 (and UTF-16 without a DOCTYPE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.knocks import knocked_at
from support.process import Demo
from support.web import Answer, Client, basic

CORPUS = Path(__file__).parent / "corpus" / "xml"
DOCTYPE = '<!DOCTYPE request [<!ENTITY a SYSTEM "http://{canary}/a">]>'
REQUEST = "<request><bulkId>xml-corpus</bulkId><to>41793026727</to><text>&a;</text></request>"
HOSTILE = DOCTYPE + REQUEST
NINE_MIB = 9 * 1024 * 1024
DEEP = NINE_MIB // 3
CONTENT_TYPES = ("application/xml", "text/xml; charset=utf-8", "application/xml;charset=UTF-16", "application/json", "")
OLDER = "/api/"
READS_XML = ("/api/v3/sendsms/xml", "/api/sendsms/xml")
NO_TEXT = ("/number/1/query", "/number/1/notify")
"""Requests without a text: what stands in it is not looked at."""
LIES = "lollol", "root:", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


def content_types(path: str) -> tuple[str, ...]:
    """Whether a body is read as XML is decided once for all: every type where messages are sent, one elsewhere."""
    return CONTENT_TYPES if path.startswith("/sms/1/text/") else CONTENT_TYPES[:1]


def declared(encoding: str, text: str = HOSTILE) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>' + text


MADE: dict[str, bytes] = {
    "a byte order mark": ("\ufeff" + HOSTILE).encode(),
    "a raw NUL": REQUEST.replace("&a;", "a\0b").encode(),
    "UTF-8 that is none": REQUEST.replace("&a;", "\xff\xfe").encode("latin-1"),
    "UTF-8 in three octets for one": HOSTILE.encode().replace(b"<!", b"\xc0\xbc!"),
    "a DOCTYPE after 70,000 blanks": (" " * 70_000 + HOSTILE).encode(),
    "UTF-16 with its mark": declared("UTF-16").encode("utf-16"),
    "UTF-16, little end first": declared("UTF-16LE").encode("utf-16-le"),
    "UTF-16, big end first": declared("UTF-16BE").encode("utf-16-be"),
    "UTF-16 that says it is UTF-8": declared("UTF-8").encode("utf-16"),
    "UTF-16 cut in the middle": declared("UTF-16").encode("utf-16")[:-1],
    "UTF-32": declared("UTF-32").encode("utf-32"),
    "UTF-7": declared("UTF-7", "") .encode() + HOSTILE.encode("utf-7"),
    "UTF-7 with the mark of UTF-8": b"\xef\xbb\xbf" + declared("UTF-7", "").encode() + HOSTILE.encode("utf-7"),
    "EBCDIC": declared("cp037").encode("cp037"),
    "Latin-1 with a DOCTYPE": declared("ISO-8859-1").encode("latin-1"),
    "nothing": b"",
    "blanks": b" \r\n\t ",
}  # fmt: skip
LARGE: dict[str, Callable[[], bytes]] = {
    "9 MiB of elements in one another": lambda: b"<a>" * DEEP,
    "9 MiB of elements in one another, closed": lambda: b"<a>" * (DEEP // 3) + b"</a>" * (DEEP // 3),
    "9 MiB of attributes": lambda: b"<a " + b'b=""' * (NINE_MIB // 4) + b"/>",
    "9 MiB of unlike attributes": lambda: b"<a " + b" ".join(b"b%x=''" % n for n in range(NINE_MIB // 10)) + b"/>",
    "9 MiB of empty elements": lambda: b"<a>" + b"<b/>" * (NINE_MIB // 4) + b"</a>",
    "9 MiB of one name": lambda: b"<" + b"a" * NINE_MIB,
    "9 MiB of a text that does not end": lambda: b"<request><to>" + b"1" * NINE_MIB,
    "9 MiB of a DTD": lambda: b"<!DOCTYPE a [" + b'<!ENTITY a "b">' * (NINE_MIB // 15) + b"]><a>&a;</a>",
    "9 MiB of comments": lambda: b"<!---->" * (NINE_MIB // 7),
    "9 MiB of references": lambda: b"<request><to>" + b"&lt" * (NINE_MIB // 3) + b"</to></request>",
    "9 MiB of CDATA": lambda: b"<request><to><![CDATA[" + b"]" * NINE_MIB,
}


@pytest.fixture(scope="module")
def knocks() -> Iterator[tuple[str, Callable[[], int]]]:
    with knocked_at() as (port, count):
        yield f"127.0.0.1:{port}", count


@pytest.fixture(scope="module")
def bodies(demo: Demo) -> list[str]:
    """Where accounts post a body."""
    paths = Client(demo.url, None).get("/openapi.json").json["paths"]
    found = [
        path
        for path, methods in paths.items()
        if "requestBody" in methods.get("post", {}) and {"login": []} in methods["post"]["security"]
    ]
    assert len(found) >= 6
    return [path for path in found if not path.startswith(OLDER)]


@pytest.fixture(scope="module")
def older_bodies(demo: Demo) -> list[str]:
    """Where clients of v3 post a body: it is answered with a negative number."""
    return [path for path in Client(demo.url, None).get("/openapi.json").json["paths"] if path in READS_XML]


def post(client: Client, path: str, body: bytes, content_type: str) -> Answer:
    return client.call("POST", path, body, {"Content-Type": content_type} if content_type else {})


def refused(client: Client, path: str, body: bytes, content_type: str) -> None:
    answer = post(client, path, body, content_type)
    assert answer.status == 400, (path, content_type, answer.body[:300])
    assert len(answer.body) < 2_000
    assert [lie for lie in LIES if lie in answer.body.decode()] == []


@pytest.mark.parametrize("document", sorted(CORPUS.glob("*.xml")), ids=lambda path: path.stem)
def test_documents(client: Client, bodies: list[str], knocks: tuple[str, Callable[[], int]], document: Path) -> None:
    body = document.read_text(encoding="utf-8").replace("{canary}", knocks[0]).encode()
    for path in bodies:
        if (path in NO_TEXT or "{" in path) and document.stem == "xinclude-in-text":
            continue
        for content_type in content_types(path):
            refused(client, path, body, content_type)


@pytest.mark.parametrize("document", sorted(CORPUS.glob("*.xml")), ids=lambda path: path.stem)
def test_documents_to_the_older_doors(
    client: Client, older_bodies: list[str], knocks: tuple[str, Callable[[], int]], document: Path
) -> None:
    """Their requests are named otherwise: they find no recipient, or what they read is no XML."""
    body = document.read_text(encoding="utf-8").replace("{canary}", knocks[0]).encode()
    assert older_bodies
    for path in older_bodies:
        answer = post(client, path, body, "application/xml")
        assert "<status>-" in answer.body.decode(), path
        assert "<status>0" not in answer.body.decode()
        assert [lie for lie in LIES if lie in answer.body.decode()] == []


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_other_encodings(client: Client, bodies: list[str], knocks: tuple[str, Callable[[], int]], made: bytes) -> None:
    for octets in (made, made.replace(b"{canary}", knocks[0].encode())):
        for path in bodies:
            for content_type in content_types(path):
                refused(client, path, octets, content_type)


@pytest.mark.parametrize("made", LARGE.values(), ids=LARGE)
def test_large_documents(client: Client, bodies: list[str], made: Callable[[], bytes]) -> None:
    """Within the limit of bodies; another request is answered right after."""
    body = made()
    for path in bodies[:3]:
        refused(client, path, body, "application/xml")
    assert client.get("/account/1/balance").status == 200


def test_who_is_nobody_gets_no_parser(demo: Demo, bodies: list[str]) -> None:
    nobody = Client(demo.url, basic("nobody", "nothing"))
    for path in bodies:
        assert post(nobody, path, HOSTILE.encode(), "application/xml").status == 401


def test_nothing_was_fetched_and_nothing_sent(client: Client, knocks: tuple[str, Callable[[], int]]) -> None:
    """After all of the above."""
    assert knocks[1]() == 0
    assert client.get("/sms/1/logs", {"bulkId": "xml-corpus"}).json["results"] == []
