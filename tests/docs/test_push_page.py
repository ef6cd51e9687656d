"""docs/howto/send-push-with-sms-failover.md does what it says, against a demo of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.process import Demo
from support.waiting import until

PAGE = (Path(__file__).parents[2] / "docs/howto/send-push-with-sms-failover.md").read_text()
ADDRESS = "http://127.0.0.1:8080"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def _shell(block: str, demo: Demo) -> Any:
    return json.loads(_run(["sh", "-c", block.replace(ADDRESS, demo.url)]))


def test_the_page(own_demo: Demo) -> None:
    scenario, message, reports, registration = _blocks("sh")
    assert len(_shell(scenario, own_demo)["key"]) == 32
    assert _shell(message, own_demo)["messages"][0]["status"]["name"] == "MESSAGE_ACCEPTED"
    found: list[dict[str, Any]] = []

    def both() -> bool:
        found.extend(_shell(reports, own_demo)["results"])
        return len(found) == 2

    until(both, "two reports")
    assert [(one["channel"], one["status"]["id"]) for one in found] == [("PUSH", 9), ("SMS", 5)]
    device = _shell(registration, own_demo)["deviceApplicationInstanceId"]
    assert len(device) == 36
    (snippet,) = _blocks("python")
    said = _run([sys.executable, "-c", snippet.replace(ADDRESS, own_demo.url)])
    assert said == "PUSH DELIVERED_TO_HANDSET\n"
