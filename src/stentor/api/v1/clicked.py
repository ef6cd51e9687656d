"""The call to an account's click URL (`spec/wire.md` (b)8, with what 004 "URL shortening" adds)."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from stentor.core.ids import Ids
from stentor.core.tracked import Click
from stentor.numbering import lookup

_encode = msgspec.json.Encoder().encode


class RecipientInfo(msgspec.Struct, frozen=True):
    os: str


class Clicked(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Times are milliseconds since 1970, as printed."""

    notification_type: str = "CLICKED"
    recipient: str
    network_prefix: str | UnsetType = UNSET
    country_prefix: str | UnsetType = UNSET
    url: str
    send_date_time: int
    click_date_time: int
    message_id: str
    bulk_id: str
    callback_data: str | UnsetType = UNSET
    recipient_info: RecipientInfo


class ClickRenderer:
    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, click: Click) -> bytes:
        link = click.link
        network = lookup(link.recipient)
        return _encode(
            Clicked(
                recipient=link.recipient,
                network_prefix=(network.network_prefix if network else "") or UNSET,
                country_prefix=(network.country_prefix if network else "") or UNSET,
                url=link.url,
                send_date_time=link.sent_at,
                click_date_time=click.at,
                message_id=link.client_id or self._ids.public(link.message),
                bulk_id=link.bulk,
                callback_data=UNSET if link.callback_data is None else link.callback_data,
                recipient_info=RecipientInfo(click.os),
            )
        )
