"""Lookups through another platform: its answers, its failures, its secrets; resolvers changed while it runs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.process import Served, command
from support.resolver import OtherPlatform, answering
from support.web import Client, basic

TABLES = """
[[resolvers]]
type = "http"
name = "upstream"
url = "{url}"
user = "us"
password = "upstream-secret"
timeout = 3.0
cache = 0
[[resolvers]]
type = "plan"
[[prices]]
plan = "lookup"
price = "0.005"
[[accounts]]
name = "docs"
users = {{ Aladdin = "open sesame" }}
credit = "100"
[[operators]]
name = "root"
token = "operator-token"
"""
ROOT = "Bearer operator-token"


@pytest.fixture
def other() -> Iterator[OtherPlatform]:
    with answering() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path, other: OtherPlatform) -> Iterator[Served]:
    running = Served(tmp_path, TABLES.format(url=other.url))
    yield running
    running.stop()


def query(served: Served, *numbers: str) -> list[dict[str, Any]]:
    answer = served.client.post("/number/1/query", {"to": [*numbers]})
    assert answer.status == 200, answer
    return list(answer.json["results"])


def balance(served: Served) -> float:
    return float(served.client.get("/account/1/balance").json["balance"])


def test_its_answers_are_ours(served: Served, other: OtherPlatform) -> None:
    (result,) = query(served, "41793026727")
    assert (result["imsi"], result["mccMnc"], result["status"]["id"]) == ("228019876543210", "22801", 5)
    assert other.logins == [basic("us", "upstream-secret")]
    many = [str(41790000000 + n) for n in range(250)]
    assert len(query(served, *many)) == 250
    assert sorted(map(len, other.requests[1:])) == [50, 100, 100]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (401, b"{}"),
        (200, b"no json"),
        (200, b'{"results":[{"to":[]}]}'),
        (302, None),
        (200, b'{"results":[]}'),
    ],
)
def test_when_it_fails_the_next_is_asked(served: Served, other: OtherPlatform, status: int, body: bytes | None) -> None:
    other.status, other.body = status, body
    (result,) = query(served, "41793026727")
    assert (result["status"]["id"], "imsi" in result) == (22, False)


def test_when_it_hangs_the_next_is_asked_in_time(served: Served, other: OtherPlatform) -> None:
    other.gate.clear()
    began = time.monotonic()
    (result,) = query(served, "41793026727")
    assert result["status"]["id"] == 22
    assert 2.5 < time.monotonic() - began < 10
    other.gate.set()


def test_resolvers_change_while_it_runs(served: Served, other: OtherPlatform) -> None:
    admin = Client(served.url, ROOT)
    assert admin.get("/admin/1/resolvers/upstream").json["password"] == "<kept>"
    patch = admin.call(
        "PATCH", "/admin/1/resolvers/upstream", b'{"countries": ["DE"]}', {"Content-Type": "application/json"}
    )
    assert patch.status == 200, patch
    assert query(served, "41793026727")[0]["status"]["id"] == 22
    assert query(served, "491512345678")[0]["status"]["id"] == 5
    assert other.requests == [["491512345678"]]
    revision = admin.get("/admin/1/revisions").json["results"][0]["number"]
    assert admin.call("POST", f"/admin/1/revisions/{revision}/undo").status == 200
    assert query(served, "41793026727")[0]["status"]["id"] == 5
    assert other.logins[-1] == basic("us", "upstream-secret")
    assert admin.call("DELETE", "/admin/1/resolvers/upstream").status == 204
    assert query(served, "41793026727")[0]["status"]["id"] == 22


def test_what_cannot_be_a_resolver_is_refused(served: Served) -> None:
    admin = Client(served.url, ROOT)
    for body, said in (
        ({"type": "http", "name": "x", "url": "ftp://x"}, "url"),
        ({"type": "http", "name": "x", "url": "http://x", "cache": 301}, "cache"),
        ({"type": "http", "name": "x", "url": "http://x", "user": "a", "api_key": "b"}, "api_key"),
        ({"type": "http", "name": "x", "url": "http://x", "api": "v3", "api_key": "b"}, "user"),
        ({"type": "plan", "name": "x", "account": "nobody"}, "account"),
        ({"type": "plan", "name": "x", "countries": ["UK"]}, "countries"),
        ({"type": "oracle", "name": "x"}, "type"),
    ):
        status, _, text = admin.post("/admin/1/resolvers", body).error
        assert (status, said in text) == (400, True), text


def test_secrets_are_sealed_and_kept_over_export_and_import(
    served: Served, tmp_path: Path, other: OtherPlatform
) -> None:
    data = str(served.data)
    octets = b"".join(path.read_bytes() for path in served.data.iterdir() if path.is_file())
    assert b"upstream-secret" not in octets
    exported = command("config", "export", "--data", data).stdout
    assert 'password = "<kept>"' in exported
    file = tmp_path / "exported.toml"
    file.write_text(exported.replace("timeout = 3.0", "timeout = 0.6"))
    assert command("config", "import", str(file), "--data", data).returncode == 0
    listed = json.loads(command("resolver", "list", "--json", "--data", data).stdout)
    assert [(one["name"], one["order"], one.get("timeout")) for one in listed][:2] == [
        ("plan", 20, None),
        ("upstream", 10, 0.6),
    ]
    query(served, "41793026727")
    assert other.logins == [basic("us", "upstream-secret")]
    assert "upstream-secret" not in served.stderr()


def test_ported_numbers_are_imported_beside_the_running_program(served: Served, tmp_path: Path) -> None:
    data, file = str(served.data), tmp_path / "ported.csv"
    file.write_text(
        "number,mccmnc\n41793026727,22802\n41790000000-41790000999;22803\n\n# a comment\n+41793026728,22801\n"
    )
    added = command("resolver", "add", "file", "--type", "portability", "--order", "1", "--data", data)
    assert added.returncode == 0, added.stderr
    tried = command("portability", "import", str(file), "--dry-run", "--data", data)
    assert tried.stdout == "3 lines: 3 would be added, 0 would be changed, 0 as before\n", tried
    assert command("portability", "show", "--data", data).stdout == "0 numbers, 0 ranges\n"
    assert command("portability", "import", str(file), "--data", data).stdout.startswith("3 lines: 3 added")
    ported, same, ranged, rest = query(served, "41793026727", "41793026728", "41790000500", "41790001000")
    assert (ported["mccMnc"], ported["ported"], ported["status"]["id"]) == ("22802", True, 22)
    assert "imsi" not in ported
    assert (same["ported"], ranged["mccMnc"], rest["status"]["id"]) == (False, "22803", 5)
    file.write_text("41793026727,22802\n")
    pruned = command("portability", "import", str(file), "--prune", "--data", data)
    assert pruned.stdout == "1 lines: 0 added, 0 changed, 1 as before, 2 dropped\n"
    assert command("portability", "show", "--data", data).stdout == "1 numbers, 0 ranges\n"


def test_a_mistake_in_the_file_is_told_with_its_line(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "ported.csv"
    for line, said in (
        ("4179,22801", "line 2: '4179'"),
        ("41793026727,228", "line 2: '228'"),
        ("41790000009-41790000001,22801", "line 2"),
    ):
        file.write_text(f"number,mccmnc\n{line}\n")
        done = command("portability", "import", str(file), "--data", str(served.data))
        assert done.returncode != 0
        assert said in done.stderr, done.stderr
    assert command("portability", "import", str(tmp_path / "none"), "--data", str(served.data)).returncode != 0


def test_a_portability_answer_is_remembered_and_says_nothing_of_the_phone(served: Served, other: OtherPlatform) -> None:
    admin = Client(served.url, ROOT)
    body = b'{"answers": "portability", "cache": null}'
    headers = {"Content-Type": "application/json"}
    assert admin.call("PATCH", "/admin/1/resolvers/upstream", body, headers).status == 200
    for _ in range(3):
        (result,) = query(served, "41793026727")
        assert (result["mccMnc"], result["ported"], result["status"]["id"]) == ("22801", False, 22)
        assert "imsi" not in result
    assert len(other.requests) == 1
    assert balance(served) == 100 - 3 * 0.005


def test_measures(served: Served) -> None:
    query(served, "41793026727")
    text = Client(served.url, ROOT).get("/metrics").body.decode()
    assert 'stentor_lookups_total{resolver="upstream",status="DELIVERED_TO_HANDSET"} 1.0' in text
    assert re.search(r'stentor_lookup_seconds_count\{resolver="upstream"\} 1\.0', text)


def test_a_number_is_erased_from_lookups(served: Served) -> None:
    query(served, "41793026727", "41793026728")
    answer = Client(served.url, ROOT).post("/admin/1/erase", {"number": "41793026727"}).json
    assert answer == {"messages": 1, "left": 0}
    lines = served.client.get("/number/1/logs").json["results"]
    assert [line["to"] for line in lines] == ["41793026728"]
