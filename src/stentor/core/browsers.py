"""What a User-Agent tells: the operating system (names of 001 "Add new conversion rate log"), and who is no person."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

OsType = Literal["UNKNOWN", "WINDOWS", "LINUX", "WINDOWS_FAILOVER_CLUSTER", "ANDROID", "IOS", "WINDOWS_PHONE"]
OS_TYPES: tuple[OsType, ...] = get_args(OsType)

_READ = 512
"""Characters of a User-Agent that are looked at."""
_SYSTEMS: tuple[tuple[str, OsType], ...] = (
    ("windows phone", "WINDOWS_PHONE"),
    ("iemobile", "WINDOWS_PHONE"),
    ("android", "ANDROID"),
    ("iphone", "IOS"),
    ("ipad", "IOS"),
    ("ipod", "IOS"),
    ("windows", "WINDOWS"),
    ("linux", "LINUX"),
    ("x11", "LINUX"),
)
"""The first mark that is there decides: Windows Phone calls itself Android too, and Android Linux."""
_MACHINES = (
    "bot", "crawl", "spider", "preview", "whatsapp", "facebookexternalhit", "facebot", "skypeuripreview", "slack-img",
    "viber/", "vkshare", "snapchat/", "telegrambot", "embedly", "pinterest/", "google-safety", "googleother",
    "google-read-aloud", "google-inspectiontool", "mediapartners-google", "headlesschrome", "phantomjs", "curl/",
    "wget/", "python-requests", "python-urllib", "aiohttp/", "go-http-client", "java/", "okhttp/", "libwww", "scrapy",
    "httpclient", "node-fetch", "axios/", "virustotal", "urlscan", "barracuda", "proofpoint", "mimecast",
)  # fmt: skip
"""Marks of those that fetch a link to show what is behind it, to list it or to check it."""


@lru_cache(maxsize=4_096)
def os_of(user_agent: str) -> OsType:
    told = user_agent[:_READ].lower()
    return next((system for mark, system in _SYSTEMS if mark in told), "UNKNOWN")


@lru_cache(maxsize=4_096)
def is_machine(user_agent: str) -> bool:
    """A preview, a search engine or a scanner; also one that does not say what it is."""
    told = user_agent[:_READ].lower()
    return not told.strip() or any(mark in told for mark in _MACHINES)
