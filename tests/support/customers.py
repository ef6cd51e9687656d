"""The SMPP server as `app.smpp` makes it, on the real store, in front of a network that does what a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from stentor.api.auth import Authenticator
from stentor.api.passwords import hasher
from stentor.app.smpp import Smpp
from stentor.config import Settings, SmppSettings
from stentor.core.account import Account, User
from stentor.core.definitions import Record
from stentor.core.message import Message, UpstreamReceipt
from stentor.core.rulebook import Rulebook
from stentor.core.submit import Submit
from stentor.engine.turns import Turns
from support.making import ACME, OTHER, FakeClock, book, receipt
from support.platform import Engine, engine

PASSWORD = "secret"
_HASH = hasher.hash(PASSWORD)
LOGINS = (
    User(name="acme", account="acme", password_hash=_HASH),
    User(name="other", account="other", password_hash=_HASH),
)


class Customers:
    def __init__(self, running: Engine, rulebook: Rulebook, smpp: Smpp) -> None:
        self.engine = running
        self.rulebook = rulebook
        self.smpp = smpp
        self.taken = 0

    @property
    def port(self) -> int:
        assert self.smpp.port is not None
        return self.smpp.port

    @property
    def store(self) -> Any:
        return self.engine.store

    def messages(self) -> list[Message]:
        """As they came to the network."""
        return [part.message for part in self.engine.net.seen]

    def end(self, status: int = 5, error: int = 0, *, final: bool = True) -> UpstreamReceipt:
        """The network takes the next part and tells at once what became of it."""
        upstream_id = self.engine.net.take()
        said = receipt(upstream_id, status, error=error, final=final, at=self.engine.clock.now_ms())
        self.engine.receipts.arrived((said,), lambda _: None)
        return said


@asynccontextmanager
async def customers(
    folder: Path,
    *more: Record,
    acme: Account = ACME,
    smpp: SmppSettings | None = None,
    clock: FakeClock | None = None,
) -> AsyncIterator[Customers]:
    """`acme` may be another version of the account of that name."""
    async with engine(folder, clock) as running:
        records = [one for one in book(*more) if not (isinstance(one, Account) and one.name == "acme")]
        rulebook = Rulebook([acme, *records, *LOGINS])
        running.net.window = 10_000
        submit = Submit(
            rulebook=rulebook,
            store=running.store,
            handoff=running.dispatcher,
            ids=running.ids,
            clock=running.clock,
            turns=Turns(running.clock),
        )
        logins = Authenticator(rulebook)
        settings = Settings(smpp=replace(smpp or SmppSettings(), port=0, tls_port=0))
        server = Smpp(
            settings,
            store=running.store,
            ids=running.ids,
            clock=running.clock,
            rulebook=rulebook,
            submit=submit,
            logins=logins,
            mover=running.mover,
        )
        await server.start()
        await server.deliverer.tick()
        one = Customers(running, rulebook, server)
        try:
            yield one
        finally:
            await server.stop()
            logins.close()


__all__ = ["ACME", "OTHER", "Customers", "customers"]
