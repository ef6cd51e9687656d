"""Nothing secret on stderr: a whole life of messages, and of mistakes, with a canary in every secret and every content.

At log level debug, in both forms. A message's id, numbers and hosts are said on purpose; passwords, keys, texts,
callbackData, and what else stands in a URL are not.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from structlog.testing import capture_logs

from stentor.core.notify import RETRY_AFTER_MS
from stentor.engine.address import AddressPolicy
from support.calling import CALLED, platform
from support.making import final_move, message, new, report
from support.platform import quiet
from support.platform import until as until_so
from support.process import Demo, Served, Stentor, command
from support.receiver import Receiver, receiving
from support.sms import magic, new_id, number, settled
from support.waiting import until
from support.web import JSON_HEADERS, TIMEOUT_S, Client, address, basic

BASE = """
[storage]
data = {data}
[http]
port = 0
[smpp]
port = 0
[notify]
allow = ["127.0.0.1/32"]
[log]
level = "debug"
format = "FORM"
"""
TABLES = """
[[connectors]]
type = "smsc"
name = "good"
host = "127.0.0.1"
port = PORT
system_id = "gateway"
password = "canary-smsc-password"
[[connectors]]
type = "smsc"
name = "locked"
host = "127.0.0.1"
port = PORT
system_id = "gateway"
password = "canary-wrong-smsc-password"
reconnect_max = 0.1
[[connectors]]
type = "smsc"
name = "away"
host = "127.0.0.1"
port = 1
password = "canary-away-password"
reconnect_max = 0.1
[[routes]]
connector = "locked"
country = "HR"
[[routes]]
connector = "away"
country = "AT"
[[routes]]
connector = "good"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = { shop = "canary-login-password" }
keys = ["canary-api-key"]
credit = "1000"
[[operators]]
name = "root"
token = "canary-operator-token"
"""
LOGIN, ROOT = basic("shop", "canary-login-password"), "Bearer canary-operator-token"
CONTENT = {"from": "InfoSMS", "text": "canary-text " + "x" * 300 + " ћ", "callbackData": "canary-data"}
Form = Literal["text", "json"]


class Talking(Served):
    """The program at level debug; `started` is read in both forms."""

    def __init__(self, folder: Path, form: Form, smsc_port: int) -> None:
        super().__init__(folder, TABLES.replace("PORT", str(smsc_port)), BASE.replace("FORM", form))

    def _started(self) -> dict[str, Any] | None:
        found = re.search(
            r"\bstarted\b.*?(http://[0-9.]+:[0-9]+).*\n|(http://[0-9.]+:[0-9]+).*\bstarted\b.*\n", self.stderr()
        )
        return {"http": found[1] or found[2]} if found else None


@contextmanager
def smsc(folder: Path) -> Iterator[int]:
    running = Stentor(
        *(folder, "smsc", "--json", "--port", "0", "--system-id", "gateway", "--delay", "0.01"),
        *("--password", "canary-smsc-password"),
    )
    try:
        until(lambda: running.stdout().endswith("\n"), "the SMSC", 20)
        yield int(json.loads(running.stdout())["port"])
        assert "canary" not in running.stdout() + running.stderr()
    finally:
        running.stop()


@contextmanager
def echoing() -> Iterator[int]:
    """A customer's server that answers with what it was sent, line by line."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(TIMEOUT_S)
                asked = connection.recv(65_536)
                connection.sendall(asked.replace(b"POST", b"HTTP/1.1 500") + asked)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def secret_url(port: int | str, path: str = "/canary-path") -> str:
    return f"http://canary-user:canary-password@127.0.0.1:{port}{path}?token=canary-query#canary-fragment"


def life(client: Client, receiver: Receiver, echo: int) -> None:
    """Messages to every end, their reports pulled and pushed to URLs that take them and that do not."""
    taken = secret_url(receiver.url("").rpartition(":")[2])
    urls = [
        taken,
        secret_url(1),
        secret_url(echo),
        taken.replace("127.0.0.1", "10.0.0.1"),
        taken.replace("http", "https"),
    ]
    urls += [taken.replace("127.0.0.1", "host..x"), taken.replace("@127", "\\\\@127")]
    ways = [*((url, "json") for url in urls), *((url, "xml") for url in urls[:3])]
    pushed: list[dict[str, Any]] = [
        {**CONTENT, "notifyUrl": url, "notifyContentType": f"application/{form}", "destinations": [to(number())]}
        for url, form in ways
    ]
    pulled = [{**CONTENT, "destinations": [to(recipient)]} for recipient in (number(), *map(ending, range(9)))]
    waiting = [{**CONTENT, "destinations": [to("385911234567"), to("436641234567"), to("nobody"), to("+0")]}]
    answer = client.post("/sms/1/text/advanced", {"messages": [*pushed, *pulled, *waiting]})
    assert answer.status == 200, answer
    for text in ("canary-text", "canary-text \u0000", "canary-text 😀" * 200):
        assert client.post("/sms/1/text/single", {"from": "InfoSMS", "to": number(), "text": text}).status == 200
    settled(client, *(one["destinations"][0]["messageId"] for one in pushed))
    for query in ({"bulkId": "canary-bulk"}, {"password": "canary-query-password", "limit": "1000"}):
        assert client.get("/sms/1/reports", query).status == 200


def to(recipient: str) -> dict[str, str]:
    return {"to": recipient, "messageId": new_id()}


def ending(digit: int) -> str:
    """One row of the simulated network's table."""
    return magic(digit, 27 if digit in (0, 1, 2, 3) else 1)


def mistakes(url: str) -> None:
    """Requests that are refused at every door and every step."""
    client = Client(url, LOGIN)
    wrong = [basic("shop", "canary-wrong-login"), basic("canary-user", "canary-wrong-login"), "App canary-wrong-key"]
    for authorization in (*wrong, "ApiKey canary-wrong-key", "Basic canary", "Bearer canary-token", "canary", ""):
        assert Client(url, authorization).get("/sms/1/logs", {"apiKey": "canary-query-key"}).status == 401
        assert Client(url, authorization).get("/admin/1/accounts").status == 401
    bodies: list[Any] = [{"messages": [{"text": ["canary-text"]}]}]
    bodies += [
        {"messages": [{**CONTENT, "notifyUrl": one, "to": number()}]} for one in ("ftp://canary:canary@x/", "canary")
    ]
    bodies += [{"messages": [{**CONTENT, "callbackData": "canary-data" * 1000, "to": number()}]}]
    for body in bodies:
        assert client.post("/sms/1/text/advanced", body).status == 400
    for octets in (b'{"text": "canary-text', b'{"text": "canary-text \xff"}', b'"canary-text"', b"<canary-text/>"):
        assert client.call("POST", "/sms/1/text/advanced", octets, JSON_HEADERS).status == 400
    for query in ("limit=canary-query", "sentSince=canary-query", "generalStatus=canary-query", "mnc=canary-query"):
        assert client.call("GET", f"/sms/1/logs?{query}").status == 400
    assert client.get("/canary-path").status == 404
    for octets in RAW:
        with socket.create_connection(address(url), timeout=TIMEOUT_S) as connection:
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass


OLD_LOGIN = "<authentication><username>shop</username><password>canary-login-password</password></authentication>"


def older(url: str, pushurl: str) -> None:
    """The APIs whose logins stand in the query or the body: right, wrong and broken."""
    client = Client(url, None)
    for password in ("canary-login-password", "canary-wrong-login"):
        login = {"user": "shop", "password": password}
        one = {**login, "sender": "InfoSMS", "SMSText": "canary-text", "GSM": number()}
        wrong = ({"sendDateTime": "canary"}, {"encoding": "canary"}, {"binary": "canary"})
        for more in ({}, {"pushurl": pushurl}, *wrong):
            for path in ("/api/v3/sendsms/plain", "/api/sendsms/plain"):
                assert client.get(path, {**one, **more}).status == 200
        asked = {**login, "cmd": "canary", "destinations": "canary", "destination": number(), "messageid": "canary"}
        for path in ("dr/pull", "command/inbox"):
            assert client.get(f"/api/v3/{path}", asked).status == 200
        for path in ("dlrpull", "command", "hlr/", "hlr/sync"):
            assert client.get(f"/api/{path}", asked).status == 200
        v1 = {"username": "shop", "password": password, "to": number()}
        assert client.get("/sms/1/text/query", v1).status in (200, 401)
    message = f"<message><text>canary-text</text><gsm>{number()}</gsm></message>"
    whole = json.dumps({"authentication": {"username": "shop", "password": "canary-wrong-login"}, "messages": []})
    for octets in (f"<SMS>{OLD_LOGIN}{message}</SMS>", f"XML=<SMS>{OLD_LOGIN}", whole, whole[:-1], "JSON=canary"):
        for path in ("/api/v3/sendsms/xml", "/api/v3/sendsms/json", "/api/v3/sendsms/plain", "/api/sendsms/xml"):
            assert client.call("POST", path, octets.encode()).status == 200


def one_api(url: str, notify: str) -> str:
    """A login for a token, right, wrong and broken, and what is done with it; the token."""
    nobody, path = Client(url, None), "/1/customerProfile/login"
    login = {"username": "shop", "password": "canary-login-password"}
    assert nobody.post(path, {**login, "password": "canary-wrong-login"}).status == 401
    for octets in (b'{"password": "canary-login-password', b"password=canary-login-password", b"<canary/>"):
        assert nobody.call("POST", f"{path}?password=canary-query-password", octets).status == 400
    token = str(nobody.post(path, login).json["login"]["ibAuthCookie"])
    for wrong in ("IBSSO canary-token", f"IBSSO {token}x", f"App {token}", f"Basic {token}"):
        assert Client(url, wrong).get("/1/customerProfile", {"token": token}).status == 401
    mine, out = Client(url, f"IBSSO {token}"), "/1/smsmessaging/outbound"
    told = {"notifyURL": notify, "callbackData": "canary-data"}
    assert mine.post(f"{out}/subscriptions", told).status == 201
    sent = mine.post(f"{out}/InfoSMS/requests", {"address": number(), "message": "canary-text", **told}).json
    settled(mine, sent["sendMessageResults"][0]["messageId"])
    assert mine.get("/1/terminalstatus/queries/roamingStatus", {"address": number(), **told}).status == 200
    for body in ({"message": ["canary-text"]}, {"address": [{}], "message": "canary-text"}, {"notifyURL": "canary"}):
        assert mine.post(f"{out}/InfoSMS/requests", body).status == 400
    assert mine.call("POST", "/1/customerProfile/logout", b"").status == 204
    assert mine.get("/1/customerProfile", {"token": token}).status == 401
    return token


HEAD = b"POST /sms/1/text/single?key=canary-query HTTP/1.1\r\nHost: x\r\nAuthorization: " + LOGIN.encode() + b"\r\n"
RAW = (
    b"canary-text\r\n\r\n",
    b"GET canary-path canary HTTP/1.1\r\n\r\n",
    b"GET /?canary-query HTTP/1.1\r\nAuthorization: canary\x00\r\n\r\n",
    HEAD + b'Content-Length: 1000\r\n\r\n{"text": "canary-text',
    HEAD + b"Content-Length: canary\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\ncanary-text\r\n",
    HEAD + b"X-Canary: " + b"canary" * 50_000,
)


def administration(url: str) -> None:
    """Secrets that operators give; also wrongly."""
    root = Client(url, ROOT)
    user = {"name": "new", "account": "shop", "password": "canary-new-password"}
    assert root.post("/admin/1/users", user).status == 201
    assert root.post("/admin/1/users", {**user, "account": "canary-nobody"}).status in (400, 404, 409)
    assert root.post("/admin/1/users", {**user, "password": ["canary-new-password"]}).status == 400
    link = {"type": "smsc", "name": "new", "host": "127.0.0.1", "port": 1, "password": "canary-link-password"}
    assert root.post("/admin/1/connectors", link).status == 201
    assert root.post("/admin/1/connectors", {**link, "port": "canary"}).status == 400
    toml = b'[[operators]]\nname = "second"\ntoken = "canary-second-token"\n'
    for octets in (toml, toml + b"canary = ", b"token = 'canary-token'"):
        answer = root.call("POST", "/admin/1/config", octets, {"Content-Type": "application/toml"})
        assert answer.status in (200, 400), answer
    assert Client(url, basic("new", "canary-new-password")).get("/account/1/balance").status == 200


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_secret_is_logged(tmp_path: Path, form: Form) -> None:
    with smsc(tmp_path / "smsc") as port, receiving() as receiver, echoing() as echo:
        running = Talking(tmp_path / "run", form, port)
        try:
            life(Client(running.url, LOGIN), receiver, echo)
            mistakes(running.url)
            older(running.url, secret_url(receiver.url("").rpartition(":")[2], "/canary-v3"))
            token = one_api(running.url, secret_url(receiver.url("").rpartition(":")[2], "/canary-oneapi"))
            administration(running.url)
            until(lambda: said(running.stderr()) >= SAID, f"the events {SAID}")
        finally:
            assert running.stop() == 0
    lines = (running.stderr() + running.stdout()).splitlines()
    assert [line for line in lines if "canary" in line.lower() or token in line] == []
    assert receiver.calls("/canary-path?token=canary-query"), "URLs are called as they were given"


SAID = {"started", "accepted", "rejected", "receipt", "notified", "notify failed", "report pulled"}
SAID |= {"smsc bound", "smsc refused the bind", "smsc unreachable"}


def said(log: str) -> set[str]:
    """The events that a log has, in either form."""
    return {event for event in SAID if re.search(rf'("event": ?"{event}"|\] {event} )', log)}


def test_the_demo_says_its_login_on_stdout_only(demo: Demo) -> None:
    for secret in (demo.facts["password"], demo.facts["api_key"]):
        assert secret in demo.stdout()
        assert secret not in demo.stderr()


async def test_a_url_given_up_is_logged_by_its_host(tmp_path: Path) -> None:
    """After 20 retries over virtual time; the reason that is logged is the caller's own."""
    urls = [secret_url(1), secret_url(1).replace("127.0.0.1", "canary..x"), "http://canary:canary@[::1]@x/?canary"]
    async with platform(tmp_path, AddressPolicy(["127.0.0.1/32"])) as e:
        with capture_logs() as logged:
            messages = [message(notify_url=url) for url in urls]
            await e.store.accept(new(*messages, in_hand=True))
            await e.mover.carry_out([(final_move(m, report=report(m, url=m.notify_url)), m) for m in messages])
            for tries, wait in enumerate((*RETRY_AFTER_MS, 0), start=1):
                await until_so(lambda tries=tries: all(calls(e, m) >= tries for m in messages))  # type: ignore[misc]
                e.clock.pass_ms(wait)
                await e.notifier.tick()
            await until_so(lambda: len(logged) >= len(urls))
            await quiet()
    assert {entry["event"] for entry in logged} == {"notify given up"}
    assert {entry["host"] for entry in logged} >= {"http://127.0.0.1:1"}
    assert [entry for entry in logged if "password" in str(entry) or "query" in str(entry)] == []


def calls(e: Any, one: Any) -> int:
    return sum(event.kind in {*CALLED, "notify given up"} for event in e.story(one).events)


BROKEN = """
import os, structlog
from stentor.app.running import log_to_stderr
log_to_stderr("debug", os.environ["FORM"])
def handle(body):
    login = os.environ["SECRET"]
    raise ValueError("broken")
try:
    handle(os.environ["SECRET"])
except ValueError:
    structlog.get_logger().exception("request failed", path="/sms")
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_shows_no_values(form: Form) -> None:
    """A defect of ours is logged with its lines, not with what was in its variables."""
    env = {**os.environ, "FORM": form, "SECRET": "canary-value"}
    shown = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, check=True, env=env)
    assert "ValueError: broken" in shown.stderr
    assert "canary" not in shown.stderr


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('password = "canary-smsc-password"', "password = canary-smsc-password"),
        lambda text: text.replace('password = "canary-smsc-password"', 'password = ["canary-smsc-password"]'),
        lambda text: text.replace('password = "canary-smsc-password"', 'password = "canary-smsc-password'),
        lambda text: text.replace('"canary-login-password"', "7"),
        lambda text: text.replace('token = "canary', 'tokken = "canary'),
        lambda text: text + '[[accounts]]\nname = "other"\nkeys = ["canary-api-key"]\n',
        lambda text: text + '[[operators]]\nname = "root"\ntoken = "canary-other-token"\n',
        lambda text: text + "[http]\nport = 0\n",
    ],
)
def test_a_wrong_configuration_is_named_without_its_secrets(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    config = tmp_path / "stentor.toml"
    whole = BASE.replace("FORM", "json").format(data=json.dumps(str(tmp_path / "data"))) + TABLES.replace("PORT", "1")
    config.write_text(spoil(whole))
    shown = command("serve", "--config", config)
    assert shown.returncode == 2, shown
    assert shown.stderr.startswith("stentor: ")
    assert "canary" not in shown.stderr + shown.stdout
