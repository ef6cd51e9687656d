"""FCM and APNs over real HTTP/2 and TLS, against local services that check what the real ones check."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from msgspec.structs import replace

from stentor.connectors.push.apns import Apns
from stentor.connectors.push.fcm import Fcm
from stentor.connectors.push.link import Answer
from stentor.connectors.push.wire import Token, Wire
from stentor.connectors.simulated.http2 import Asked
from stentor.core.devices import Device, Notification
from support.push_services import local_apns, local_fcm, rsa_keys

HEX = "a" * 64


class Clock:
    """Seconds, as tokens count them."""

    def __init__(self) -> None:
        self.late = 0.0

    def __call__(self) -> float:
        return time.time() + self.late


def note(token: str, number: int = 1, text: str = "hello", **options: Any) -> Notification:
    device = Device(1, "code", "GCM", token, None, 0)
    expires = int(time.time() * 1000) + 3_600_000
    return Notification(str(UUID(int=number)), device, text, options, expires)


async def test_fcm_takes_messages_over_one_connection_with_one_token(tmp_path: Path) -> None:
    async with local_fcm(tmp_path) as (service, options, server):
        fcm = Fcm(options)
        shown = {"title": "T", "badge": 3, "vibrationEnabled": True}
        more: dict[str, Any] = {"notificationOptions": shown, "customPayload": {"n": 1, "deep": {"a": 1}}}
        told = await fcm.push([note(f"good-{n}", n, **more) for n in range(50)])
        await fcm.close()
        assert {one.fate for one in told} == {"taken"}
        assert service.taken.total() == len(service.taken) == 50
        assert service.grants == 1
        assert server.connections == 2, "one for the token, one for messages"


@pytest.mark.parametrize(
    ("token", "fate"),
    [
        ("invalid-1", "refused"),
        ("unregistered-1", "gone"),
        ("mismatch-1", "refused"),
        ("quota-1", "later"),
        ("unavailable-1", "later"),
        ("internal-1", "later"),
        ("thirdparty-1", "refused"),
    ],
)
async def test_the_errors_of_fcm(tmp_path: Path, token: str, fate: str) -> None:
    async with local_fcm(tmp_path) as (_, options, __):
        fcm = Fcm(options)
        (told,) = await fcm.push([note(token)])
        await fcm.close()
        assert told.fate == fate
        assert told.said.startswith("FCM ")
        if token.startswith(("quota", "unavailable")):
            assert told.retry_ms == 7_000


async def test_fcm_renews_its_token(tmp_path: Path) -> None:
    clock = Clock()
    async with local_fcm(tmp_path) as (service, options, _):
        fcm = Fcm(options, clock)
        await fcm.push([note("good")])
        service.revoke()
        assert [one.fate for one in await fcm.push([note("good"), note("good", 2)])] == ["taken"] * 2
        assert service.grants == 2, "one renewal for both"
        clock.late = 3_540
        (told,) = await fcm.push([note("good")])
        await fcm.close()
        assert (service.grants, told.fate) == (3, "taken")


async def test_fcm_sends_the_same_again_when_the_connection_is_lost(tmp_path: Path) -> None:
    async with local_fcm(tmp_path) as (service, options, server):
        fcm = Fcm(options)
        await fcm.push([note("good", 1)])
        service.cuts = 1
        (told,) = await fcm.push([note("good", 2)])
        assert told.fate == "taken"
        assert service.taken[str(UUID(int=2))] == 2, "the same id"
        assert server.connections == 3
        service.cuts = 3
        (told,) = await fcm.push([note("good", 3)])
        await fcm.close()
        assert (told.fate, service.cuts) == ("later", 0)


async def test_fcm_cannot_be_reached_or_denies(tmp_path: Path) -> None:
    async with local_fcm(tmp_path) as (service, options, server):
        foreign = replace(options, account=options.account.replace("stentor@", "mallory@"))
        broken = replace(options, account=options.account.replace("BEGIN", "BROKEN"))
        away, untrusted = replace(options, token_url="https://127.0.0.1:1/token"), replace(options, ca_file=None)
        for wrong, fate in ((foreign, "refused"), (broken, "refused"), (away, "later"), (untrusted, "later")):
            fcm = Fcm(wrong)
            (told,) = await fcm.push([note("good")])
            await fcm.close()
            assert told.fate == fate
        assert not service.taken
        assert server.connections


async def test_fcm_asks_once_for_a_token_that_many_wait_for(tmp_path: Path) -> None:
    async with local_fcm(tmp_path) as (service, options, _):
        fcm = Fcm(replace(options, account=options.account.replace("stentor@", "mallory@")))
        told = [*await fcm.push([note("good", n) for n in range(50)]), *await fcm.push([note("good")])]
        await fcm.close()
        assert {one.fate for one in told} == {"refused"}
        assert service.denied == 1, "and not again at once"


async def test_a_service_in_trouble_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (service, options, server):
        server.speak("http/1.1")
        apns = Apns(options)
        told = [*await apns.push([note(HEX, n) for n in range(50)]), *await apns.push([note(HEX)])]
        await apns.close()
        assert {one.fate for one in told} == {"later"}
        assert all(0 < one.retry_ms <= 1_000 for one in told)
        assert server.connections == 3, "three tries for all of them together"
        assert not service.taken


async def test_when_to_try_again() -> None:
    wire = Wire("https://push.example")
    answers = [Answer(503, {"retry-after": "7"}, b""), Answer(429, {}, b""), Answer(500, {}, b""), Answer(503, {}, b"")]
    assert [wire.later(one, "").retry_ms for one in answers] == [7_000, 60_000, 5_000, 5_000]
    for date, least, most in (
        (format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True), 1_000_000, 1_800_000),
        (format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True), 3_600_000, 3_600_000),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1, 1),
        ("\u00b2", 4_000, 5_000),
        ("soon", 4_000, 5_000),
    ):
        assert least <= wire.later(Answer(503, {"retry-after": date}, b""), "").retry_ms <= most


async def test_fcm_where_there_is_no_http2(tmp_path: Path) -> None:
    """A proxy that opens TLS, say. A lost connection is made again there too."""
    async with local_fcm(tmp_path) as (service, options, _):

        async def handle(request: web.BaseRequest) -> web.Response:
            asked = {**{name.lower(): value for name, value in request.headers.items()}, ":path": request.path}
            answered = service.answer(Asked({**asked, ":method": request.method}, await request.read()))
            if answered is None:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            return web.Response(status=answered.status, body=answered.body, headers=dict(answered.headers))

        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        server = await asyncio.get_running_loop().create_server(web.Server(handle), "127.0.0.1", 0, ssl=tls)
        service.url = url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        fcm = Fcm(replace(options, url=url, token_url=f"{url}/token"))
        told = await fcm.push([note("good", n) for n in range(50)])
        service.cuts = 1
        told = [*told, *await fcm.push([note("good", 99), note("quota"), note("unregistered")])]
        await fcm.close()
        server.close()
        assert [one.fate for one in told] == ["taken"] * 51 + ["later", "gone"]
        assert told[-2].retry_ms == 7_000
        assert (service.grants, len(service.taken)) == (1, 51)


async def test_messages_that_are_too_long(tmp_path: Path) -> None:
    async with local_fcm(tmp_path) as (service, options, _):
        fcm = Fcm(options)
        told = await fcm.push([note("good", text="x" * 4_096), note("good", customPayload={"gcm.x": "1"})])
        await fcm.close()
        assert [one.fate for one in told] == ["refused", "refused"]
        assert not service.taken


async def test_apns_takes_messages(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (service, options, server):
        apns = Apns(options)
        wanted = [note(HEX, n, notificationOptions={"title": "t", "badge": 3}) for n in range(50)]
        told = await apns.push(wanted)
        await apns.close()
        assert {one.fate for one in told} == {"taken"}
        assert set(service.taken) == {one.id for one in wanted}
        assert (len(service.tokens), server.connections) == (1, 1)


@pytest.mark.parametrize(
    ("token", "fate"),
    [("dead", "gone"), ("bad0", "gone"), ("0403", "refused"), ("0429", "later"), ("0500", "later"), ("0503", "later")],
)
async def test_the_errors_of_apns(tmp_path: Path, token: str, fate: str) -> None:
    async with local_apns(tmp_path) as (_, options, __):
        apns = Apns(options)
        (told,) = await apns.push([note(token + HEX[4:])])
        await apns.close()
        assert told.fate == fate
        assert told.retry_ms == (7_000 if token in ("0429", "0503") else told.retry_ms)


async def test_apns_renews_its_token_within_the_hour_and_not_too_often(tmp_path: Path) -> None:
    clock = Clock()
    async with local_apns(tmp_path, clock) as (service, options, _):
        apns = Apns(options, Token(clock))
        for late, tokens in ((0, 1), (49 * 60, 1), (51 * 60, 2), (60 * 60, 2), (102 * 60, 3)):
            clock.late = late
            (told,) = await apns.push([note(HEX)])
            assert (told.fate, len(service.tokens)) == ("taken", tokens)
        await apns.close()


async def test_apns_renews_a_token_that_is_stale_there_once_for_all(tmp_path: Path) -> None:
    there, here = Clock(), Clock()
    async with local_apns(tmp_path, there) as (service, options, _):
        apns = Apns(options, Token(here))
        await apns.push([note(HEX)])
        there.late, here.late = 61 * 60, 10 * 60
        (told,) = await apns.push([note(HEX)])
        assert (told.fate, told.said) == ("later", "APNs 403 ExpiredProviderToken"), "too young for another"
        here.late = 25 * 60
        told_all = await apns.push([note(HEX, n) for n in range(20)])
        await apns.close()
        assert {one.fate for one in told_all} == {"taken"}
        assert len(service.tokens) == 2


async def test_a_device_that_came_back_after_apns_missed_it_is_kept(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (_, options, __):
        apns = Apns(options)
        before = note("dead" + HEX[4:])
        after = replace(before, device=replace(before.device, at=int(time.time() * 1_000) + 3_600_000))
        told = await apns.push([before, after])
        await apns.close()
        assert [one.fate for one in told] == ["gone", "refused"]


async def test_apns_sends_the_same_again_when_the_connection_is_lost(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (service, options, server):
        apns = Apns(options)
        await apns.push([note(HEX, 1)])
        service.cuts = 1
        (told,) = await apns.push([note(HEX, 2)])
        await apns.close()
        assert (told.fate, service.taken[str(UUID(int=2))], server.connections) == ("taken", 2, 2)


async def test_what_apns_refuses_of_the_application(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (service, options, _):
        wrong = {"topic": "com.example.other", "team": "OTHER12345", "key_id": "XXXXXXXXXX", "key": rsa_keys()[0]}
        fates = []
        for name, value in wrong.items():
            apns = Apns(replace(options, **{name: value}))
            (told,) = await apns.push([note(HEX)])
            fates.append((name, told.fate, told.said.split(":")[0]))
            await apns.close()
        assert fates == [
            ("topic", "refused", "APNs 400 BadTopic"),
            ("team", "refused", "APNs 403 InvalidProviderToken"),
            ("key_id", "refused", "APNs 403 InvalidProviderToken"),
            ("key", "refused", "the signing key is unusable"),
        ]
        assert not service.taken
        apns = Apns(options)
        (told,) = await apns.push([note(HEX, text="x" * 4_096)])
        await apns.close()
        assert told.fate == "refused"


async def test_more_requests_than_the_service_takes_at_a_time(tmp_path: Path) -> None:
    """They wait for streams and for the window, which 500 bodies of 3,000 octets fill many times."""
    async with local_fcm(tmp_path) as (service, options, server):
        fcm = Fcm(options)
        told = await fcm.push([note("good", n, text="x" * 3_000) for n in range(500)])
        await fcm.close()
        assert {one.fate for one in told} == {"taken"}
        assert (len(service.taken), server.connections) == (500, 2)


async def test_a_service_that_goes_away_politely(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (service, options, server):
        apns = Apns(options)
        await apns.push([note(HEX, 1)])
        server.goodbye()
        (told,) = await apns.push([note(HEX, 2)])
        await apns.close()
        assert (told.fate, service.taken.total(), server.connections) == ("taken", 2, 2)


async def test_a_service_without_http2(tmp_path: Path) -> None:
    async with local_apns(tmp_path) as (_, options, server):
        server.speak("http/1.1")
        apns = Apns(options)
        (told,) = await apns.push([note(HEX)])
        await apns.close()
        assert told.fate == "later"
        assert "HTTP/2" in told.said
