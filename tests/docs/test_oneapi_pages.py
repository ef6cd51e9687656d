"""docs/howto/coming-from-oneapi.md and measure-conversion.md: what they print runs against a demo, and answers so."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from stentor.api.conversion.routes import rows
from stentor.api.conversion.statistics import UNITS
from support.process import Demo

HOWTO = Path(__file__).parents[2] / "docs/howto"
ADDRESS = "http://127.0.0.1:8080"
PAGES = ("coming-from-oneapi", "measure-conversion")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (HOWTO / f"{page}.md").read_text(), re.DOTALL)


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def test_commands_answer_as_printed(own_demo: Demo) -> None:
    """On a demo of their own, because they subscribe."""
    for page in PAGES:
        answers = [
            json.loads(run(shlex.split(block.replace("\\\n", " ").replace(ADDRESS, own_demo.url))))
            for block in blocks(page, "sh")
        ]
        assert not [answer for answer in answers if "requestError" in answer]
        shapes = [shape(answer) for answer in answers]
        for printed in blocks(page, "json"):
            assert shape(json.loads(printed)) in shapes


def test_sending_with_a_token(demo: Demo) -> None:
    (snippet,) = blocks("coming-from-oneapi", "python")
    said = run([sys.executable, "-c", snippet.replace(ADDRESS, demo.url)])
    assert said == "[('41793026727', 'DeliveredToTerminal')]\n"


def test_measuring(demo: Demo) -> None:
    (snippet,) = blocks("measure-conversion", "python")
    said = run([sys.executable, "-c", snippet.replace(ADDRESS, demo.url)])
    assert "'startCount': 2, 'endCount': 1, 'conversionRate': 0.5" in said


def test_every_statistic_and_parameter_is_documented() -> None:
    page = (HOWTO / "measure-conversion.md").read_text()
    api = type("Api", (), {"__getattr__": lambda self, _: self})()
    found = [route for route in rows(api) if "/statistics/" in route.path]
    for route in found:
        assert route.path.rpartition("/")[2].removeprefix("conversion-rate") in page
        assert not [one.name for one in route.query if f"`{one.name}`" not in page and one.name != "granulation"]
    assert not [unit for unit in UNITS if f"`{unit}`" not in page]
