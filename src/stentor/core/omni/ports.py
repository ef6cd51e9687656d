"""What the OMNI part stands on: where its rows live, and what carries the steps of a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from stentor.core.omni.records import (
    Handed,
    OmniLogFilter,
    OmniReport,
    OmniReportFilter,
    Running,
    Scenario,
    Turn,
)
from stentor.core.pulling import Pulled

WRITTEN, LATE, UNPAID = 0, 1, 2
"""What became of a turn: written; nothing, for the step had ended before; all but its new step, for want of credit."""


class ScenarioStore(Protocol):
    async def save(self, scenario: Scenario) -> None:
        """Make or replace; a default one takes that from the one before."""

    def all(self, account: int) -> list[Scenario]:
        """Oldest first."""

    def get(self, account: int, key: str) -> Scenario | None: ...

    def default(self, account: int) -> Scenario | None:
        """The one that is taken where a request names none."""


class OmniStore(Protocol):
    """Every method that writes returns only after its rows are durable."""

    async def accept(self, drafts: Sequence[Running], spelt: Mapping[str, int] | None = None) -> list[int | None]:
        """For each None, or 23 when the account used its id before: then it is not kept. One that is refused comes
        with its step. `spelt`: as in `NewMessages`.
        """

    def due(self, now: int, limit: int, held: AbstractSet[int] = frozenset()) -> list[Running]:
        """Messages that must be looked at, oldest first, without those that are held."""

    async def taken(self, channel: str, senders: Sequence[str], after: int, limit: int) -> list[Running]:
        """Steps that a channel has and said no more of, in the order of their messages, from the one after `after`."""

    async def running(self, attempts: Sequence[int]) -> dict[int, Running]:
        """The messages behind steps, whether these have ended or not; with everything written before."""

    async def on_channel(self, messages: Sequence[int | str], channel: str) -> list[int]:
        """Steps of these messages on one channel. A text is a client's id, which counts where one account has it."""

    async def advance(self, turns: Sequence[Turn], drop_reports: Sequence[int] = ()) -> list[int]:
        """Carry out turns, each WRITTEN, LATE or UNPAID; `drop_reports`: reports of SMS that brought them."""

    async def noticed(self, attempts: Sequence[int], at: int, *, seen: bool) -> None:
        """A device has it (or its owner saw it), whatever became of the step."""

    async def take_reports(self, account: int, wanted: OmniReportFilter) -> Pulled[OmniReport]:
        """Pull: each report is given once."""

    async def logs(self, account: int, wanted: OmniLogFilter) -> list[OmniReport]:
        """Steps, newest first; of a message that has not begun the one that it is going to begin with."""

    async def holders(self) -> list[int]:
        """The accounts that have messages, of deleted ones too."""

    async def erase(self, number: str) -> tuple[int, int]:
        """Forget what is over of a phone number, in steps too: how many messages, and how many are not over."""

    async def purge(self, account: int, before: int, unpulled: int, limit: int) -> int:
        """Forget messages that were over before this time, those that owe a report from `unpulled` on; how many."""


class Carrier(Protocol):
    """What carries the steps of one channel. A step may come twice after a crash: its number is the same then."""

    async def carry(self, work: Sequence[Running]) -> Sequence[Handed]:
        """An answer for each step, in their order. What becomes of a taken one later: `Scenarios.ended`."""

    def knows(self, account: str, sender: str) -> bool:
        """Whether the account may make scenarios with that sender."""
