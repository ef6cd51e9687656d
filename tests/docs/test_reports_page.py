"""The page on delivery reports: its server takes what its commands send for."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from test_administering import ADDRESS
from test_docs_receiving import _free_port, _serving

from support.process import Demo
from support.waiting import until

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "get-reports.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def _block(language: str, number: int = 0) -> str:
    return str([text for one, text in BLOCKS if one == language][number])


def _curl(demo: Demo, port: int, number: int) -> str:
    command = _block("sh", number).replace(ADDRESS, demo.url).replace(":9000/", f":{port}/")
    return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_page_does_what_it_says(demo: Demo, tmp_path: Path) -> None:
    port, said = _free_port(), tmp_path / "said"
    assert "MESSAGE_ACCEPTED" in _curl(demo, port, 0)
    (pulled,) = until(lambda: json.loads(_curl(demo, port, 1))["results"], "the report to pull")
    (shown,) = json.loads(_block("json"))["results"]
    assert list(pulled) == list(shown)
    assert (pulled["messageId"], pulled["status"]) == (shown["messageId"], shown["status"])
    with _serving(_block("python").replace("9000", str(port)), port, said):
        assert _curl(demo, port, 2).count("MESSAGE_ACCEPTED") == 2
        expected = sorted(_block("text").splitlines())
        until(lambda: sorted(said.read_text().splitlines()) == expected, "the reports at the page's server", 20)
