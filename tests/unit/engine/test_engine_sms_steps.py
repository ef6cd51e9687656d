"""Steps that are SMS: under which id, for how long, and what the answers of `core.submit` mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from stentor.catalogue import StatusId
from stentor.core.account import Account, Directory
from stentor.core.errors import Throttled
from stentor.core.ids import Ids
from stentor.core.message import Story
from stentor.core.omni.flow import target
from stentor.core.omni.records import Attempt, Handed, OmniMessage, Running, Step, To, Words, kept
from stentor.core.submit import Acceptance, Accepted, Submission
from stentor.engine.sms_steps import SmsCarrier
from support.making import START, SWISS, FakeClock, book, fresh_id
from support.making import message as sms_message

MINUTE = 60_000
IDS = Ids(b"s" * 32)


class Submits:
    """Stands for `core.submit`: answers by the id of each message, and keeps what it was given."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.seen: list[Any] = []
        self.stories: dict[str, Story] = {}
        self.throttled = False

    async def __call__(self, submission: Submission) -> Acceptance:
        if self.throttled:
            raise Throttled(2.5)
        self.seen += submission.messages
        ids = [str(one.destinations[0].message_id) for one in submission.messages]
        return Acceptance("", [Accepted(SWISS, name, self.statuses.get(name, 0), 2, 20_000) for name in ids])

    def known(self, name: str, _: int) -> Story | None:
        return self.stories.get(name)


def carrier(submits: Submits, clock: FakeClock) -> SmsCarrier:
    (account,) = [record for record in book() if isinstance(record, Account) and record.id == 1]
    directory = Directory()
    directory.accounts[account.id] = account
    return SmsCarrier(submit=submits, known=submits.known, directory=directory, ids=IDS, clock=clock)


def running(name: str | None = "mine", validity: int | None = MINUTE, **changes: Any) -> Running:
    message = OmniMessage(
        id=fresh_id(),
        account=1,
        bulk="",
        client_id=name,
        door="omni",
        recipient=SWISS,
        to=kept(To(phone_number=SWISS)),
        flow=kept((Step("SMS", "A"), Step("SMS", "B"))),
        words=kept({"SMS": Words(text="x", validity_ms=validity)}),
        position=0,
        attempt=None,
        due=START,
        over=False,
        sent_at=START,
        notify_url=None,
        notify_type="application/json",
        callback_data=None,
        intermediate=False,
    )
    attempt = Attempt(fresh_id(), message.id, 1, 0, "SMS", "A", SWISS, 1, None, 0, 7, 0, START, START, START + MINUTE)
    return Running(message, replace(attempt, **changes))


def story(owner: str, status: int, *, reports: bool) -> Story:
    sent = replace(sms_message(START, status=status), notify_url=owner, price=7)
    return Story(sent, (), (), (msgspec.UNSET,) if reports else (), None)  # type: ignore[arg-type]


async def carried(submits: Submits, *work: Running, clock: FakeClock | None = None) -> list[Handed]:
    return [*await carrier(submits, clock or FakeClock()).carry(work)]


async def test_an_sms_lives_no_longer_than_its_step() -> None:
    submits, clock = Submits(), FakeClock()
    clock.pass_ms(40_000)
    (answer,) = await carried(submits, running(), clock=clock)
    assert answer == Handed(StatusId.PENDING_WAITING_DELIVERY, count=2, price=10_000)
    assert [one.validity_ms for one in submits.seen] == [20_000]


async def test_a_validity_that_nobody_chose_is_left_to_the_network() -> None:
    submits = Submits()
    await carried(submits, running(validity=None))
    assert [one.validity_ms for one in submits.seen] == [None]


async def test_too_old_to_be_sent() -> None:
    submits, clock = Submits(), FakeClock()
    clock.pass_ms(MINUTE)
    fresh, late = running("fresh", expires=START + 2 * MINUTE), running()
    first, second = await carried(submits, late, fresh, clock=clock)
    assert (first.status, first.error) == (15, 4101)
    assert second.status == 3
    assert len(submits.seen) == 1


async def test_too_old_and_accepted_before_a_crash() -> None:
    submits, clock, one = Submits(), FakeClock(), running()
    assert one.attempt is not None
    submits.stories["mine"] = story(target(one.attempt.id), 5, reports=True)
    clock.pass_ms(MINUTE)
    (answer,) = await carried(submits, one, clock=clock)
    assert answer.status == 3, "its report says what became of it"
    assert submits.seen == []


@pytest.mark.parametrize(("status", "reports", "means"), [(5, True, 3), (3, False, 3), (12, False, 12)])
async def test_accepted_before_a_crash(status: int, *, reports: bool, means: int) -> None:
    one = running()
    assert one.attempt is not None
    submits = Submits(mine=23)
    submits.stories["mine"] = story(target(one.attempt.id), status, reports=reports)
    (answer,) = await carried(submits, one)
    assert (answer.status, answer.price) == (means, 7)


async def test_the_id_is_another_sms_now() -> None:
    """The customer sent an SMS under the message's id while its push was waited for: nothing is lost."""
    one, other = running(), running("other")
    assert one.attempt is not None
    submits = Submits(mine=23)
    submits.stories["mine"] = story("http://customer.example", 5, reports=False)
    answers = await carried(submits, one, other)
    assert [answer.status for answer in answers] == [3, 3]
    own = IDS.public(one.attempt.id)
    assert [message.destinations[0].message_id for message in submits.seen] == ["mine", "other", own]


async def test_the_second_sms_of_a_scenario_has_an_id_of_its_own() -> None:
    submits, one, unnamed = Submits(), running(position=1), running(None)
    assert one.attempt is not None
    await carried(submits, one, unnamed)
    names = [message.destinations[0].message_id for message in submits.seen]
    assert names == [IDS.public(one.attempt.id), IDS.public(unnamed.message.id)]


async def test_what_the_disk_refused_is_tried_again() -> None:
    """`core.submit` refuses the end of a large request when the disk does after it took the beginning."""
    first, second = await carried(Submits(second=StatusId.REJECTED_SYSTEM_ERROR), running("first"), running("second"))
    assert (first.status, second.retry_ms) == (3, 1_000)


async def test_the_rate_of_the_account() -> None:
    submits = Submits()
    submits.throttled = True
    (answer,) = await carried(submits, running())
    assert answer.retry_ms == 2_500


async def test_an_account_that_is_no_more() -> None:
    one = running()
    gone = Running(replace(one.message, account=99), one.attempt)
    (answer,) = await carried(Submits(), gone)
    assert answer.status == StatusId.REJECTED_NOT_SENT


def test_everybody_may_name_a_sender() -> None:
    assert carrier(Submits(), FakeClock()).knows("anybody", "anything")
