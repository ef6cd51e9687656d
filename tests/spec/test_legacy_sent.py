"""What leaves for an SMSC of each parameter of 003 (tables 1, 4, 7), and how trouble of the platform is answered."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import aiohttp
import apsw
import pytest
from structlog.testing import capture_logs

from stentor.connectors.simulated.smsc import SimulatedSmsc, SmscOptions, _Connection
from stentor.smpp.pdu import SubmitSm
from stentor.smpp.tlv import Tag
from support.disk import Disk, Write
from support.network import HOST
from support.node import CREDIT, PRICE, FastClock, Node, node

V3 = "/api/v3/sendsms"
_numbers = itertools.count(41791800000)


class Upstream(SimulatedSmsc):
    """Keeps what it was given, by number."""

    def __init__(self) -> None:
        super().__init__(SmscOptions(delay=0.01))
        self.given: dict[str, list[SubmitSm]] = {}

    def submit(self, connection: _Connection, pdu: SubmitSm) -> None:
        self.given.setdefault(pdu.destination_addr, []).append(pdu)
        super().submit(connection, pdu)


class Bench:
    def __init__(self, one: Node, upstream: Upstream) -> None:
        self.node = one
        self._upstream = upstream

    async def call(self, path: str, body: str | None = None) -> tuple[int, str]:
        url = self.node.platform.http_url + path
        method = "GET" if body is None else "POST"
        async with aiohttp.ClientSession() as session, session.request(method, url, data=body) as response:
            return response.status, await response.text()

    async def sent(self, form: str, values: dict[str, str]) -> SubmitSm:
        """The submit_sm of a message of one part that was accepted."""
        gsm = str(next(_numbers))
        status, answer = await self.call(*FORMS[form](gsm, values))
        assert (status, NONE[form](0, gsm).partition("messageid")[0] in answer) == (200, True), (form, values, answer)
        async with asyncio.timeout(20):
            while gsm not in self._upstream.given:
                await asyncio.sleep(0.005)
        (pdu,) = self._upstream.given[gsm]
        return pdu


@asynccontextmanager
async def bench(folder: Path, disk: Disk | None = None) -> AsyncIterator[Bench]:
    upstream = Upstream()
    port = await upstream.start(HOST, 0)
    try:
        async with node(folder / "data", port, FastClock(), disk) as one:
            async with asyncio.timeout(20):
                while not one.bound:
                    await asyncio.sleep(0.005)
            yield Bench(one, upstream)
    finally:
        await upstream.stop()


def _xml(gsm: str, values: dict[str, str]) -> tuple[str, str]:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    login = "<authentication><username>crash</username><password>crash</password></authentication>"
    message = f"<message>{inner}<recipients><gsm>{gsm}</gsm></recipients></message>"
    return f"{V3}/xml", f"<SMS>{login}{message}</SMS>"


def _json(gsm: str, values: dict[str, str]) -> tuple[str, str]:
    login = {"username": "crash", "password": "crash"}
    return f"{V3}/json", json.dumps({"authentication": login, "messages": [{**values, "recipients": [{"gsm": gsm}]}]})


_PLAIN = {"text": "SMSText", "flash": "IsFlash", "wapurl": "Bookmark"}


def _plain(gsm: str, values: dict[str, str]) -> tuple[str, None]:
    named = {_PLAIN.get(name, name): value for name, value in values.items()}
    return f"{V3}/plain?{urlencode({'user': 'crash', 'password': 'crash', 'GSM': gsm, **named})}", None


FORMS: dict[str, Callable[[str, dict[str, str]], Any]] = {"xml": _xml, "json": _json, "plain": _plain}


def _no_xml(code: int, destination: str) -> str:
    result = f"<status>{code}</status><messageid></messageid><destination>{destination}</destination>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<results>\n<result>\n{result}</result>\n</results>\n'


def _no_json(code: int, destination: str) -> str:
    result = f'{{"status":"{code}","messageid":"","destination":"{destination}"}}'
    return f'{{"results": [\r\n{result}\r\n]}}'


NONE = {"xml": _no_xml, "json": _no_json, "plain": _no_xml}
"""The answer with one result and no message."""
PUSH = "0605040b8423f0dc0601ae02056a0045c60d036578616d706c65008503612e6a7067000701034578616d706c65000101"
"""From `examples/wap_push.json`."""
SEEN: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"text": "Hello"}, {"data_coding": 0, "esm_class": 0, "short_message": b"Hello", "validity_period": ""}),
    ({"text": "Hello", "flash": "1"}, {"data_coding": 240, "short_message": b"Hello"}),
    ({"text": "Hello", "datacoding": "240"}, {"data_coding": 240, "short_message": b"Hello"}),
    ({"text": "Hello", "type": "nSMS"}, {"data_coding": 240, "short_message": b"Hello"}),
    ({"text": "ččš", "DataCoding": "8"}, {"data_coding": 8, "short_message": "ččš".encode("utf-16-be")}),
    ({"text": "ččš", "datacoding": "8", "flash": "1"}, {"data_coding": 24}),
    ({"text": "à", "datacoding": "3"}, {"data_coding": 3, "short_message": b"\xe0"}),
    ({"binary": "410A0D4243", "datacoding": "4"}, {"data_coding": 4, "short_message": b"A\n\rBC", "esm_class": 0}),
    (
        {"binary": "06050400010241424344", "Esmclass": "64"},
        {"esm_class": 64, "short_message": bytes.fromhex("06050400010241424344")},
    ),
    (
        {"type": "bookmark", "wapurl": "http://www.example.com/a.jpg", "text": "Example"},
        {"data_coding": 245, "esm_class": 64, "short_message": bytes.fromhex(PUSH)},
    ),
    ({"text": "x"}, {"source_addr_ton": 5, "source_addr_npi": 0, "dest_addr_ton": 1, "dest_addr_npi": 1}),
    ({"text": "x", "sender": "12345"}, {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "12345"}),
    (
        {"text": "x", "sender": "12345", "SrcTon": "2", "Srcnpi": "1", "DestTon": "2", "Destnpi": "8"},
        {"source_addr_ton": 2, "source_addr_npi": 1, "dest_addr_ton": 2, "dest_addr_npi": 8},
    ),
    ({"text": "x", "ValidityPeriod": "72:00"}, {"validity_period": ""}),
    ({"text": "x", "CampaignId": "77"}, {"tlvs": ((Tag.CAMPAIGN_ID, b"77\0"),)}),
]


async def test_what_leaves_for_the_smsc(tmp_path: Path) -> None:
    """The same from all three forms."""
    asked = list(itertools.product(FORMS, SEEN))
    async with bench(tmp_path) as one:
        pdus = await asyncio.gather(*(one.sent(form, {"sender": "Friend", **values}) for form, (values, _) in asked))
    for (form, (values, expected)), pdu in zip(asked, pdus, strict=True):
        found = {name: getattr(pdu, name) for name in expected}
        assert found == expected, (form, values)


async def test_trouble_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """-26 while the disk refuses, -99 after a mistake of ours: nothing is accepted, and afterwards all is well."""
    disk = Disk()
    async with bench(tmp_path, disk) as one:
        asked = {form: FORMS[form](str(next(_numbers)), {"sender": "Friend", "text": "x"}) for form in FORMS}
        first = ("/api/sendsms/xml", asked["xml"][1])

        disk.fault = lambda note: apsw.FullError("no space left") if isinstance(note, Write) else None
        full = {form: await one.call(*asked[form]) for form in FORMS}
        assert full == {form: (503, NONE[form](-26, "000000000000")) for form in FORMS}
        assert await one.call(*first) == (503, "<RESPONSE><status>-5</status><credits>10</credits></RESPONSE>")
        disk.fault = lambda _: None

        def mistaken(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch, capture_logs() as logged:
            patch.setattr(one.node.store, "accept", mistaken)
            wrong = {form: await one.call(*asked[form]) for form in FORMS}
        assert wrong == {form: (500, NONE[form](-99, "000000000000")) for form in FORMS}
        assert [line["path"] for line in logged if line["event"] == "request failed"] == [f"{V3}/{f}" for f in FORMS]

        assert one.node.store.balance(1) == CREDIT
        assert {(await one.call(*call))[0] for call in asked.values()} == {200}
        assert one.node.store.balance(1) == CREDIT - PRICE * len(FORMS)
