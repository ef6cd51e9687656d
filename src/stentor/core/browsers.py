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
    "viber/", "vkshare", "telegrambot", "embedly", "google-safety", "googleother",
    "google-read-aloud", "google-inspectiontool", "mediapartners-google", "headlesschrome", "phantomjs", "scrapy",
    "virustotal", "urlscan", "barracuda", "proofpoint", "mimecast",
)  # fmt: skip
"""Marks of those that fetch a link to show what is behind it, to list it or to check it. A program of a developer is
none of these: who tries a link with curl or a library of his language wants to see what a click does.
"""
_APPS = ("snapchat/", "pinterest/")
"""They fetch under their name alone; the browsers within them, which people use, say so behind another."""
_PHONES = ("cubot",)
"""Makers of phones that have a mark in their name."""


@lru_cache(maxsize=4_096)
def os_of(user_agent: str) -> OsType:
    told = user_agent[:_READ].lower()
    return next((system for mark, system in _SYSTEMS if mark in told), "UNKNOWN")


@lru_cache(maxsize=4_096)
def is_machine(user_agent: str) -> bool:
    """A preview, a search engine or a scanner that says so."""
    told = user_agent[:_READ].lower()
    for phone in _PHONES:
        told = told.replace(phone, "phone")
    return told.startswith(_APPS) or any(mark in told for mark in _MACHINES)
