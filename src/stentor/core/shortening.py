"""URLs in a text, and the short ones that take their places (004 "URL shortening")."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote, urlsplit

import msgspec

from stentor.core.errors import InvalidField

MAX_URL = 2_048
MAX_BASE = 100
MAX_LINKS = 20
"""Different URLs of one text that are shortened; any more stay as they are."""
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CODE = 9
_HEAD = 4
_FOUND = re.compile(r"https?://[^\s<>\"\x00-\x1f\x7f]+", re.IGNORECASE)
_TRAILING = ".,;:!?'*_\u2026\u00bb\u201d\u2019"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_KEPT = "!#$%&'()*+,/:;=?@[]~"
_BASE = re.compile(r"(?:(https?)://)?([A-Za-z0-9.-]{1,80}(?::\d{1,5})?)((?:/[A-Za-z0-9._~-]+)*)/?", re.IGNORECASE)

Draw = Callable[[], str]
"""A fresh code: 9 random digits of base 62."""


class Template(msgspec.Struct, frozen=True):
    """A text cut at its URLs. Each different URL gets one link, wherever it stands."""

    pieces: tuple[str, ...]
    places: tuple[int, ...]
    """Which of `urls` stands behind each piece but the last."""
    urls: tuple[str, ...]

    def text(self, links: Sequence[str]) -> str:
        told = [self.pieces[0]]
        for place, piece in zip(self.places, self.pieces[1:], strict=True):
            told += links[place], piece
        return "".join(told)


def template(text: str, base: str) -> Template:
    """Links of `base` are short already and stay."""
    pieces, places, urls, end = [], [], dict[str, int](), 0
    for start, url in _urls(text):
        if url.startswith(f"{base}/") or (url not in urls and len(urls) == MAX_LINKS) or not is_target(url):
            continue
        pieces.append(text[end:start])
        places.append(urls.setdefault(url, len(urls)))
        end = start + len(url)
    return Template((*pieces, text[end:]), tuple(places), tuple(urls))


def _urls(text: str) -> list[tuple[int, str]]:
    return [(found.start(), _without_punctuation(found[0])) for found in _FOUND.finditer(text)]


def _without_punctuation(url: str) -> str:
    """The full stop of a sentence is not the URL's, nor is a bracket that was opened before it."""
    while url:
        last = url[-1]
        if last in _TRAILING or (last in _PAIRS and url.count(last) > url.count(_PAIRS[last])):
            url = url[:-1]
        else:
            break
    return url


def is_target(url: str) -> bool:
    """Whether a link may lead there: http or https, with a host, without control characters, of bounded length."""
    if len(url) > MAX_URL or not url.isprintable() or not url.lower().startswith(("http://", "https://")):
        return False
    try:
        return bool(host_of(url)) and urlsplit(url).port != 0 and len(location(url)) <= 3 * MAX_URL
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The name that a phone looks up. Raises `ValueError` for a host that has none."""
    return host_name(urlsplit(url).hostname or "")


def host_name(given: str) -> str:
    """In lower case and in ASCII, without a full stop at its end. Raises `ValueError` for what has no such form."""
    name = unquote(given).lower()
    return (name if name.isascii() else name.encode("idna").decode()).removesuffix(".")


def location(url: str) -> str:
    """The URL as a header has it: in ASCII. Raises `ValueError` for a host that has no such form."""
    if url.isascii():
        return quote(url, safe=_KEPT)
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    if not place.isascii():
        host, colon, port = place.partition(":")
        place = f"{host_name(host)}{colon}{port}"
    return quote(parts._replace(netloc=f"{user}{at}{place}").geturl(), safe=_KEPT)


def link(base: str, code: str) -> str:
    """`http://host/NJxE/cJ9UH`"""
    return f"{base}/{code[:_HEAD]}/{code[_HEAD:]}"


def number_of(code: str) -> int | None:
    """A code as a number, which is how it is kept; None for what is no code."""
    if len(code) != CODE or not (code.isascii() and code.isalnum()):
        return None
    number = 0
    for digit in code:
        number = number * len(DIGITS) + DIGITS.index(digit)
    return number


def code_of(number: int) -> str:
    digits = []
    for _ in range(CODE):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))


def code_in(given: str) -> str | None:
    """The code of a link that somebody copied, whole or without its host."""
    pieces = given.strip().rstrip("/").split("/")
    code = "".join(pieces[-2:]) if len(pieces) > 1 else pieces[0]
    return code if number_of(code) is not None else None


def base_of(field: str, given: str) -> str:
    """The base of short links as it is used: with a scheme, without a slash at its end."""
    found = _BASE.fullmatch(given.strip()) if len(given) <= MAX_BASE else None
    if found is None:
        raise InvalidField(field, f"{given[:60]!r} is not the address of a domain such as https://example.com.")
    scheme, host, path = found.groups()
    return f"{(scheme or 'http').lower()}://{host.lower()}{path}"
