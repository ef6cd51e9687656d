"""Login, logout, profile and balance (`spec/wire.md` A4)."""

from __future__ import annotations

from decimal import Decimal

from stentor.api.auth import Authenticator
from stentor.api.messages import Request, Response
from stentor.api.oneapi import reading
from stentor.api.oneapi.models import BalanceAnswer, CurrencyModel, LoginAnswer, LoginModel, LoginRequest, Profile
from stentor.api.oneapi.refusals import Missing
from stentor.api.oneapi.resources import answer
from stentor.api.v1.reading import scalar
from stentor.core import money
from stentor.core.errors import InvalidField
from stentor.core.ports import Store

_CURRENCIES = {
    name: CurrencyModel(id=number, currency_name=name, symbol=symbol)
    for number, name, symbol in (
        (1, "HRK", "kn"), (2, "EUR", "€"), (3, "USD", "$"), (4, "GBP", "£"), (5, "CHF", "CHF"), (6, "RUB", "₽"),
        (7, "JPY", "¥"), (8, "INR", "₹"), (9, "TRY", "₺"), (10, "ZAR", "R"), (11, "BRL", "R$"), (12, "PLN", "zł"),
    )
}  # fmt: skip
"""2 is EUR by a client's test; the other numbers are ours."""


_MOST_OCTETS = 8_192
"""Of a login's body: who sends it is not known yet, and a large one takes long to read into values."""


class ProfileApi:
    def __init__(self, *, store: Store, authenticator: Authenticator) -> None:
        self._store = store
        self._authenticator = authenticator

    async def login(self, request: Request) -> Response:
        if len(request.body) > _MOST_OCTETS:
            raise InvalidField("body", f"The request body is larger than {_MOST_OCTETS} octets.")
        body = reading.read(request, LoginRequest)
        name, password = scalar(body.username), scalar(body.password)
        if not name or password is None:
            raise Missing("password" if name else "username")
        token = await self._authenticator.sign_in(name, password.encode(), request.address)
        return answer(LoginAnswer(login=LoginModel(verified=True, ib_auth_cookie=token)))

    async def logout(self, request: Request) -> Response:
        """Clients of Java, .NET and JavaScript take nothing but a 204 for its end."""
        self._authenticator.sign_out(request.headers.get(b"authorization", b""))
        return Response(204)

    async def profile(self, request: Request) -> Response:
        account = request.account
        return answer(Profile(id=account.id, username=account.name))

    async def balance(self, request: Request) -> Response:
        micros, name = self._store.balance(request.account.id), request.account.currency
        known = _CURRENCIES.get(name, CurrencyModel(id=0, currency_name=name, symbol=name))
        return answer(BalanceAnswer(balance=Decimal(money.plain(micros)), currency=known))
