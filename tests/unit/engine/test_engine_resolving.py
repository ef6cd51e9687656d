"""The chain of resolvers: order, conditions, what is remembered, and what a resolver that fails costs."""

from __future__ import annotations

import asyncio
from typing import Any

from stentor.catalogue import StatusId
from stentor.core.lookup import Found
from stentor.engine.resolving import NOBODY, Resolving, Stage
from support.lookups import REACHED, ScriptedResolver
from support.making import SWISS, FakeClock
from support.platform import quiet
from support.waiting import PATIENCE_S

GERMAN = "491512345678"
ABSENT = Found(status=StatusId.UNDELIVERABLE_NOT_DELIVERED, error=27, mcc_mnc="22801")


def stage(resolver: ScriptedResolver, order: int = 10, **options: Any) -> Stage:
    return Stage(resolver=resolver, order=order, **options)


def chain(*stages: Stage, clock: FakeClock | None = None, default: tuple[Stage, ...] = ()) -> Resolving:
    made = Resolving(clock or FakeClock(), default)
    made.use(stages)
    return made


async def test_the_first_answer_wins() -> None:
    last = ScriptedResolver("last", {SWISS: ABSENT, GERMAN: ABSENT})
    first = ScriptedResolver("first", {SWISS: REACHED})
    asked = chain(stage(last, 20), stage(first, 10))
    assert await asked.ask("acme", [SWISS, GERMAN]) == {SWISS: ("first", REACHED), GERMAN: ("last", ABSENT)}
    assert (first.requests, last.requests) == ([[SWISS, GERMAN]], [[GERMAN]])


async def test_what_needs_no_waiting_is_answered_at_once() -> None:
    file = ScriptedResolver("file", {SWISS: REACHED}, asks=False)
    asked = chain(stage(file, 1), stage(ScriptedResolver("far", {GERMAN: ABSENT}), 2))
    assert asked.at_once("acme", SWISS) == ("file", REACHED)
    assert asked.at_once("acme", GERMAN) is None


async def test_conditions_choose_the_chain() -> None:
    swiss = ScriptedResolver("swiss", {SWISS: REACHED, GERMAN: REACHED})
    acme = ScriptedResolver("acme", {SWISS: ABSENT, GERMAN: ABSENT})
    rest = ScriptedResolver("rest", {SWISS: ABSENT, GERMAN: ABSENT}, asks=False)
    asked = chain(
        stage(swiss, 10, countries=frozenset({"CH"})), stage(acme, 20, account="acme"), default=(stage(rest),)
    )
    assert await asked.ask("acme", [SWISS, GERMAN]) == {SWISS: ("swiss", REACHED), GERMAN: ("acme", ABSENT)}
    assert await asked.ask("other", [GERMAN]) == {GERMAN: ("rest", ABSENT)}


async def test_nobody_knows() -> None:
    asked = chain(stage(ScriptedResolver("a")), stage(ScriptedResolver("b", asks=False)))
    answer = (await asked.ask("acme", [SWISS]))[SWISS]
    assert (answer[0], answer[1].status) == (NOBODY, StatusId.REJECTED_DESTINATION)
    none = chain(stage(ScriptedResolver("b", asks=False)))
    assert none.at_once("acme", SWISS) == answer


async def test_one_that_fails_is_passed_over() -> None:
    broken, next_ = ScriptedResolver("broken"), ScriptedResolver("next", {SWISS: REACHED})
    broken.fails = RuntimeError("503")
    asked = chain(stage(broken, 1), stage(next_, 2))
    assert await asked.ask("acme", [SWISS]) == {SWISS: ("next", REACHED)}
    assert (await asked.ask("acme", [GERMAN]))[GERMAN][1].status == StatusId.REJECTED_SYSTEM_ERROR


async def test_one_that_hangs_costs_its_timeout_and_no_more() -> None:
    hanging, next_ = ScriptedResolver("hanging"), ScriptedResolver("next", {SWISS: REACHED})
    hanging.gate.clear()
    asked = chain(stage(hanging, 1, timeout=0.05), stage(next_, 2))
    async with asyncio.timeout(PATIENCE_S):
        assert await asked.ask("acme", [SWISS]) == {SWISS: ("next", REACHED)}
    assert hanging.under_way == 0


async def test_waiting_for_a_place_counts_too() -> None:
    busy, next_ = ScriptedResolver("busy"), ScriptedResolver("next", {SWISS: REACHED, GERMAN: ABSENT})
    busy.gate.clear()
    asked = chain(stage(busy, 1, timeout=0.05, concurrency=1, rests=False), stage(next_, 2))
    async with asyncio.timeout(PATIENCE_S):
        one, other = await asyncio.gather(asked.ask("acme", [SWISS]), asked.ask("acme", [GERMAN]))
    assert (one, other) == ({SWISS: ("next", REACHED)}, {GERMAN: ("next", ABSENT)})
    assert busy.most == 1


async def test_who_waits_for_nobody_has_time_for_a_place() -> None:
    busy = ScriptedResolver("busy", {GERMAN: ABSENT})
    busy.gate.clear()
    asked = chain(stage(busy, timeout=0.3, concurrency=1))
    first, patient = asked.ask("acme", [SWISS]), asyncio.create_task(asked.ask("acme", [GERMAN], patient=True))
    assert (await first)[SWISS][1].status == StatusId.REJECTED_SYSTEM_ERROR
    busy.gate.set()
    assert await patient == {GERMAN: ("busy", ABSENT)}


async def test_a_crowd_is_no_failure_of_the_resolver() -> None:
    """It is not left alone because its places were taken."""
    busy = ScriptedResolver("busy", {SWISS: REACHED})
    busy.gate.clear()
    asked = chain(stage(busy, timeout=0.2, concurrency=1))
    await asyncio.gather(*(asked.ask("acme", [SWISS]) for _ in range(9)))
    busy.gate.set()
    assert await asked.ask("acme", [SWISS]) == {SWISS: ("busy", REACHED)}


async def test_many_numbers_are_several_requests_at_a_time() -> None:
    numbers = [str(41790000000 + n) for n in range(25)]
    far = ScriptedResolver("far", dict.fromkeys(numbers, REACHED))
    asked = chain(stage(far, per_request=10, concurrency=2))
    assert set(await asked.ask("acme", numbers)) == set(numbers)
    assert sorted(map(len, far.requests)) == [5, 10, 10]
    assert far.most <= 2


async def test_a_slow_country_holds_up_no_other() -> None:
    slow, fast = ScriptedResolver("slow", {GERMAN: ABSENT}), ScriptedResolver("fast", {SWISS: REACHED})
    slow.gate.clear()
    asked = chain(stage(slow, countries=frozenset({"DE"})), stage(fast, countries=frozenset({"CH"})))
    task = asyncio.create_task(asked.ask("acme", [GERMAN, SWISS]))
    await quiet(3)
    assert fast.requests == [[SWISS]]
    slow.gate.set()
    assert await task == {GERMAN: ("slow", ABSENT), SWISS: ("fast", REACHED)}


async def test_an_answer_is_good_for_its_time() -> None:
    clock, far = FakeClock(), ScriptedResolver("far", {SWISS: REACHED})
    asked = chain(stage(far, keep_ms=60_000), clock=clock)
    for _ in range(2):
        assert await asked.ask("acme", [SWISS]) == {SWISS: ("far", REACHED)}
        clock.pass_ms(59_999)
    assert asked.at_once("other", SWISS) is None
    assert len(far.requests) == 1
    await asked.ask("acme", [SWISS])
    assert len(far.requests) == 2
    assert asked.at_once("other", SWISS) == ("far", REACHED)


async def test_without_a_cache_each_lookup_asks() -> None:
    far = ScriptedResolver("far", {SWISS: REACHED})
    asked = chain(stage(far))
    for _ in range(3):
        await asked.ask("acme", [SWISS])
    assert len(far.requests) == 3


async def test_one_that_fails_on_and_on_is_left_alone_for_a_while() -> None:
    clock, broken = FakeClock(), ScriptedResolver("broken", {SWISS: REACHED})
    asked = chain(stage(broken), clock=clock)
    broken.fails = OSError("refused")
    for _ in range(5):
        await asked.ask("acme", [SWISS])
    assert len(broken.requests) == 3
    broken.fails = None
    clock.pass_ms(5_001)
    assert await asked.ask("acme", [SWISS]) == {SWISS: ("broken", REACHED)}


async def test_a_clock_set_back_does_not_keep_it_away() -> None:
    clock, broken = FakeClock(), ScriptedResolver("broken", {SWISS: REACHED})
    asked = chain(stage(broken), clock=clock)
    broken.fails = OSError("refused")
    for _ in range(3):
        await asked.ask("acme", [SWISS])
    broken.fails = None
    clock.pass_ms(-3_600_000)
    assert await asked.ask("acme", [SWISS]) == {SWISS: ("broken", REACHED)}


async def test_a_stage_that_stays_keeps_what_it_remembers() -> None:
    far, other = stage(ScriptedResolver("far", {SWISS: REACHED}), keep_ms=60_000), ScriptedResolver("other")
    asked = chain(far)
    await asked.ask("acme", [SWISS])
    asked.use([far, stage(other, 1, countries=frozenset({"DE"}))])
    assert asked.at_once("acme", SWISS) == ("far", REACHED)


async def test_a_broken_answer_is_of_that_request_only() -> None:
    numbers = [str(41790000000 + n) for n in range(4)]

    class Half(ScriptedResolver):
        async def ask(self, numbers: Any) -> Any:
            if numbers[0] == "41790000000":
                raise ValueError("no JSON")
            return dict.fromkeys(numbers, REACHED)

    next_ = ScriptedResolver("next", dict.fromkeys(numbers, ABSENT))
    answers = await chain(stage(Half("half"), 1, per_request=2), stage(next_, 2)).ask("acme", numbers)
    assert [answers[number][0] for number in numbers] == ["next", "next", "half", "half"]


async def test_who_was_not_asked_is_told_apart_from_who_is_not_known() -> None:
    """A request that failed says nothing about its numbers, whatever another one found."""
    numbers = [str(41790000000 + n) for n in range(6)]

    class Half(ScriptedResolver):
        async def ask(self, numbers: Any) -> Any:
            if numbers[0] == "41790000002":
                raise OSError("reset")
            return {"41790000000": REACHED, "41799999999": ABSENT} if numbers[0] == "41790000000" else {}

    answers = await chain(stage(Half("half"), per_request=2)).ask("acme", numbers)
    unknown, unreachable = StatusId.REJECTED_DESTINATION, StatusId.REJECTED_SYSTEM_ERROR
    assert [answers[number][1].status for number in numbers] == [5, unknown, unreachable, unreachable, unknown, unknown]
    assert set(answers) == set(numbers)
