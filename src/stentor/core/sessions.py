"""SMPP sessions as the place where receipts go: `smpp://ACCOUNT/...` stands where other messages have a notifyUrl.

What a receipt needs beyond its message stands in that address: type and plan of both numbers as the customer wrote
them, and whether only failures are told (SMPP 3.4 §5.2.17).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, cast

import msgspec

from stentor.core.lifecycle import STATE_OF, State

SCHEME = "smpp://"
Ends = Literal["all", "failures", "none"]
"""Which ends of a message are told."""

Kind = tuple[int, int]
"""TON and NPI of an address (SMPP 3.4 §5.2.5, §5.2.6)."""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """How the receipts of a message are addressed, and which are wanted."""

    source: Kind = (0, 0)
    destination: Kind = (0, 0)
    ends: Ends = "all"
    message_id: str = ""
    """What the receipts call the message, where it is not its own id: the id of a submit_multi_resp."""


@lru_cache(maxsize=10_000)
def target(account: int, wanted: Wanted) -> str:
    """The address: what is kept with the message."""
    numbers = ".".join(map(str, (*wanted.source, *wanted.destination)))
    return f"{host_of_account(account)}/{numbers}/{wanted.ends}/{wanted.message_id}"


def host_of_account(account: int) -> str:
    """As `core.notify.host_of` finds it in a target: all receipts of an account wait in one line."""
    return f"{SCHEME}{account}"


def is_session(place: str) -> bool:
    """Whether a URL, or the host of one, means the sessions of an account: the only look at the scheme."""
    return place.startswith(SCHEME)


@lru_cache(maxsize=10_000)
def account_of(place: str) -> int:
    """The account in a target, or in the host of one."""
    return int(place.removeprefix(SCHEME).partition("/")[0])


@lru_cache(maxsize=10_000)
def wanted_of(url: str) -> Wanted:
    _, numbers, ends, message_id = url.removeprefix(SCHEME).split("/")
    source_ton, source_npi, ton, npi = map(int, numbers.split("."))
    return Wanted((source_ton, source_npi), (ton, npi), cast("Ends", ends), message_id)


def silent(url: str | None, status: int) -> bool:
    """Whether nobody is to be told of this end of a message."""
    if url is None or not is_session(url):
        return False
    ends = wanted_of(url).ends
    return ends == "none" or (ends == "failures" and STATE_OF[status] is State.DELIVERED)
