"""Reports for the legacy API are tried again after 1, 2, 5 and 10 minutes, and then lost (003 §2.4.1)."""

from __future__ import annotations

from pathlib import Path

from stentor.core.notify import MINUTE_MS, V3_JSON, V3_XML
from support.making import START, URL, FakeClock, final_move, message, new, report
from support.platform import engine, quiet


async def test_four_retries(tmp_path: Path) -> None:
    clock = FakeClock()
    async with engine(tmp_path, clock) as running:
        running.caller.failing.add(URL)
        one = message(notify_url=URL, notify_type=V3_XML)
        await running.store.accept(new(one))
        await running.store.move([final_move(one, report=report(one, url=URL, content_type=V3_XML))])
        for _ in range(40):
            await running.notifier.tick()
            await quiet()
            clock.pass_ms(MINUTE_MS)
        assert [(at - START) // MINUTE_MS for at in running.caller.times] == [0, 1, 3, 8, 18]
        assert running.store.due_hosts(clock.now + 10**9) == []
        assert {kind for _, _, kind, _ in running.caller.calls} == {"application/xml"}


async def test_json(tmp_path: Path) -> None:
    async with engine(tmp_path) as running:
        one = message(notify_url=URL, notify_type=V3_JSON)
        await running.store.accept(new(one))
        await running.store.move([final_move(one, report=report(one, url=URL, content_type=V3_JSON))])
        await running.notifier.tick()
        await quiet()
        assert [kind for _, _, kind, _ in running.caller.calls] == ["application/json"]
