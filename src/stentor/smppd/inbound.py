"""Messages from phones to the sessions of their account (SMPP 3.4 §4.6; 003 §2.8 says which account that is)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from stentor.core.account import Account, Directory
from stentor.core.content import UDHI
from stentor.core.ids import reference_of
from stentor.core.inbound import Inbound
from stentor.core.inbox import InboundForSessions
from stentor.smpp import tlv
from stentor.smpp.pdu import DeliverSm
from stentor.smpp.tlv import Tag
from stentor.smppd.mailbox import Item
from stentor.smppd.receipts import address
from stentor.text import segments
from stentor.text.datacoding import alphabet_of

_SHORT_MESSAGE_MAX = 254
_LATER_S = 2.0
_SHORT_CODE = 6
"""Digits of a short code at most: its type is network specific (003 table 2)."""


class InboundOutbox:
    """Implements `smppd.mailbox.Source`."""

    name = "inbound"

    def __init__(self, store: InboundForSessions, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    async def claim(self, account: int, limit: int) -> list[Item]:
        known = self._directory.accounts.get(account) or Account(id=account, name="-")
        return [Item(self, one, pdus_of(one, known)) for one in await self._store.claim(account, limit)]

    async def delivered(self, items: Sequence[Item]) -> None:
        await self._store.delivered(_ids(items))

    async def refused(self, items: Sequence[Item]) -> None:
        """It stays in the log of inbound messages."""
        await self._store.delivered(_ids(items))

    async def later(self, items: Sequence[Item]) -> float:
        """They have no time of their own on disk: they are held back here for a moment."""
        await asyncio.sleep(_LATER_S)
        await self._store.put_back(_ids(items))
        return 0.0

    async def put_back(self, items: Sequence[Item]) -> None:
        await self._store.put_back(_ids(items))


def pdus_of(inbound: Inbound, account: Account) -> list[DeliverSm]:
    """As the account wants long ones: each part with its header, or all in message_payload."""
    header, body = b"", inbound.data
    if inbound.esm_class & UDHI:
        header, body = segments.split_udh(inbound.data)
    if account.smpp_long == "payload" and len(inbound.data) > _SHORT_MESSAGE_MAX:
        payload = (tlv.octets(Tag.MESSAGE_PAYLOAD, inbound.data),)
        return [_deliver_sm(inbound, inbound.esm_class, b"", payload)]
    encoded = segments.split(body, alphabet_of(inbound.data_coding), elements=header[1:])
    total, reference = encoded.count, reference_of(inbound.id)
    if total == 1 or account.smpp_long == "payload":
        return [_deliver_sm(inbound, inbound.esm_class, inbound.data)]
    parts = enumerate(encoded.parts, start=1)
    udhs = [(segments.udh(reference, total, number, elements=encoded.elements), part) for number, part in parts]
    return [_deliver_sm(inbound, inbound.esm_class | UDHI, udh + part) for udh, part in udhs]


def _deliver_sm(inbound: Inbound, esm_class: int, octets: bytes, tlvs: tlv.Tlvs = ()) -> DeliverSm:
    source, destination = _kind(inbound.sender), _kind(inbound.recipient)
    return DeliverSm(
        source_addr_ton=source[0],
        source_addr_npi=source[1],
        source_addr=address(inbound.sender),
        dest_addr_ton=destination[0],
        dest_addr_npi=destination[1],
        destination_addr=address(inbound.recipient),
        esm_class=esm_class,
        data_coding=inbound.data_coding,
        short_message=octets,
        tlvs=tlvs,
    )


def _kind(number: str) -> tuple[int, int]:
    """TON and NPI (003 tables 2 and 3)."""
    if not number.isdigit():
        return 5, 0
    return (3, 0) if len(number) <= _SHORT_CODE else (1, 1)


def _ids(items: Sequence[Item]) -> list[int]:
    return [cast("Inbound", item.row).id for item in items]
