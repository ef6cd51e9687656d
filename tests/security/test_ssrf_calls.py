"""What goes out in a call to a customer's URL, and on which connection."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stentor.engine.address import AddressPolicy
from support.calling import LOOPBACK, PUBLIC, Names, calling, canary, history, platform, said
from support.platform import until as until_so
from support.receiver import Receiver
from support.sms import deliver, new_id
from support.waiting import until
from support.web import Client
from support.webhook import EMPTY_200, Talk, listening, saying


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
async def test_redirects_are_not_followed(tmp_path: Path, status: int) -> None:
    async with canary() as (port, listeners):
        head = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n".encode()
        async with (
            listening(saying(head), PUBLIC) as public,
            platform(tmp_path, AddressPolicy([f"{PUBLIC}/32"])) as e,
        ):
            (told,) = await history(e, f"http://{PUBLIC}:{public.port}/")
            assert "redirects are not followed" in told
            assert len(public.requests) == 1
        assert [listener.connections for listener in listeners] == [0] * len(listeners)


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(f"machine {PUBLIC} login someone password canary-netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with canary() as (port, listeners), listening(host=PUBLIC) as public:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with calling(AddressPolicy([*LOOPBACK])) as caller:
            assert (await said(caller, f"http://{PUBLIC}:{public.port}/")).startswith("200")
        assert public.requests[0].header("authorization") is None
        assert [listener.connections for listener in listeners] == [0] * len(listeners)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("http://one.example:{port}/", "one.example:{port}"),
        ("http://ONE.example:{port}/", "one.example:{port}"),
        ("http://user:secret@one.example:{port}/", "one.example:{port}"),
        ("http://bücher.example:{port}/", "xn--bcher-kva.example:{port}"),
        ("http://127.0.0.1:{port}/", "127.0.0.1:{port}"),
        ("http://one.example:{port}/#x@other.example", "one.example:{port}"),
    ],
)
async def test_the_host_header_is_the_urls(written: str, host: str) -> None:
    names = Names(**{"one.example": [["127.0.0.1"]], "xn--bcher-kva.example": [["127.0.0.1"]]})
    async with listening() as server, calling(AddressPolicy(LOOPBACK), names) as caller:
        assert (await said(caller, written.replace("{port}", str(server.port)))).startswith("200")
        assert server.requests[0].header("host") == host.replace("{port}", str(server.port))


async def test_a_connection_serves_only_its_own_name() -> None:
    names = Names(one_example=[["127.0.0.1"]], two_example=[["127.0.0.1"]])
    async with listening() as server, calling(AddressPolicy(LOOPBACK), names) as caller:
        for name in ("one", "one", "two", "two", "one"):
            assert (await said(caller, f"http://{name}.example:{server.port}/")).startswith("200")
        assert server.connections == 2
        assert [str(got.header("host"))[:3] for got in server.requests] == ["one", "one", "two", "two", "one"]


async def test_hundreds_of_hosts_take_no_more_connections_than_there_are_places(tmp_path: Path) -> None:
    """One account's URLs hang, and another's is called at once; the kept connections are few."""
    answers = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.request()
        await answers.wait()
        await talk.send(EMPTY_200)

    hosts = {f"h{n}.example": [["127.0.0.1"]] for n in range(400)}
    names = Names(**hosts, good_example=[["127.0.0.1"]])
    async with (
        listening(script) as server,
        listening() as other,
        platform(tmp_path, AddressPolicy(LOOPBACK), names) as e,
    ):
        hanging = asyncio.create_task(history(e, *(f"http://{host}:{server.port}/" for host in hosts)))
        await until_so(lambda: len(server.requests) == 80)
        (told,) = await history(e, f"http://good.example:{other.port}/", account=2)
        assert "200 in" in told
        assert server.connections == 80
        answers.set()
        assert len([words for words in await hanging if "200 in" in words]) == 400
        assert server.most <= 80 + 60, "those in use and those kept"


async def test_credentials_of_a_url_go_nowhere_else() -> None:
    """Userinfo is that URL's Basic login; the next URL of the same host does not inherit it."""
    async with listening() as server, calling(AddressPolicy(LOOPBACK)) as caller:
        await said(caller, f"http://user:secret@127.0.0.1:{server.port}/")
        await said(caller, f"http://127.0.0.1:{server.port}/")
        assert [got.header("authorization") for got in server.requests] == ["Basic dXNlcjpzZWNyZXQ=", None]


async def test_cookies_are_not_kept() -> None:
    async def script(talk: Talk) -> None:
        for _ in range(2):
            await talk.request()
            await talk.send(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    async with listening(script) as server, calling(AddressPolicy(LOOPBACK)) as caller:
        for _ in range(2):
            await said(caller, f"http://127.0.0.1:{server.port}/")
        assert [got.header("cookie") for got in server.requests] == [None, None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Self-signed, for good.example."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=good.example", "-addext", "subjectAltName=DNS:good.example"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = ["openssl", "req", "-x509", *kind, *subject, "-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run(command, check=True, capture_output=True)
    return made


async def test_certificates_are_checked(certificate: tuple[Path, Path]) -> None:
    names = Names(good_example=[["127.0.0.1"]], bad_example=[["127.0.0.1"]])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=certificate[0])
    async with listening(tls=tls) as server:
        async with calling(AddressPolicy(LOOPBACK), names) as caller:
            told = await said(caller, f"https://good.example:{server.port}/")
            assert told == f"the certificate of good.example:{server.port} is not valid: self-signed certificate"
        async with calling(AddressPolicy(LOOPBACK), names, tls=trusting) as caller:
            assert (await said(caller, f"https://good.example:{server.port}/")).startswith("200")
            told = await said(caller, f"https://bad.example:{server.port}/")
            assert told.startswith(f"the certificate of bad.example:{server.port} is not valid: Hostname mismatch")
        assert len(server.requests) == 1


async def test_what_speaks_no_tls(certificate: tuple[Path, Path]) -> None:
    async def script(talk: Talk) -> None:
        await talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with listening(script) as server, calling(AddressPolicy(LOOPBACK)) as caller:
        told = await said(caller, f"https://127.0.0.1:{server.port}/")
    assert told.startswith(f"TLS with 127.0.0.1:{server.port} failed:")


HOSTILE = '"}],"results":[{"x":"\\"}]}\r\n\r\nPOST / HTTP/1.1\r\n</callbackData></results><results>&lol;<![CDATA[<a>]]>'


def test_content_stays_content(client: Client, receiver: Receiver) -> None:
    """What a customer writes is one value in the body of the call, in JSON and in XML."""
    bodies = {}
    for form in ("json", "xml"):
        path, bulk = f"/content-{form}-{new_id()}", f"{HOSTILE[:40]}{form}"
        way = {"notifyUrl": receiver.url(path), "notifyContentType": f"application/{form}"}
        deliver(client, callbackData=HOSTILE, bulkId=bulk, messageId=HOSTILE[40:80] + new_id(), **way)
        (call,) = until(lambda path=path: receiver.calls(path), "the call")  # type: ignore[misc]
        bodies[form] = call.body
    (result,) = json.loads(bodies["json"])["results"]
    assert (result["callbackData"], result["bulkId"]) == (HOSTILE, HOSTILE[:40] + "json")
    (element,) = ET.fromstring(bodies["xml"])
    assert element.tag == "results"
    for name, value in {"callbackData": HOSTILE, "bulkId": HOSTILE[:40] + "xml"}.items():
        assert element.findtext(name, "").split() == value.split(), "readers of XML turn CR LF into LF"
