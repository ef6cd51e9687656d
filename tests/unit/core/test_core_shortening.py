"""URLs in texts, the short ones that take their places, and what a link may lead to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stentor.core.browsers import is_machine, os_of
from stentor.core.errors import InvalidField
from stentor.core.shortening import (
    MAX_LINKS,
    MAX_URL,
    base_of,
    code_in,
    code_of,
    host_of,
    is_target,
    link,
    location,
    number_of,
    template,
)

BASE = "http://eel.nu"
LINKS = [f"<{n}>" for n in range(MAX_LINKS)]

FOUND = [
    ("Can you beat my score: http://www.example.com/awesomeApp/someUserId", ["http://www.example.com/awesomeApp/someUserId"]),
    ("See https://a.example/x.", ["https://a.example/x"]),
    ("(http://a.example/x_(y))", ["http://a.example/x_(y)"]),
    ("http://a.example/x), http://b.example/?q=1&r=2#f!", ["http://a.example/x", "http://b.example/?q=1&r=2#f"]),
    ("HTTP://A.example and HtTpS://b.example:8443/", ["HTTP://A.example", "HtTpS://b.example:8443/"]),
    ("«https://пример.рф/путь»", ["https://пример.рф/путь"]),
    ("http://a.example\r\nSet-Cookie:x", ["http://a.example"]),
    ("ftp://a.example javascript:alert(1) www.example.com http:// https://?x http://:80/", []),
    ("http://a.example:99999/ http://[::1 http://a.example:0", []),
    (f"http://a.example/{'x' * MAX_URL}", []),
    (f"{BASE}/NJxE/cJ9UH is short already", []),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "urls"), FOUND)
def test_urls_are_found(text: str, urls: list[str]) -> None:
    cut = template(text, BASE)
    assert list(cut.urls) == urls
    assert cut.text(urls) == text
    for url in urls:
        assert is_target(url)


def test_a_url_that_comes_twice_is_one_link() -> None:
    cut = template("http://a.example/ and http://b.example/ and http://a.example/", BASE)
    assert cut.urls == ("http://a.example/", "http://b.example/")
    assert cut.text(LINKS) == "<0> and <1> and <0>"


def test_so_many_links_and_no_more() -> None:
    urls = [f"http://a.example/{n}" for n in range(MAX_LINKS + 2)]
    cut = template(" ".join(urls), BASE)
    assert cut.urls == tuple(urls[:MAX_LINKS])
    assert cut.text(LINKS).endswith(" ".join(urls[MAX_LINKS:]))


@given(st.text(alphabet="htp:/.ab()!, \n\u0430\U0001f600%@\\", max_size=60))
def test_nothing_but_urls_is_touched(text: str) -> None:
    cut = template(text, BASE)
    assert cut.text(cut.urls) == text
    for url in cut.urls:
        assert location(url).isascii()
        assert not set(location(url)) & set(" \r\n\\")


@given(st.integers(0, 62**9 - 1))
def test_codes_are_numbers(number: int) -> None:
    code = code_of(number)
    assert number_of(code) == number
    assert code_in(link(BASE, code)) == code
    assert len(link(BASE, code)) == 24  # 25 at most with the documents' own domain


@pytest.mark.parametrize("text", ["", "abcdefgh", "abcdefghij", "abcdefgh-", "abcdefg\u00e9h", "abcdefg\u0661h"])
def test_what_is_no_code(text: str) -> None:
    assert number_of(text) is None
    assert code_in(text) is None


def test_a_location_is_a_header() -> None:
    assert location("https://пример.рф/путь?q=ä") == ("https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C?q=%C3%A4")
    assert location("http://a.example\\@b.example/%41?x=%2F") == "http://a.example%5C@b.example/%41?x=%2F"
    assert host_of("http://user@A.Example.:80/x") == "a.example"


@pytest.mark.parametrize(
    ("url", "leads_to"),
    [
        ("http://пример.рф:8080/a", "http://xn--e1afmkfd.xn--p1ai:8080/a"),
        ("http://me:pw@Пример.РФ/", "http://me:pw@xn--e1afmkfd.xn--p1ai/"),
        ("http://мой@a.example:81/ü", "http://%D0%BC%D0%BE%D0%B9@a.example:81/%C3%BC"),
        ("http://a。example/", "http://a.example/"),
        ("http://a%2Eexample/", "http://a%2Eexample/"),
    ],
)
def test_a_host_in_other_letters_is_the_one_that_phones_look_up(url: str, leads_to: str) -> None:
    assert is_target(url)
    assert location(url) == leads_to
    assert host_of(url) == host_of(leads_to)
    assert host_of(url) in ("xn--e1afmkfd.xn--p1ai", "a.example")


def test_bases() -> None:
    assert base_of("baseUrl", "eel.nu") == "http://eel.nu"
    assert base_of("baseUrl", "HTTPS://Eel.NU:8443/s/") == "https://eel.nu:8443/s"
    for wrong in ("", "ftp://eel.nu", "http://eel nu", "http://a@b", "http://eel.nu?x", "//", "x" * 200, "http://a\nb"):
        with pytest.raises(InvalidField):
            base_of("baseUrl", wrong)


AGENTS = [
    ("Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36", "ANDROID"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Version/16.6 Mobile Safari", "IOS"),
    ("Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15", "IOS"),
    ("Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) Edge/14", "WINDOWS_PHONE"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/117.0", "WINDOWS"),
    ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/117.0", "LINUX"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 13_5) Version/16.5 Safari/605.1.15", "UNKNOWN"),
    ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/96.0 Mobile Safari/537.36", "ANDROID"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 13_6) Mobile/15E148 Snapchat/11.0.6 (like Safari/604.1)", "IOS"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 16_6) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]", "IOS"),
    ("curl/8.1", "UNKNOWN"),
    ("python-requests/2.31.0", "UNKNOWN"),
    ("okhttp/4.9.3", "UNKNOWN"),
    ("", "UNKNOWN"),
]


@pytest.mark.parametrize(("agent", "system"), AGENTS)
def test_systems(agent: str, system: str) -> None:
    assert os_of(agent) == system
    assert not is_machine(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "WhatsApp/2.23.18.79 A",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Twitterbot/1.0",
        "Snapchat/10.12.0.2 (iPhone8,1; iOS 10.3.2; gzip)",
        "Pinterest/0.2 (+http://www.pinterest.com/)",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/116 Mobile Safari (compatible; Googlebot/2.1)",
    ],
)
def test_machines(agent: str) -> None:
    assert is_machine(agent)
