"""OMNI put together: scenarios, the channels that carry their steps, push applications and what phones tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import structlog

from stentor.api.mobile.api import MobileApi
from stentor.api.omni.rendering import OmniRenderer
from stentor.api.omni.reports import OmniReportsApi
from stentor.api.omni.routes import OmniDoors
from stentor.api.omni.scenarios import ScenariosApi
from stentor.api.omni.send import OmniSendApi
from stentor.api.push.api import PushApi
from stentor.api.v1.times import Times
from stentor.app.exposition import Reading
from stentor.app.foundation import Foundation
from stentor.app.pushing import Pushing
from stentor.catalogue import STATUSES
from stentor.connectors.simulated.push import SimulatedPush
from stentor.core import money
from stentor.core.definitions import Change
from stentor.core.errors import StoreUnavailable
from stentor.core.omni.flow import Flow
from stentor.core.omni.ports import Carrier
from stentor.core.omni.pricing import ChannelPrices
from stentor.core.omni.scenarios import Scenarios
from stentor.core.omni.sending import OmniSending
from stentor.core.submit import Submit
from stentor.engine.forgetting import Forgetting
from stentor.engine.insist import insist
from stentor.engine.moves import Mover
from stentor.engine.push_steps import PushCarrier
from stentor.engine.scenario import Scenarios as Machine
from stentor.engine.sms_ends import SmsEnds
from stentor.engine.sms_steps import SmsCarrier
from stentor.engine.timekeeper import Duty
from stentor.storage.sqlite.scenarios import ScenarioRows

log = structlog.get_logger()

_LOOK_S, _FORGET_S = 0.5, 60.0
_AT_A_TIME = 500


class Omni:
    """`called`: calls to customers may be owed. Another channel is one more entry of `carriers`."""

    def __init__(
        self,
        foundation: Foundation,
        *,
        submit: Submit,
        mover: Mover,
        printed: Times,
        called: Callable[[], object],
        login_failures: int,
    ) -> None:
        store, ids, clock, rulebook = foundation.store, foundation.ids, foundation.clock, foundation.rulebook
        self.rows, self.devices, self.mobile = foundation.omni, foundation.devices, foundation.mobile
        scenarios = ScenarioRows(store.access)
        self.pushing = Pushing(self._arrived)
        self._push = PushCarrier(
            devices=self.devices,
            applications=rulebook.applications,
            services=self.pushing,
            directory=rulebook.directory,
            ids=ids,
            clock=clock,
        )
        self.carriers: dict[str, Carrier] = {
            "SMS": SmsCarrier(submit=submit, known=store.story, directory=rulebook.directory, ids=ids, clock=clock),
            "PUSH": self._push,
        }
        renderer = OmniRenderer(ids, printed, rulebook)
        prices = ChannelPrices(rulebook)
        flow = Flow(
            number=lambda: ids.take(clock.now_ms())[0], price=prices.of, render=renderer.pushed, limit=self._limit
        )
        self._directory = rulebook.directory
        self._applications, self._clock = rulebook.applications, clock
        self.machine = Machine(store=self.rows, carriers=self.carriers, flow=flow, clock=clock, called=called)
        self.ends = SmsEnds(self.machine, store, clock)
        mover.scenarios = self.ends
        self.mobile.ended = self.machine.ended
        sending = self._sending = OmniSending(
            store=self.rows,
            scenarios=scenarios,
            blocks=rulebook.blocks,
            ids=ids,
            clock=clock,
            soon=self.machine.soon,
        )
        made = Scenarios(store=scenarios, carriers=self.carriers, ids=ids, clock=clock)
        self.doors = OmniDoors(
            scenarios=ScenariosApi(made),
            send=OmniSendApi(sending),
            reports=OmniReportsApi(store=self.rows, clock=clock, ids=ids, renderer=renderer),
            push=PushApi(sending=sending, applications=rulebook.applications, devices=self.devices),
            mobile=MobileApi(self.mobile, login_failures),
        )
        forgetting = Forgetting(self.rows.holders, self.rows.purge, rulebook.directory, clock)
        self.duties: tuple[Duty, ...] = (
            (_LOOK_S, self.machine.tick),
            (_LOOK_S, self.ends.tick),
            (_FORGET_S, forgetting.forget),
        )
        self._receipts: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Simulated phones go on with what they had when the program ended."""
        simulated = {one.code: one for one in self._applications.values() if one.type == "simulated"}
        after = 0
        while simulated and (taken := await self.rows.taken("PUSH", [*simulated], after, _AT_A_TIME)):
            after = taken[-1].message.id
            for one in taken:
                assert one.attempt is not None
                since = (self._clock.now_ms() - one.attempt.sent_at) / 1_000
                for service, note in self._push.notes(simulated[one.attempt.sender], one.message, one.attempt):
                    if isinstance(service, SimulatedPush):
                        service.resume(note, since)

    async def stop(self) -> None:
        """What is on its way to a channel goes first: a push cut off here would be sent again at the next start."""
        self._stopping = True
        await self.machine.stop()
        await self.pushing.stop()
        for task in [*self._receipts]:
            await asyncio.wait([task])
        await self.ends.stop()

    def readings(self) -> Iterator[Reading]:
        """For /metrics. Channels are there from the start, so that the first step is seen as a change."""
        counts, machine = self._sending.counts, self.machine
        yield "stentor_omni_messages_accepted_total", (), counts[None]
        for refused, count in counts.items():
            if refused is not None:
                yield "stentor_omni_messages_rejected_total", (STATUSES[refused].name,), count
        for channel in self.carriers:
            yield "stentor_omni_steps_begun_total", (channel,), machine.begun[channel]
            yield "stentor_omni_steps_late_total", (channel,), machine.late[channel]
        for (channel, status), count in machine.finished.items():
            yield "stentor_omni_steps_ended_total", (channel, STATUSES[status].name), count
        yield "stentor_omni_in_hand", (), machine.held

    async def follow(self, changes: Sequence[Change]) -> None:
        """Applications as they are defined now; one that is no more has no devices."""
        for change in changes:
            if change.kind != "application":
                continue
            await self.pushing.changed(change.key)
            if change.before is not None and (change.after is None or change.after.code != change.before.code):
                await self.devices.forget(change.before.code)

    def _arrived(self, messages: Sequence[str]) -> None:
        """Simulated devices have these; what cannot be written at the end they say again at the next start."""
        task = asyncio.get_running_loop().create_task(self._tell(messages))
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)

    async def _tell(self, messages: Sequence[str]) -> None:
        try:
            await insist(
                lambda: self.mobile.simulated(messages),
                refused="receipts of simulated devices not recorded, trying again",
                over=lambda: self._stopping,
            )
        except StoreUnavailable as error:
            log.error("receipts of simulated devices not recorded", reason=str(error))

    def _limit(self, account: int) -> int | None:
        known = self._directory.accounts.get(account)
        return None if known is None or known.daily_limit is None else money.parse(known.daily_limit)
