"""Names in customers' URLs: what a hostile name server may answer, and what a silent one may hold up."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from stentor.engine.address import AddressPolicy, AddressRefused
from stentor.engine.http_caller import HttpCaller
from support.calling import LOOPBACK, PUBLIC, Names, calling, canary, history, platform, said
from support.platform import until
from support.webhook import LAST_200, listening, saying

NOT_PUBLIC = "is not a public address"


async def test_a_name_that_leads_to_a_private_address(tmp_path: Path) -> None:
    names = Names(private_example=[["127.0.0.1"]], six_example=[["::1"]], meta_example=[["169.254.169.254"]])
    async with canary() as (port, listeners), platform(tmp_path, AddressPolicy(), names) as e:
        for name in ("private", "six", "meta"):
            (told,) = await history(e, f"http://{name}.example:{port}/")
            assert f"cannot connect to {name}.example:{port}" in told
            assert NOT_PUBLIC in told
        assert [listener.connections for listener in listeners] == [0] * len(listeners)


async def test_rebinding() -> None:
    """First the name is public, then it is loopback; and the other way round."""
    names = Names(rebinds_example=[[PUBLIC], ["127.0.0.1"]], back_example=[["127.0.0.1"], [PUBLIC]])
    async with (
        canary() as (port, listeners),
        listening(saying(LAST_200), PUBLIC, port) as public,
        calling(AddressPolicy([f"{PUBLIC}/32"]), names) as caller,
    ):
        assert (await said(caller, f"http://rebinds.example:{port}/")).startswith("200")
        forget(caller)
        assert NOT_PUBLIC in await said(caller, f"http://rebinds.example:{port}/")
        assert NOT_PUBLIC in await said(caller, f"http://back.example:{port}/")
        assert (await said(caller, f"http://back.example:{port}/")).startswith("200")
        assert (public.connections, [listener.connections for listener in listeners]) == (2, [0] * len(listeners))


def forget(caller: HttpCaller) -> None:
    """The time of the remembered addresses is over."""
    connector = caller._open().connector
    assert connector is not None
    connector.clear_dns_cache()  # type: ignore[attr-defined]


async def test_remembered_addresses_are_checked_again() -> None:
    """What is remembered by name and port opens no way for another port, nor a connection that is not checked."""
    checked: list[str] = []

    class Watched(AddressPolicy):
        def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
            checked.append(str(info[4][0]))
            return super().socket(info)

    async with (
        listening(saying(LAST_200), PUBLIC) as public,
        calling(Watched([f"{PUBLIC}/32"]), Names(known_example=[[PUBLIC]])) as caller,
    ):
        for _ in range(3):
            await said(caller, f"http://known.example:{public.port}/")
        assert checked == [PUBLIC] * 3


async def test_of_mixed_records_only_the_public_ones_are_tried() -> None:
    names = Names(mixed_example=[["127.0.0.1", PUBLIC, "::1", "10.0.0.1"]])
    async with (
        canary() as (port, listeners),
        listening(saying(LAST_200), PUBLIC, port) as public,
        calling(AddressPolicy([f"{PUBLIC}/32"]), names) as caller,
    ):
        for _ in range(4):
            assert (await said(caller, f"http://mixed.example:{port}/")).startswith("200")
        assert (public.connections, [listener.connections for listener in listeners]) == (4, [0] * len(listeners))


async def test_when_the_public_one_of_mixed_records_is_dead() -> None:
    names = Names(mixed_example=[["127.0.0.1", PUBLIC]])
    async with canary() as (port, listeners), calling(AddressPolicy([f"{PUBLIC}/32"]), names) as caller:
        assert "Connect call failed" in await said(caller, f"http://mixed.example:{port}/")
        assert [listener.connections for listener in listeners] == [0] * len(listeners)


async def test_a_name_with_hundreds_of_addresses_is_no_port_scanner() -> None:
    tried: list[str] = []

    class Watched(AddressPolicy):
        def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
            tried.append(str(info[4][0]))
            raise AddressRefused("no")

    many = Names(many_example=[[f"8.8.{n // 256}.{n % 256}" for n in range(500)]])
    async with calling(Watched(), many) as caller:
        assert "cannot connect to many.example" in await said(caller, "http://many.example/")
    assert 1 <= len(set(tried)) <= 4
    assert len(tried) <= 10


async def test_silent_name_servers_stop_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty lookups that never end, and one more for another name, on the system's own lookup."""
    answers, asked, system = threading.Event(), [0], socket.getaddrinfo

    def look_up(host: str, *rest: Any, **options: Any) -> Any:
        if host.startswith("dead"):
            asked[0] += 1
            answers.wait(20)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return system(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with listening() as server, calling(AddressPolicy(LOOPBACK), None) as caller:
        stuck = [asyncio.create_task(said(caller, f"http://dead{n}.example/")) for n in range(60)]
        await until(lambda: asked[0] == len(stuck))
        assert (await said(caller, f"http://localhost:{server.port}/")).startswith("200")
        assert not any(task.done() for task in stuck)
        answers.set()
        told = set(await asyncio.gather(*stuck))
    assert told == {f"cannot connect to dead{n}.example:80: no answer" for n in range(60)}


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a" * 300, "a..b", "\u00df" * 70])
async def test_names_that_cannot_be_looked_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(host: str, *rest: Any, **options: Any) -> Any:
        host.encode("idna")  # as the system's lookup begins
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    async with calling(AddressPolicy(), None) as caller:
        assert re.match("cannot connect to|this URL cannot be called", await said(caller, f"http://{name}/"))
