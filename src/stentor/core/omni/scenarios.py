"""Scenarios of an account: made, changed, listed (002 "Create OMNI scenario")."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

import msgspec

from stentor.core.account import Account
from stentor.core.errors import InvalidField, NotFound
from stentor.core.ids import Ids
from stentor.core.omni.channels import CHANNELS
from stentor.core.omni.ports import Carrier, ScenarioStore
from stentor.core.omni.records import Scenario, Step
from stentor.core.ports import Clock

MAX_STEPS = 20
MAX_NAME = 200
MAX_SCENARIOS = 1_000
MAX_SENDER = 255
"""Each message keeps the senders of its steps."""
_KEY_OCTETS = 16


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as a customer writes it; None leaves what is there."""

    name: str | None = None
    flow: tuple[Step, ...] | None = None
    default: bool | None = None


class Scenarios:
    def __init__(
        self,
        *,
        store: ScenarioStore,
        carriers: Mapping[str, Carrier],
        ids: Ids,
        clock: Clock,
        key: Callable[[], str] = lambda: secrets.token_hex(_KEY_OCTETS).upper(),
    ) -> None:
        self._store = store
        self._carriers = carriers
        self._ids = ids
        self._clock = clock
        self._key = key

    async def make(self, account: Account, wanted: Wanted) -> Scenario:
        if len(self._store.all(account.id)) >= MAX_SCENARIOS:
            raise InvalidField("name", f"An account has at most {MAX_SCENARIOS} scenarios.")
        made = Scenario(
            id=self._ids.take(self._clock.now_ms())[0],
            account=account.id,
            key=self._key(),
            name=wanted.name or "",
            flow=wanted.flow or (),
            default=bool(wanted.default),
        )
        return await self._save(account, made)

    async def change(self, account: Account, key: str, wanted: Wanted) -> Scenario:
        known = self.get(account, key)
        given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
        return await self._save(account, msgspec.structs.replace(known, **given))

    def get(self, account: Account, key: str) -> Scenario:
        """`NotFound` for another account's too."""
        found = self._store.get(account.id, key)
        if found is None:
            raise NotFound("Scenario not found")
        return found

    def all(self, account: Account, *, default: bool | None) -> list[Scenario]:
        return [one for one in self._store.all(account.id) if default is None or one.default == default]

    async def _save(self, account: Account, scenario: Scenario) -> Scenario:
        if not scenario.name.strip() or len(scenario.name) > MAX_NAME:
            raise InvalidField("name", f"A scenario has a name of 1 to {MAX_NAME} characters.")
        if not 1 <= len(scenario.flow) <= MAX_STEPS:
            raise InvalidField("flow", f"A scenario has 1 to {MAX_STEPS} steps.")
        for position, step in enumerate(scenario.flow):
            self._check(f"flow[{position}]", account, step)
        await self._store.save(scenario)
        return scenario

    def _check(self, where: str, account: Account, step: Step) -> None:
        carrier = self._carriers.get(step.channel)
        if step.channel not in CHANNELS or carrier is None:
            known = ", ".join(name for name in CHANNELS if name in self._carriers)
            raise InvalidField(f"{where}.channel", f"{step.channel[:40]!r} is not one of {known}.")
        if len(step.sender) > MAX_SENDER:
            raise InvalidField(f"{where}.from", f"Length is limited to {MAX_SENDER} characters.")
        if not carrier.knows(account.name, step.sender):
            raise InvalidField(
                f"{where}.from", f"{step.sender[:100]!r} is no sender of this account on {step.channel}."
            )
