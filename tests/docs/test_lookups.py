"""docs/howto/look-up-numbers.md: its snippets do what they say, its table is the program's."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

from stentor.config import ResolverSettings, SimulatedHlrSettings, parse
from stentor.connectors.simulated.hlr import TABLE
from stentor.core.lookup import PACKAGES
from support.process import STENTOR, Demo

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "howto/look-up-numbers.md").read_text()
ADDRESS = "http://127.0.0.1:8080"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(command: list[str], folder: Path | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30, cwd=folder).stdout


def curl(number: int, demo: Demo) -> str:
    (block,) = [one for one in [blocks("sh")[number]] if one.startswith("curl")]
    return run(shlex.split(block.replace("\\\n", " ").replace(ADDRESS, demo.url)))


def test_json_and_xml_are_answered_as_printed(own_demo: Demo) -> None:
    (printed,), (xml,) = blocks("json"), blocks("xml")
    assert curl(0, own_demo) == printed.rstrip("\n")
    assert curl(1, own_demo) == xml.rstrip("\n")


def test_notify_and_the_log(own_demo: Demo) -> None:
    curl(0, own_demo)
    assert [one["status"]["id"] for one in json.loads(curl(2, own_demo))["results"]] == [3, 3]
    (line,) = json.loads(curl(3, own_demo))["results"]
    assert line["price"] == {"pricePerLookup": 0.005, "currency": "EUR"}


def test_the_python_snippet(own_demo: Demo) -> None:
    (snippet,), printed = blocks("python"), blocks("text")[0]
    assert run([sys.executable, "-c", snippet.replace(ADDRESS, own_demo.url)]) == printed


def test_the_commands(own_demo: Demo, tmp_path: Path) -> None:
    (csv,), told = blocks("csv"), blocks("text")[1]
    (tmp_path / "ported.csv").write_text(csv)
    prices, imports = (block for block in blocks("sh") if block.startswith("stentor"))
    for line in prices.splitlines():
        run([str(STENTOR), *shlex.split(line)[1:], "--data", str(own_demo.data)])
    lines = [[str(STENTOR), *shlex.split(line)[1:], "--data", str(own_demo.data)] for line in imports.splitlines()]
    assert "".join(run(line, tmp_path) for line in lines) == told
    answer = own_demo.client.post("/number/1/query", {"to": ["41793026731", "41791230500"]}).json
    assert [(one["mccMnc"], one["status"]["id"]) for one in answer["results"]] == [("22802", 22), ("22803", 22)]
    assert own_demo.client.get("/number/1/logs").json["results"][0]["price"]["pricePerLookup"] == 0.004


def test_the_configuration_is_valid_and_has_every_type() -> None:
    (block,) = blocks("toml")
    shown = {type(one) for one in parse(block, "howto").resolvers}
    assert shown == set(get_args(ResolverSettings)) - {SimulatedHlrSettings}


def test_every_package_is_named() -> None:
    assert re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE) == list(PACKAGES)


def test_the_simulated_hlr_is_documented() -> None:
    page = (DOCS / "reference/simulated-network.md").read_text().split("## Number lookup")[1]
    assert re.findall(r"^\| (\d) \| ([^|]+) \|$", page, re.MULTILINE) == [(row.digit, row.meaning) for row in TABLE]
