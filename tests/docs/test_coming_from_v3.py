"""The page for clients of 003: its commands run beside a demo and answer what it shows, its table is the catalogue."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from stentor.catalogue import RESPONSES
from stentor.config import parse
from support.process import Demo
from support.waiting import until

PAGE = (Path(__file__).parents[2] / "docs/howto/coming-from-v3.md").read_text()
ADDRESS = "http://127.0.0.1:8080"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def _curl(line: str, demo: Demo) -> str:
    return _run(shlex.split(line.replace("\\\n", " ").replace(ADDRESS, demo.url)))


def _tags(text: str) -> list[tuple[str, list[str]]]:
    return [(one.tag, list(one.attrib)) for one in ET.fromstring(text.strip()).iter()]


def test_the_page_does_what_it_says(own_demo: Demo) -> None:
    plain, xml, pull, others = _blocks("sh")
    shown = _blocks("xml")
    assert _tags(_curl(plain, own_demo)) == _tags(shown[0])
    assert "<status>0</status><messageid>first</messageid>" in _curl(xml, own_demo)
    report = until(lambda: text if (text := _curl(pull, own_demo)) != "NO_DATA" else None, "the report")
    assert _tags(report) == _tags(shown[1])
    sync, later, inbox, credits_left = (_curl(line, own_demo) for line in others.strip().splitlines())
    assert '"stat":"DELIVRD"' in sync
    assert later.startswith("OK\n41793026727;OK;")
    assert inbox == '{"messages":[],"inboxMessages":[]}'
    assert float(credits_left) > 0
    (snippet,) = _blocks("python")
    said = _run([sys.executable, "-c", snippet.replace(ADDRESS, own_demo.url)])
    assert re.match(r"0 \d{18}\n<DeliveryReport>\n", said)


def test_the_table_of_values() -> None:
    printed = re.findall(r"^\| (-?\d+(?:, -\d+)?) \|", PAGE, re.MULTILINE)
    assert [int(value) for row in printed for value in row.split(", ")] == list(RESPONSES)


def test_the_configuration_is_valid() -> None:
    (block,) = _blocks("toml")
    parse(block, "howto", whole=False)
