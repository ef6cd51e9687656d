"""The page on receiving: its commands run in their order beside a demo, and answer what the page shows."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from test_administering import ADDRESS, Shell

from stentor.config import parse
from support.process import Demo
from support.waiting import until

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "receive-messages.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _serving(snippet: str, port: int, said: Path) -> Iterator[None]:
    """The page's server, on a port of ours."""
    with said.open("w") as out, subprocess.Popen([sys.executable, "-c", snippet], stdout=out) as server:

        def listens() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port)) == 0

        try:
            until(listens, "the page's server")
            yield
        finally:
            server.kill()


def _check(language: str, text: str, printed: str) -> None:
    """What a command printed is what the page shows, but for ids and times."""
    if language == "text":
        assert printed.strip().splitlines()[-1] == text.strip()
    elif language == "json":
        (came,), (shown,) = json.loads(printed)["results"], json.loads(text)["results"]
        assert list(came) == list(shown)
        assert (came["from"], came["text"]) == (shown["from"], shown["text"])
    elif language == "xml":
        assert [one.tag for one in ET.fromstring(printed).iter()] == [one.tag for one in ET.fromstring(text).iter()]


def _python(snippet: str, demo: Demo) -> str:
    command = [sys.executable, "-c", snippet.replace(ADDRESS, demo.url)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_the_page_does_what_it_says(own_demo: Demo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(own_demo.data.parent)
    shell, printed, port, said = Shell(own_demo), "", _free_port(), tmp_path / "said"
    pulling, server = [text for language, text in BLOCKS if language == "python"]
    with _serving(server.replace("9000", str(port)), port, said):
        for language, text in BLOCKS:
            if language == "sh":
                printed = "".join(shell.run(line.replace(":9000/", f":{port}/")) for line in text.strip().splitlines())
            elif text == pulling:
                assert _python(text, own_demo) == "41791234567 wrote Hello there\n"
            else:
                _check(language, text, printed)
        until(lambda: said.read_text() == "41791234567 wrote Ping\n", "the call to the page's server", 20)


def test_the_configuration_is_valid() -> None:
    (block,) = [text for language, text in BLOCKS if language == "toml"]
    parse(block, "howto", whole=False)
