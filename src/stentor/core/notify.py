"""When to try a customer's URL again, and when to stop (004 "Delivery reports on a notify URL")."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

MINUTE_MS = 60_000
V3_XML, V3_JSON = "v3-xml", "v3-json"
"""What stands for the content type where reports go in the words of 003."""
ONEAPI = "oneapi"
"""The same for those of OneAPI, each in a call of its own (`spec/wire.md` (b)11)."""
MAX_URL = 2_048
RETRIES = 20

RETRY_AFTER_MS = tuple(MINUTE_MS * (1 + retry * retry) for retry in range(RETRIES))
"""The wait before each retry: 1, 2, 5, 10, 17, 26, 37 minutes ...; the last starts 41 h 30 min after the first try."""


_V3_RETRIES = 4
"""1, 2, 5 and 10 minutes (003 §2.4.1)."""


def sent_as(notify_type: str) -> str:
    """The Content-Type of a report that goes in these words."""
    known = {V3_XML: "application/xml", V3_JSON: "application/json", ONEAPI: "application/json"}
    return known.get(notify_type, notify_type)


def retries_of(notify_type: str) -> int:
    return _V3_RETRIES if notify_type in (V3_XML, V3_JSON) else RETRIES


def next_try(attempts: int, retries: int = RETRIES) -> int | None:
    """Milliseconds from a failed attempt to the next, when `attempts` were made; None: give up."""
    retry = attempts - 1
    return RETRY_AFTER_MS[retry] if retry < retries else None


def callable_url(url: str) -> bool:
    """An http or https URL with a host, of at most `MAX_URL` characters."""
    web = url.lower().startswith(("http://", "https://"))
    return web and len(url) <= MAX_URL and url.isprintable() and _names_host(url)


def _names_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port over 65535
        return False


@lru_cache(maxsize=10_000)
def host_of(url: str) -> str:
    """Scheme, name and port: what is slow or dead together."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no URL at all: a line of its own, where its calls fail
        return url
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
