"""Credit of accounts and its ledger."""

from __future__ import annotations

from stentor.api.admin.kinds import decimal, micros
from stentor.api.admin.models import BalanceView, Ledger, LedgerView, PaymentBody, encode
from stentor.api.admin.resources import limit_of
from stentor.api.admin.times import iso
from stentor.api.bodies import decoded
from stentor.api.messages import Request, Response
from stentor.core.administration import NEWEST, Administration, Payment
from stentor.core.definitions import LedgerKey, LedgerRow
from stentor.core.errors import InvalidField
from stentor.core.ids import LOOKUP, MESSAGE, Ids
from stentor.core.ports import Store

_KINDS_OF_IDS = {"charge": MESSAGE, "refund": MESSAGE, "lookup": LOOKUP, "lookup-refund": LOOKUP}
"""By the kind of a row that is about a message or a lookup."""


class CreditApi:
    def __init__(self, administration: Administration, store: Store, ids: Ids) -> None:
        self._administration = administration
        self._store = store
        self._ids = ids

    async def pay(self, request: Request) -> Response:
        """One row of the ledger and of the audit log; the balance afterwards."""
        body: PaymentBody = decoded(request.body, PaymentBody)
        account = self._administration.account(request.at["name"])
        payment = Payment(account.name, micros("amount", body.amount), body.note)
        balance = await self._administration.pay(request.operator, payment)
        return Response(200, encode(BalanceView(account.name, decimal(balance), account.currency)))

    async def ledger(self, request: Request) -> Response:
        """Newest first."""
        account = self._administration.account(request.at["name"])
        rows = await self._store.ledger(account.id, _before(request), limit_of(request))
        shown = [self._shown(row) for row in rows]
        balance = decimal(self._store.balance(account.id))
        return Response(200, encode(Ledger(account.name, balance, account.currency, shown)))

    def _shown(self, row: LedgerRow) -> LedgerView:
        kind = _KINDS_OF_IDS.get(row.kind)
        message = None if kind is None else self._ids.public(row.id, kind)
        return LedgerView(f"{row.id}-{row.kind}", row.kind, iso(row.at), decimal(row.amount), message, row.note)


def _before(request: Request) -> LedgerKey:
    """The id of a row as it is shown; without one, all rows."""
    given = request.parameters().get("before", [str(NEWEST)])[-1]
    number, _, kind = given.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(NEWEST))):
        raise InvalidField("before", f"{given[:40]!r} is not the id of a row.")
    return min(int(number), NEWEST), kind
