"""Logins of the legacy API: in the query or the body, under either pair of names (003 §2.2, `spec/wire.md` (c)21)."""

from __future__ import annotations

from stentor.api.auth import Authenticator
from stentor.api.legacy.fields import Fields
from stentor.api.legacy.wrong import Wrong
from stentor.api.messages import Request
from stentor.catalogue.legacy import ResponseCode
from stentor.core.account import Account
from stentor.core.errors import Unauthorized


class Login:
    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def account(self, request: Request, given: Fields) -> Account:
        """`Wrong` says -10, -11 or -5; an Authorization header does where nothing else is given."""
        name = given.get("user") or given.get("username") or ""
        password = given.get("password") or given.get("pass") or ""
        authorization = request.headers.get(b"authorization", b"")
        try:
            if authorization and not name and not password:
                return await self._authenticator.account(authorization, request.address)
            if not name:
                raise Wrong(ResponseCode.MISSING_USERNAME)
            if not password:
                raise Wrong(ResponseCode.MISSING_PASSWORD)
            account = await self._authenticator.login(name, password.encode(errors="replace"), request.address)
        except Unauthorized:
            raise Wrong(ResponseCode.INVALID_USER_OR_PASS) from None
        if not account.query_login:
            raise Wrong(ResponseCode.INVALID_USER_OR_PASS)
        return account
