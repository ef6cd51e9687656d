"""npm's @infobip-api/sdk as a customer: only its base URL and key are ours.

It calls `POST /sms/2/text/advanced` (with a member `type` in the body), `GET /sms/1/reports` and `GET /sms/1/logs`
without a trailing slash. A list of ids is what its user writes, `a,b`; an array becomes `messageId[]=a&messageId[]=b`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.process import Demo
from support.sms import number

SOURCES = Path(__file__).parent / "node"
NODE, NPM = shutil.which("node"), shutil.which("npm")

pytestmark = pytest.mark.skipif(NODE is None or NPM is None, reason="Node.js is not installed: no node, npm on PATH")


def _run(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, f"{arguments}: {ended.stdout}{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def customer(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the customer's calls were answered, by their names in `node/customer.js`."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "customer.js"):
        shutil.copy(SOURCES / name, folder)
    _run(folder, str(NPM), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    output = _run(folder, str(NODE), "customer.js", demo.url, demo.facts["api_key"], number(), number())
    return dict(json.loads(output))


def _ids(answer: dict[str, Any]) -> list[str]:
    return [result["messageId"] for result in answer["data"]["results"]]


def test_sending(customer: dict[str, Any]) -> None:
    sent = customer["sent"]
    assert (sent["status"], sent["call"]) == (200, "POST /sms/2/text/advanced")
    assert [message["status"]["name"] for message in sent["data"]["messages"]] == ["MESSAGE_ACCEPTED"] * 2


def test_logs(customer: dict[str, Any]) -> None:
    ids = [message["messageId"] for message in customer["sent"]["data"]["messages"]]
    assert customer["logs"]["status"] == 200
    assert sorted(_ids(customer["logs"])) == sorted(ids)
    assert {line["text"] for line in customer["logs"]["data"]["results"]} == {"Hello from Node"}


@pytest.mark.parametrize(("form", "written"), [("list", "messageId="), ("array", "messageId%5B%5D=")])
def test_several_ids(form: str, written: str, customer: dict[str, Any]) -> None:
    ids = [message["messageId"] for message in customer["sent"]["data"]["messages"]]
    assert written in customer[form]["call"]
    assert sorted(_ids(customer[form])) == sorted(ids)


def test_reports_come_once(customer: dict[str, Any]) -> None:
    ids = [message["messageId"] for message in customer["sent"]["data"]["messages"]]
    assert [_ids(customer[name]) for name in ("one", "rest", "again")] == [ids[:1], ids[1:], []]
    assert customer["one"]["data"]["results"][0]["callbackData"] == "data"


def test_a_wrong_key_is_refused_in_json(customer: dict[str, Any]) -> None:
    assert customer["refused"]["status"] == 401
    assert customer["refused"]["data"]["requestError"]["serviceException"]["messageId"] == "UNAUTHORIZED"


def test_user_and_password_serve_as_well(customer: dict[str, Any]) -> None:
    assert _ids(customer["byPassword"]) == _ids(customer["logs"])
