"""What an operator sees of a running platform: /health, /ready, /metrics, the live feed and the log of moves."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stentor.core.measures import TABLE
from support.process import SERVE, Demo, Served
from support.receiver import Receiver
from support.waiting import until
from support.web import Client, address, basic

TOKEN = "token-of-the-operator-who-watches"
TABLES = f"""
[[connectors]]
type = "simulated"
name = "net"
delay = 0.02
[[routes]]
connector = "net"
[[prices]]
price = "0.01"
[[accounts]]
name = "shop"
users = {{ shop = "open sesame", other = "open barley" }}
credit = "100"
[[operators]]
name = "watcher"
token = "{TOKEN}"
"""
GRACE_S = 8.0
"""uvicorn gives requests 10 s to end; readers of the feed must not use them up."""
OPERATOR = f"Bearer {TOKEN}"
WATCHED = "41793021111"
ABSENT = "41799900027"
"""Undeliverable with GSM error 27 (docs/reference/simulated-network.md)."""

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("observed"), TABLES)
    yield running
    running.stop()


def _shop(running: Served) -> Client:
    return Client(running.url, basic("shop", "open sesame"))


def _send(running: Served, *to: str, **more: Any) -> list[dict[str, Any]]:
    message = {"from": "Shop", "destinations": [{"to": one} for one in to], "text": "canary text", **more}
    answer = _shop(running).post("/sms/1/text/advanced", {"messages": [message]})
    assert answer.status == 200, answer
    return list(answer.json["messages"])


def _scraped(running: Served) -> Samples:
    answer = Client(running.url, None).get("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, tuple(sorted(labels.items()))), 0.0)


def _labelled(samples: Samples, name: str) -> dict[tuple[tuple[str, str], ...], float]:
    return {labels: value for (found, labels), value in samples.items() if found == name and value}


def _since(before: Samples, now: Samples) -> Samples:
    return {key: value - before.get(key, 0.0) for key, value in now.items()}


def test_known_traffic_is_counted_exactly(served: Served, receiver: Receiver) -> None:
    """Differences, because the tests of this file share a platform; first of all its reports are taken."""
    _shop(served).get("/sms/1/reports", {"limit": 1000})
    before = _scraped(served)
    assert ("stentor_parts_sent_total", (("connector", "net"),)) in before
    url = receiver.url("/observed")
    _send(served, "41793026727", "41793026728", ABSENT, notifyUrl=url)
    _send(served, "41793026729", "12")
    _shop(served).post("/sms/1/text/single", {"from": "Shop", "to": "41793026727", "text": "long " * 40})
    twice = [{"to": "41793026727", "messageId": "once"}]
    for _ in range(2):
        _shop(served).post("/sms/1/text/advanced", {"messages": [{"destinations": twice, "text": "x", "from": "Shop"}]})
    Client(served.url, basic("shop", "wrong")).get("/account/1/balance")

    def settled() -> Samples | None:
        samples = _since(before, _scraped(served))
        done = sum(v for (name, _), v in samples.items() if name == "stentor_messages_final_total")
        notified = _value(samples, "stentor_reports_total", outcome="notified")
        return samples if (done, notified) == (6, 3) else None

    samples = until(settled, "six messages at their end and three reports at their URL")
    assert _value(samples, "stentor_messages_accepted_total") == 6
    assert _labelled(samples, "stentor_messages_rejected_total") == {
        (("status", "REJECTED_DESTINATION"),): 1,
        (("status", "REJECTED_DUPLICATE_MESSAGE_ID"),): 1,
    }
    assert _labelled(samples, "stentor_messages_final_total") == {
        (("error", "0"), ("status", "DELIVERED_TO_HANDSET")): 5,
        (("error", "27"), ("status", "UNDELIVERABLE_NOT_DELIVERED")): 1,
    }
    assert _value(samples, "stentor_parts_sent_total", connector="net") == 7
    assert _value(samples, "stentor_receipts_total", connector="net") == 7
    assert _value(samples, "stentor_message_until_sent_seconds_count", connector="net") == 6
    assert _value(samples, "stentor_message_until_final_seconds_count", connector="net") == 6
    assert _value(samples, "stentor_events_total", event="accepted") == 6
    assert _value(samples, "stentor_login_failures_total", who="account") == 1
    single = {"method": "POST", "route": "/sms/1/text/single", "status": "200"}
    assert _value(samples, "stentor_http_request_duration_seconds_count", **single) == 1
    assert _value(samples, "stentor_store_commits_total") > 0
    now = _scraped(served)
    assert _value(now, "stentor_reports_owed", way="pull") == 3
    assert _value(now, "stentor_upstream_up", connector="net") == 1
    assert _value(now, "stentor_ready") == 1
    assert _value(now, "stentor_store_bytes", file="data") > 0
    pulled = _shop(served).get("/sms/1/reports").json["results"]
    assert len(pulled) == 3
    given = {"name": "stentor_reports_total", "outcome": "pulled"}
    until(lambda: _value(_since(now, _scraped(served)), **given) == 3, "they are written and counted")


def test_everything_scraped_is_in_the_table_with_its_labels(served: Served) -> None:
    _send(served, "41793026727")
    names: dict[str, set[str]] = {}
    for name, labels in _scraped(served):
        plain = next((name.removesuffix(end) for end in ("_bucket", "_sum", "_count") if name.endswith(end)), name)
        names.setdefault(plain, set()).update(label for label, _ in labels if label != "le")
    assert set(names) <= set(TABLE)
    assert {name: labels for name, labels in names.items() if labels != set(TABLE[name].labels)} == {}
    absent = set(TABLE) - set(names)
    by_need = {name for name in absent if "upstream_r" in name or name.startswith("stentor_notify_")}
    assert absent - by_need <= {
        "stentor_messages_rejected_total",
        "stentor_messages_final_total",
        "stentor_lookups_total",
        "stentor_omni_messages_rejected_total",
        "stentor_omni_steps_ended_total",
    } | {name for name in absent if name.startswith("stentor_message_until_")}


def test_what_the_configuration_closes(tmp_path: Path) -> None:
    """Metrics for operators only, and no log of moves."""
    closed = SERVE.replace("port = 0", "port = 0\nmetrics_allow = []", 1) + "moves = false\n"
    running = Served(tmp_path, TABLES, closed)
    try:
        refused = Client(running.url, None).get("/metrics")
        assert refused.error[:2] == (401, "UNAUTHORIZED")
        assert refused.headers["www-authenticate"] == 'Bearer realm="Stentor"'
        assert Client(running.url, basic("shop", "open sesame")).get("/metrics").status == 401
        _send(running, "41793026727")
        operator = Client(running.url, OPERATOR)
        until(lambda: b'{event="final"} 1' in operator.get("/metrics").body, "the end of the message")
        assert "messageId" not in running.stderr()
    finally:
        running.stop()


def test_health_and_readiness_need_no_login(client: Client) -> None:
    stranger = Client(client.url, None)
    assert stranger.get("/health").json == {"status": "ok"}
    ready = stranger.get("/ready")
    assert (ready.status, ready.json) == (200, {"status": "ready", "upstreams": [{"name": "simulated", "up": True}]})


class Tail:
    """A reader of the live feed on a socket of its own."""

    def __init__(self, running: Served, query: str = "", authorization: str = OPERATOR) -> None:
        self._connection = socket.create_connection(address(running.url), timeout=10)
        head = f"GET /admin/1/tail?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n"
        self._connection.sendall(head.encode())
        self._file = self._connection.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline() != b"\r\n":
            pass

    def line(self) -> dict[str, Any] | None:
        """The next line that is no heartbeat; None at the end."""
        while True:
            text = self._text()
            if not text or json.loads(text)["event"] != "heartbeat":
                return dict(json.loads(text)) if text else None

    def beat(self) -> None:
        assert json.loads(self._text())["event"] == "heartbeat"

    def close(self) -> None:
        self._file.close()
        self._connection.close()

    def _text(self) -> bytes:
        """A line, out of the chunks it comes in."""
        line = b""
        while not line.endswith(b"\n"):
            line += self._rest or self._chunk()
            line, self._rest = self._split(line)
            if not line:
                return b""
        return line

    _rest = b""
    _ended = False

    def _split(self, octets: bytes) -> tuple[bytes, bytes]:
        head, found, rest = octets.partition(b"\n")
        return head + found, rest

    def _chunk(self) -> bytes:
        size = int(self._file.readline().strip() or b"0", 16)
        octets = self._file.read(size)
        self._file.readline()
        return octets


def test_the_tail_tells_a_messages_moves_in_order(served: Served) -> None:
    tail = Tail(served, f"to={WATCHED}")
    assert tail.status == 200
    tail.beat()
    _send(served, ABSENT)
    (sent,) = _send(served, WATCHED)
    lines = [tail.line() for _ in range(4)]
    tail.close()
    assert [line and line["event"] for line in lines] == ["accepted", "sent", "receipt", "final"]
    statuses = ["PENDING_ENROUTE", "PENDING_WAITING_DELIVERY", "PENDING_WAITING_DELIVERY", "DELIVERED_TO_HANDSET"]
    assert [line and line["status"] for line in lines] == statuses
    for line in lines:
        assert line is not None
        facts = (line["messageId"], line["account"], line["from"], line["to"])
        assert facts == (sent["messageId"], "shop", "Shop", WATCHED)
        assert "canary" not in json.dumps(line)


def test_only_operators_may_watch(served: Served) -> None:
    for authorization in ("", "Bearer wrong", basic("shop", "open sesame")):
        tail = Tail(served, authorization=authorization)
        assert tail.status == 401
        tail.close()


def test_a_reader_that_never_reads_is_dropped_from_and_slows_nobody(served: Served) -> None:
    tail = Tail(served)
    tail.beat()
    numbers = [f"4179302{number:04d}" for number in range(2_000)]

    def dropped() -> bool:
        _send(served, *numbers)
        return _value(_scraped(served), "stentor_tail_dropped_total") > 0

    until(dropped, "events that the reader did not get", 30)
    samples = _scraped(served)
    assert _value(samples, "stentor_tails") == 1
    until(lambda: _value(_scraped(served), "stentor_parts_sent_total", connector="net") >= 2_000, "all sent", 30)
    tail.close()
    until(lambda: _value(_scraped(served), "stentor_tails") == 0, "the reader is gone")


def test_stopping_does_not_wait_for_readers(tmp_path: Path) -> None:
    running = Served(tmp_path, TABLES)
    tail = Tail(running)
    tail.beat()
    began = time.monotonic()
    assert running.stop() == 0
    assert time.monotonic() - began < GRACE_S
    assert tail.line() is None
    tail.close()


def test_the_log_has_a_line_for_each_move_with_its_message_id(served: Served, receiver: Receiver) -> None:
    (sent,) = _send(served, "41793026727", notifyUrl=receiver.url("/logged"))
    (mine,) = _send(served, "12")

    def logged() -> list[dict[str, Any]] | None:
        lines = [json.loads(line) for line in served.stderr().splitlines(keepends=True) if line.endswith("\n")]
        moves = [line for line in lines if line.get("messageId") == sent["messageId"]]
        return lines if moves and moves[-1]["event"] == "notified" else None

    lines = until(logged, "the line of the last move")
    moves = [line for line in lines if line.get("messageId") == sent["messageId"]]
    assert [line["event"] for line in moves] == ["accepted", "sent", "receipt", "final", "notified"]
    assert [line["event"] for line in lines if line.get("messageId") == mine["messageId"]] == ["rejected"]
    assert all(set(line) == {"event", "messageId", "status", "detail", "level", "timestamp"} for line in moves)
    for secret in ("canary", "open sesame", TOKEN):
        assert secret not in served.stderr()


def test_the_demo_keeps_its_console_quiet(demo: Demo) -> None:
    sent = demo.client.post("/sms/1/text/single", {"from": "Shop", "to": "41793026727", "text": "x"}).json["messages"]
    stranger = Client(demo.url, None)
    until(lambda: stranger.get("/metrics").body.count(b'{event="final"} 0') == 0, "the end of a message")
    assert sent[0]["messageId"] not in demo.stdout() + demo.stderr()
