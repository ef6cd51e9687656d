"""The page on two platforms in a row: its configuration and its snippets work on two that run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from stentor.connectors.http.options import HttpOptions
from support.chain import Chain
from support.process import Served
from support.waiting import until

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "chain-platforms.md").read_text()
HERE, THERE = "http://127.0.0.1:8080", "https://sms.example.com"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    far = chain.start_far()
    (tables,) = blocks("toml")
    tables = tables.replace(THERE, far.url).replace("the key of that account", "chain-key")
    near = Served(tmp_path / "near", tables)
    try:
        (snippet,) = blocks("python")
        assert "MESSAGE_ACCEPTED" in run([sys.executable, "-c", snippet.replace(HERE, near.url)])
        send, pull = (shlex.split(one.replace("\\\n", " ").replace(HERE, near.url)) for one in blocks("sh"))
        assert json.loads(run(send))["messages"][0]["status"]["name"] == "MESSAGE_ACCEPTED"
        found = until(lambda: json.loads(run(pull))["results"], "a report by two platforms")
        assert found[0]["status"]["name"] == "DELIVERED_TO_HANDSET"
    finally:
        near.stop()
        far.stop()


def test_every_option_of_its_own_is_named() -> None:
    usual = {"name", "connect_timer", "tls_verify", "user", "password", "window", "rate"}
    assert not [name for name in HttpOptions.__struct_fields__ if name not in usual and f"`{name}" not in PAGE]
