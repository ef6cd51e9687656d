"""The record of a message from a phone (MO). Times are milliseconds since 1970, money is in micros."""

from __future__ import annotations

import msgspec

NOBODY = 0
"""The account of a message to a number that nobody owns: it is kept for the operator."""


class Inbound(msgspec.Struct, frozen=True, gc=False):
    """One message from a phone, put together from its parts.

    The order of the fields is the order of the columns of table `inbound`.
    """

    id: int
    account: int
    sender: str
    """Without a plus in front."""
    recipient: str
    """The number or short code it was sent to, without a plus in front."""
    text: str
    clean_text: str
    """Without the keyword, when there was one."""
    keyword: str
    """As it is defined; empty: none."""
    data: bytes
    """What the phone sent: septets one an octet, UTF-16, or octets; it begins with a header if `esm_class` says so."""
    data_coding: int
    esm_class: int
    received_at: int
    parts: int
    price: int
    connector: str
    way: str
    """How it goes to its owner: one of `core.numbers.WAYS`."""
    callback_data: str | None = None
