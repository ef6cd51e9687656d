"""`stentor demo` and `stentor message show`, as a person or a script meets them."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from support.process import Demo, command
from support.sms import deliver, log_ids, magic, new_id
from support.web import Client, address


def _refusal(*arguments: str | Path) -> str:
    """The one line on stderr of a command that ends with 2."""
    ended = command(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("stentor: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_one_line_of_json_says_all_that_a_script_needs(own_demo: Demo) -> None:
    deliver(own_demo.client)
    started = time.monotonic()
    assert own_demo.stop() == 0
    assert time.monotonic() - started < 5
    assert own_demo.stdout().count("\n") == 1
    assert list(own_demo.facts) == ["http", "username", "password", "api_key", "admin_token", "account", "smpp", "data"]
    assert "Traceback" not in own_demo.stderr()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address(own_demo.url))


def test_a_restart_keeps_balance_logs_reports_and_key(tmp_path: Path) -> None:
    first = Demo(tmp_path)
    message_id = deliver(first.client)
    balance = first.client.get("/account/1/balance").json
    assert first.stop() == 0
    again = Demo(tmp_path)
    try:
        by_key = Client(again.url, f"App {first.facts['api_key']}")
        assert again.facts["api_key"] == first.facts["api_key"]
        assert by_key.get("/account/1/balance").json == balance
        assert log_ids(by_key) == [message_id]
        assert [one["messageId"] for one in by_key.get("/sms/1/reports").json["results"]] == [message_id]
    finally:
        assert again.stop() == 0


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    first = Demo(tmp_path)
    message_id = deliver(first.client)
    first.kill()
    again = Demo(tmp_path)
    try:
        assert log_ids(again.client) == [message_id]
    finally:
        again.stop()


def test_a_second_program_on_the_folder_says_so(demo: Demo) -> None:
    told = _refusal("demo", "--json", "--port", "0", "--data", demo.data)
    assert str(demo.data) in told
    assert "in use by another running Stentor" in told
    assert demo.client.get("/account/1/balance").status == 200


def test_a_taken_port_says_so(demo: Demo, tmp_path: Path) -> None:
    _, port = address(demo.url)
    told = _refusal("demo", "--json", "--port", str(port), "--data", tmp_path / "data")
    assert f"cannot listen on 127.0.0.1:{port}: " in told
    assert "choose another port" in told


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = _refusal("demo", "--json", "--port", "0", "--data", tmp_path / "file" / "data")
    assert told.startswith(f"stentor: cannot keep data in {tmp_path}/file/data: ")
    assert told.count("\n") == 1


def test_other_folders_have_other_keys(demo: Demo, own_demo: Demo) -> None:
    assert demo.facts["api_key"] != own_demo.facts["api_key"]
    key = Client(own_demo.url, f"App {demo.facts['api_key']}")
    assert key.get("/account/1/balance").status == 401


def test_a_message_is_shown_while_the_program_runs_and_after(own_demo: Demo) -> None:
    message_id = deliver(own_demo.client, callbackData="order 7")
    show = ("message", "show", message_id, "--data", str(own_demo.data))
    running = command(*show, "--json")
    assert running.returncode == 0
    told = json.loads(running.stdout)
    assert (told["messageId"], told["callbackData"], told["status"]["name"]) == (
        message_id,
        "order 7",
        "DELIVERED_TO_HANDSET",
    )
    assert [event["event"] for event in told["events"]] == ["accepted", "sent", "receipt", "final"]
    own_demo.stop()
    assert command(*show, "--json").stdout == running.stdout
    words = command(*show)
    assert words.returncode == 0
    assert message_id in words.stdout
    assert "DELIVERED_TO_HANDSET" in words.stdout


def test_the_story_of_a_failure_says_what_it_was(demo: Demo) -> None:
    message_id = deliver(demo.client, to=magic(0, 27))
    words = command("message", "show", message_id, "--data", demo.data).stdout
    assert "UNDELIVERABLE_NOT_DELIVERED, error 27 EC_ABSENT_SUBSCRIBER" in words


def test_a_generated_id_is_shown_too(demo: Demo) -> None:
    sent = demo.client.post("/sms/1/text/single", {"from": "InfoSMS", "to": magic(5, 0), "text": "x"}).json
    message_id = sent["messages"][0]["messageId"]
    told = json.loads(command("message", "show", message_id, "--data", demo.data, "--json").stdout)
    assert told["messageId"] == message_id


def test_an_unknown_message_says_so(demo: Demo, tmp_path: Path) -> None:
    unknown = new_id()
    assert f"no message '{unknown}' in {demo.data}" in _refusal("message", "show", unknown, "--data", demo.data)
    assert "has no messages" in _refusal("message", "show", unknown, "--data", tmp_path)


def test_the_demo_over_a_real_smpp_link(tmp_path: Path) -> None:
    running = Demo(tmp_path, "--smpp-upstream")
    try:
        message_id = deliver(running.client, text="ж" * 71)
        result = running.client.get("/sms/1/reports", {"messageId": message_id}).json["results"][0]
        assert (result["status"]["id"], result["smsCount"]) == (5, 2)
    finally:
        assert running.stop() == 0
