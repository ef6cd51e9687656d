"""A power cut between the steps of scenarios: no step is lost, and no phone gets two messages."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest

from support.process import Served
from support.waiting import until
from support.web import Client, basic

CODE = "1" * 32 + "-00000000-0000-0000-0000-000000000001"
TABLES = f"""
[[connectors]]
type = "simulated"
delay = 0.05
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
[[prices]]
plan = "push"
price = "0.02"
[[accounts]]
name = "shop"
users = {{ shop = "shop" }}
credit = "1000"
[[applications]]
type = "simulated"
name = "app"
code = "{CODE}"
account = "shop"
"""
COUNT = 400


@pytest.mark.parametrize("after", [0.03, 0.2])
def test_kill_between_steps(tmp_path: Path, after: float) -> None:
    served = Served(tmp_path, TABLES)
    shop = Client(served.url, basic("shop", "shop"))
    flow = [{"from": CODE, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
    assert shop.post("/omni/1/scenarios", {"name": "x", "flow": flow, "default": True}).status == 200
    ids = [f"m-{n}" for n in range(COUNT)]
    to = [{"to": {"phoneNumber": f"4179{n:07d}"}, "messageId": one} for n, one in enumerate(ids)]
    body = {"destinations": to, "push": {"text": "push"}, "sms": {"text": "sms"}}
    assert shop.post("/omni/1/advanced", body).status == 200
    time.sleep(after)  # wherever it is now
    served.kill()
    again = Served(tmp_path, TABLES)
    shop = Client(again.url, basic("shop", "shop"))
    reports: Counter[tuple[str, str, int]] = Counter()

    def all_over() -> bool:
        found = shop.get("/omni/1/reports", {"limit": 1000}).json["results"]
        reports.update((one["messageId"], one["channel"], one["status"]["id"]) for one in found)
        return reports.total() >= 2 * COUNT

    try:
        until(all_over, "every step is reported", 20)
        assert reports == Counter([(one, *step) for one in ids for step in (("PUSH", 9), ("SMS", 5))])
    finally:
        again.stop()
    with sqlite3.connect(tmp_path / "data" / "stentor.db") as store:
        assert dict(store.execute("SELECT client_id, count(*) FROM message GROUP BY 1")) == dict.fromkeys(ids, 1)
        kinds = dict(store.execute("SELECT kind, sum(amount) FROM ledger WHERE kind != 'opening' GROUP BY 1"))
        assert store.execute("SELECT count(*) FROM omni WHERE over = 0 OR due IS NOT NULL").fetchone() == (0,)
        assert store.execute("SELECT count(*) FROM report WHERE url IS NOT NULL").fetchone() == (0,)
        assert store.execute("SELECT balance FROM account").fetchone() == (1_000_000_000 - COUNT * 30_000,), kinds
    store.close()
