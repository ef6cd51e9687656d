"""GET /api/command?cmd=CREDITS (003 §2.2.4.1, `spec/wire.md` A3)."""

from __future__ import annotations

from stentor.api.legacy.answers import DECLARATION, TEXT, answer
from stentor.api.legacy.asking import Asking
from stentor.api.legacy.fields import Fields
from stentor.api.messages import JSON, Request, Response
from stentor.catalogue.legacy import ResponseCode
from stentor.core import money
from stentor.core.account import Account
from stentor.core.ports import Store

UNKNOWN = "UNKNOWN_COMMAND"
"""Of a wrong login too: so it was found on the wire."""


class CommandApi:
    def __init__(self, *, asking: Asking, store: Store) -> None:
        self._asking = asking
        self._store = store

    async def command(self, request: Request) -> Response:
        return await self._asking.answer(request, self._answer, _unknown)

    async def _answer(self, account: Account, given: Fields) -> Response:
        if given.get("cmd", "").strip().upper() != "CREDITS":
            return answer((TEXT, UNKNOWN.encode()))
        credit = money.plain(self._store.balance(account.id))
        match given.get("output", "").strip().lower():
            case "xml":
                return answer(("application/xml;charset=UTF-8", f"{DECLARATION}<credits>{credit}</credits>".encode()))
            case "json":
                return answer((JSON, f'{{"credits":{credit}}}'.encode()))
        return answer((TEXT, credit.encode()))


def _unknown(_: ResponseCode) -> str:
    return UNKNOWN
