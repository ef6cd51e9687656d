"""A Stentor that asks another one about numbers over SMPP: system_type HLR from both sides (003 §3.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from stentor.catalogue import STATUSES
from stentor.connectors.smsc.lookup import SmppResolver
from stentor.connectors.smsc.options import SmscOptions
from support.process import Demo, Served
from support.web import Client, basic

NUMBERS = ["41793026727", "385915369423", "38591991" + "0027", "4917012" + "9920027"]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo"))
    yield one
    assert one.stop() == 0


def options(there: Demo, **changes: object) -> SmscOptions:
    facts = there.facts["smpp"]
    made = SmscOptions(
        name="hlr", host=facts["host"], port=facts["port"], system_id="test", password="test", system_type="HLR"
    )
    return replace(made, **changes)


@pytest.mark.parametrize("tls", [False, True])
async def test_what_the_other_one_knows(there: Demo, *, tls: bool) -> None:
    changes: dict[str, object] = {}
    if tls:
        authority = str(there.data / "demo-certificate.pem")
        changes = {"port": there.facts["smpp"]["tls_port"], "tls": True, "tls_ca": authority}
    resolver = SmppResolver(options(there, **changes))
    try:
        async with asyncio.timeout(10):
            found = await resolver.ask(NUMBERS)
            again = await resolver.ask(["41793026727"])
        results = {one["to"]: one for one in there.client.post("/number/1/query", {"to": NUMBERS}).json["results"]}
        assert set(found) == {to for to, one in results.items() if one["status"]["groupName"] != "REJECTED"}
        for to, one in found.items():
            told = results[to]
            assert one.error == told["error"]["id"]
            assert STATUSES[one.status].group_name == told["status"]["groupName"]
            assert one.imsi == told.get("imsi")
            assert one.serving_msc == told.get("servingMSC", one.serving_msc)
            if one.status == 5:
                assert one.mcc_mnc == told["mccMnc"]
            assert one.original is not None
            assert one.original.network_prefix == told["originalNetwork"]["networkPrefix"]
        assert again["41793026727"] == found["41793026727"]
    finally:
        await resolver.close()


async def test_one_that_does_not_let_us_in_ends_by_the_askers_patience(there: Demo) -> None:
    resolver = SmppResolver(options(there, password="wrong"))
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await resolver.ask(NUMBERS)
        assert resolver._waiting == {}
    finally:
        await resolver.close()


TABLES = """
[[accounts]]
name = "shop"
users = {{ shop = "secret" }}
credit = "100"
lookup_package = "full"
[[prices]]
plan = "lookup"
price = "0.01"
[[prices]]
price = "0.01"
[[resolvers]]
type = "smpp"
name = "there"
order = 1
host = "127.0.0.1"
port = {port}
system_id = "test"
password = "test"
"""


def test_through_the_whole_program(tmp_path: Path, there: Demo) -> None:
    here = Served(tmp_path, TABLES.format(port=there.facts["smpp"]["port"]))
    try:
        client = Client(here.url, basic("shop", "secret"))
        asked = {"to": NUMBERS[0]}
        (told,) = client.post("/number/1/query", asked).json["results"]
        (known,) = there.client.post("/number/1/query", asked).json["results"]
        assert told["imsi"] == known["imsi"]
        assert told["status"] == known["status"]
    finally:
        assert here.stop() == 0
