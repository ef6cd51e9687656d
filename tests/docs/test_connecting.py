"""docs/howto/connect-over-smpp.md: its snippets do what they say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from stentor.config import SmppSettings, parse
from stentor.core.account import Terms
from support.process import STENTOR, Demo

PAGE = (Path(__file__).parents[2] / "docs/howto/connect-over-smpp.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_python_snippet(own_demo: Demo) -> None:
    (snippet,), printed = blocks("python"), blocks("text")[0]
    said = run([sys.executable, "-c", snippet.replace("8888", str(own_demo.facts["smpp"]["port"]))])
    assert re.sub(r"\d{10}", "YYMMDDhhmm", said) == printed


def test_the_commands(own_demo: Demo) -> None:
    for block in blocks("sh"):
        for line in block.splitlines():
            run([str(STENTOR), *shlex.split(line)[1:], "--data", str(own_demo.data)])


@pytest.mark.parametrize("number", range(3))
def test_the_settings(number: int) -> None:
    parse(blocks("toml")[number], "page", whole=False)


def test_every_setting_is_named() -> None:
    assert [name for name in SmppSettings.__struct_fields__ if not re.search(rf"\b{name}\b", PAGE)] == []


def test_every_option_of_an_account_is_named() -> None:
    options = [name for name in Terms.__struct_fields__ if name.startswith("smpp_")]
    assert [name for name in options if name not in PAGE and name.replace("_", "-") not in PAGE] == []
