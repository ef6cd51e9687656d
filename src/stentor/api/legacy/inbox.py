"""GET /api/v2/command/inbox: messages from phones, each given once (003 §2.8.2)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from stentor.api.legacy import answers
from stentor.api.legacy.answers import DECLARATION, answer
from stentor.api.legacy.asking import Asking
from stentor.api.legacy.fields import Fields
from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import JSON, Request, Response, giving
from stentor.catalogue.legacy import ResponseCode
from stentor.core.account import Account
from stentor.core.ids import INBOUND, Ids
from stentor.core.inbound import Inbound
from stentor.core.inbox import InboxStore
from stentor.numbering import lookup

MOST = 1_000
"""Messages in one answer, also with limit 0, "all"; the rest stays for the next."""
_encode = msgspec.json.Encoder().encode


class InboxApi:
    def __init__(self, *, asking: Asking, store: InboxStore, ids: Ids, moment: Callable[[int], str]) -> None:
        self._asking = asking
        self._store = store
        self._ids = ids
        self._moment = moment

    async def pull(self, request: Request) -> Response:
        return await self._asking.answer(request, self._answer)

    async def _answer(self, account: Account, given: Fields) -> Response:
        found = await self._store.take(account.id, _limit(given.get("limit", "").strip()))
        rows = [self._row(one) for one in found]
        if given.get("output", "").strip().lower() == "json":
            body = _encode({"messages": rows, "inboxMessages": [*map(self._as_read, found)]})
            return giving(answer((JSON, body)), found)
        items = "".join(f"<message>{_elements(row)}</message>\n" for row in rows)
        document = f"{DECLARATION}<messages>\n{items}</messages>\n"
        return giving(answer(("application/xml;charset=UTF-8", document.encode())), found)

    def _row(self, inbound: Inbound) -> dict[str, str]:
        """The parameters of table 9, two of them by their names in table 10."""
        return {
            "MessageId": self._ids.public(inbound.id, INBOUND),
            "Sender": inbound.sender,
            "Receiver": inbound.recipient,
            "Text": inbound.text,
            "Bin": inbound.data.hex().upper(),
            "ReceivedDateTime": self._moment(inbound.received_at),
            "Datacoding": str(inbound.data_coding),
            "Esmclass": str(inbound.esm_class),
        }

    def _as_read(self, inbound: Inbound) -> dict[str, str]:
        """The names that clients of the time read, which no table has."""
        network = lookup(inbound.sender)
        return {
            "externalMessageId": self._ids.public(inbound.id, INBOUND),
            "networkName": "" if network is None else network.network_name,
            "from": inbound.sender,
            "messageText": inbound.text,
            "receivedDateTime": self._moment(inbound.received_at),
        }


def _elements(row: dict[str, str]) -> str:
    return "".join(f"<{name}>{answers.text(value)}</{name}>" for name, value in row.items())


def _limit(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise Wrong(ResponseCode.ERROR_PROCESSING)
    return min(int(text[:9] or 0) or MOST, MOST)
