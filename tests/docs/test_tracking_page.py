"""docs/howto/track-links-and-conversions.md: what it calls is answered as it prints."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from stentor.api.v1.clicked import ClickRenderer
from stentor.config import parse
from stentor.core.ids import Ids
from stentor.core.tracked import Click, ShortLink
from support.cli import stentor
from support.process import Demo

PAGE = (Path(__file__).parents[2] / "docs/howto/track-links-and-conversions.md").read_text()
ADDRESS = "http://127.0.0.1:8080"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_what_it_calls(own_demo: Demo) -> None:
    calls = [run(shlex.split(block.replace("\\\n", " ").replace(ADDRESS, own_demo.url))) for block in blocks("sh")]
    urls, xml, pin, ended = calls
    for sent in (urls, pin):
        assert json.loads(sent)["messages"][0]["status"]["name"] == "MESSAGE_ACCEPTED"
    assert ET.fromstring(xml).findtext("messages/messages/status/name") == "MESSAGE_ACCEPTED"
    assert re.fullmatch(r'{"processKey":"[0-9A-F]{32}"}', ended)
    (snippet,) = blocks("python")
    said = run([sys.executable, "-c", snippet.replace(ADDRESS, own_demo.url)]).splitlines()
    printed = json.loads(blocks("json")[2])
    first, second = map(ast.literal_eval, said)
    assert first["cumulativeStatistics"] == printed["cumulativeStatistics"] == second["cumulativeStatistics"]
    assert [{**one, "intervalStart": ""} for one in first["statistics"]] == [
        {**one, "intervalStart": ""} for one in printed["statistics"]
    ]
    assert second["statistics"][0]["countryCode"] == "CH"


def test_the_call_to_the_customer() -> None:
    printed = json.loads(blocks("json")[0])
    sent_at, at = printed["sendDateTime"], printed["clickDateTime"]
    link = ShortLink(
        1,
        2,
        1,
        printed["url"],
        "41793026727",
        "invite-1",
        printed["bulkId"],
        None,
        sent_at,
        at + 1,
        "www.example.com",
        0,
    )
    assert json.loads(ClickRenderer(Ids(b"s" * 32))(Click(link, at, "ANDROID"))) == printed


def test_its_settings() -> None:
    (block,) = blocks("toml")
    settings = parse(block, "howto")
    assert (settings.links.domain, settings.links.days) == ("https://eel.nu", 90)


def test_its_commands_are_there() -> None:
    """Each ends with one sentence about the folder that is not there, not about its own form."""
    (block,) = blocks("text")
    for line in block.strip().splitlines():
        words = shlex.split(line, comments=True)[1:]
        assert "there is no data folder" in stentor(*words, "--data", "/nowhere-at-all").err, line
