"""Calls owed to customers' URLs that are not about one MT message's report: inbound messages, lookups, clicks."""

from __future__ import annotations

import msgspec

from stentor.core.notify import host_of


class Call(msgspec.Struct, frozen=True, gc=False):
    """One HTTP request that is tried until the URL answers 2xx or is given up (`core.notify.next_try`).

    It is kept as it will be sent. The order of the fields is the order of the columns of table `call`.
    """

    id: int
    account: int
    about: str
    """What it tells, for logs and measures: "inbound", "lookup", "click", "receipt"."""
    subject: int
    """The number of that thing."""
    method: str
    """GET or POST."""
    url: str
    host: str
    content_type: str
    body: bytes
    attempts: int
    due: int
    """Milliseconds since 1970."""


def owed(
    number: int, account: int, about: str, subject: int, url: str, *, at: int, content_type: str = "", body: bytes = b""
) -> Call:
    """A call for `at`: with a body it is a POST, without a GET."""
    method = "POST" if content_type else "GET"
    return Call(number, account, about, subject, method, url, host_of(url), content_type, body, 0, at)
