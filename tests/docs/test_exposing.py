"""The page on exposing the platform names every setting, and its snippets work."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import msgspec
import pytest

from stentor.config import HttpSettings, parse
from support.process import STENTOR, Demo

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "expose-it-safely.md").read_text()
OF_OTHER_PAGES = {"utc_offset"}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_setting_is_named() -> None:
    assert {name for name in HttpSettings.__struct_fields__ if not re.search(rf"\b{name}\b", PAGE)} <= OF_OTHER_PAGES


def test_no_setting_is_named_that_is_none() -> None:
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", PAGE))
    assert named <= set(HttpSettings.__struct_fields__)


@pytest.mark.parametrize("name", ["head_timer", "transfer_timer", "idle_timer", "handshake_timer", "login_failures"])
def test_defaults_are_as_printed(name: str) -> None:
    (default,) = (one.default for one in msgspec.structs.fields(HttpSettings) if one.name == name)
    assert re.search(rf"`{name}`,? \(?{default:g}\b", PAGE)


@pytest.mark.parametrize("block", _blocks("toml"))
def test_configurations_are_valid(block: str) -> None:
    parse(block, "expose-it-safely")


def test_commands_do_what_they_say(own_demo: Demo) -> None:
    network, operator, curl = (shlex.split(block) for block in _blocks("sh"))
    _stentor(network, own_demo)
    assert own_demo.client.get("/account/1/balance").status == 200
    token = re.search(r"\b[0-9a-zA-Z_-]{32,}\b", _stentor(operator, own_demo))
    assert token is not None
    told = [one.replace("http://127.0.0.1:8080", own_demo.url).replace("TOKEN", token[0]) for one in curl]
    assert "demo" in json.dumps(json.loads(_run(told)))


def _stentor(command: list[str], demo: Demo) -> str:
    assert command[0] == "stentor"
    return _run([str(STENTOR), *command[1:], "--data", str(demo.data)])


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
