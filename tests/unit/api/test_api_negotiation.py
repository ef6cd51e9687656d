"""JSON or XML by Accept, else Content-Type, else JSON (wire.md (b)13)."""

from __future__ import annotations

import pytest

from stentor.api.negotiation import is_xml, wants_xml

JSON, XML = "application/json", "application/xml"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, False),
        (JSON, False),
        (XML, True),
        ("text/xml", True),
        ("Application/XML ; charset=UTF-8", True),
        ("text/xml;charset=utf-8", True),
        ("text/plain", False),
        ("application/xmlx", False),
        ("application/x-www-form-urlencoded", False),
        ("\xff", False),
        (";" * 60_000, False),
    ],
)
def test_the_body(content_type: str | None, *, expected: bool) -> None:
    headers = {} if content_type is None else {b"content-type": content_type.encode("latin-1")}
    assert is_xml(headers) == expected
    assert wants_xml(headers) == expected
    assert wants_xml({**headers, b"accept": b"*/*"}) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (XML, True),
        ("text/xml", True),
        (JSON, False),
        ("APPLICATION/XML", True),
        (f"{JSON}, {XML}", False),
        (f"{XML}, {JSON}", True),
        (f"{JSON};q=0.5, {XML};q=0.6", True),
        (f"{XML};q=0.5, {JSON}", False),
        (f"{XML}; charset=utf-8; Q=0.9, {JSON};q=0.1", True),
        (f"{XML};q=0, {JSON};q=0.1", False),
        (f"{XML};q=nonsense", True),
        (f"{XML}, */*", True),
        (f"{JSON}, text/javascript, */*; q=0.01", False),
        (BROWSER, True),
    ],
)
def test_a_preference_wins_over_the_body(accept: str, *, expected: bool) -> None:
    for content_type in (JSON, XML):
        assert wants_xml({b"accept": accept.encode(), b"content-type": content_type.encode()}) == expected


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/*", "text/html", "image/*, */*;q=0.1", f"*/*, {JSON};q=0.2", f"{XML};q=0", ",;,="],
)
def test_without_a_preference_the_answer_is_as_the_request(accept: str) -> None:
    headers = {b"accept": accept.encode()}
    assert not wants_xml(headers)
    assert not wants_xml({**headers, b"content-type": JSON.encode()})
    assert wants_xml({**headers, b"content-type": XML.encode()})
