"""GET /account/1/balance (`spec/wire.md` A1)."""

from __future__ import annotations

from decimal import Decimal

from stentor.api.messages import Request, Response
from stentor.api.v1.models import BalanceResponse
from stentor.api.v1.xml import BALANCE, answer
from stentor.core import money
from stentor.core.ports import Store


class AccountApi:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def balance(self, request: Request) -> Response:
        balance = Decimal(money.plain(self._store.balance(request.account.id)))
        return answer(request, BALANCE, BalanceResponse(balance=balance, currency=request.account.currency))
