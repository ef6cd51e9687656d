"""Who may bind, and as what (003 §3.1, SMPP 3.4 §4.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from stentor.core.account import Account
from stentor.core.errors import Throttled, Unauthorized
from stentor.core.rulebook import Rulebook
from stentor.smpp import CommandStatus
from stentor.smpp.pdu import Bind
from stentor.smpp.session import INTERFACE_VERSION
from stentor.smppd.answers import Refused

_ROUTE = "R:"
Kind = Literal["messages", "lookups", "flash"]
_KINDS: dict[str, Kind] = {"HLR": "lookups", "NSMS": "flash"}


class Logins(Protocol):
    """The same logins, memory and limits as over HTTP."""

    async def login(self, name: str, password: bytes, address: str) -> Account:
        """Raises `Unauthorized` or `Throttled`."""


class Terms(msgspec.Struct, frozen=True):
    """What a session is bound as. `user`: the login, for as long as which the session stands."""

    account: int
    user: str
    kind: Kind = "messages"
    route_code: str | None = None


class Binder:
    """`bound` tells how many sessions an account has now."""

    def __init__(self, logins: Logins, rulebook: Rulebook, bound: Callable[[int], int]) -> None:
        self._logins = logins
        self._rulebook = rulebook
        self._bound = bound

    async def terms(self, pdu: Bind, address: str) -> Terms:
        """Raises `Refused`. One status for a wrong name and a wrong password, so that names cannot be probed."""
        if pdu.interface_version != INTERFACE_VERSION:
            raise Refused(CommandStatus.ESME_RBINDFAIL, f"interface_version 0x{pdu.interface_version:02X}, not 0x34")
        name = _name(pdu.system_id)
        try:
            account = await self._logins.login(name, pdu.password.encode("latin-1"), address)
        except Unauthorized:
            raise Refused(CommandStatus.ESME_RINVPASWD, "wrong login") from None
        except Throttled:
            raise Refused(CommandStatus.ESME_RTHROTTLED, "too many wrong logins") from None
        terms = self._read(pdu.system_type, account, name)
        if not account.smpp_sessions:
            raise Refused(CommandStatus.ESME_RBINDFAIL, "the account has no sessions")
        if self._bound(account.id) >= account.smpp_sessions:
            raise Refused(CommandStatus.ESME_RALYBND, f"{account.smpp_sessions} sessions are bound")
        return terms

    def still(self, terms: Terms) -> Account | None:
        """The account as it is now, while it and its login are there and enabled."""
        directory = self._rulebook.directory
        account = directory.accounts.get(terms.account)
        user = directory.users.get(terms.user)
        if account is None or not account.enabled or user is None or user.account != account.name:
            return None
        return account

    def _read(self, system_type: str, account: Account, user: str) -> Terms:
        """003 §3.1 "Using different routes", §3.2, §3.3. Other values mean nothing here: clients send many."""
        if system_type[: len(_ROUTE)].upper() != _ROUTE:
            return Terms(account.id, user, _KINDS.get(system_type.strip().upper(), "messages"))
        code = system_type[len(_ROUTE) :]
        if not self._rulebook.routing.knows(code, account.name):
            raise Refused(CommandStatus.ESME_RINVSYSTYP, f"no route {code!r}")
        return Terms(account.id, user, route_code=code)


def _name(system_id: str) -> str:
    """Octets of the wire, one a character, to the name they spell."""
    octets = system_id.encode("latin-1")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return system_id
