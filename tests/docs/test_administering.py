"""The page on administration: its commands run in their order beside a demo, and answer what the page shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stentor.api.admin.kinds import resources
from stentor.app.defining import hashed
from stentor.app.foundation import ConfiguredApplications, ConfiguredLinks, ConfiguredResolvers
from stentor.cli.administering import GROUPS
from support.cli import stentor
from support.process import Demo

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "administer.md").read_text()
ADDRESS = "http://127.0.0.1:8080"
CHANGING = re.compile(
    r"20\d\d-\d\d-\d\dT[\d:.]+Z"  # a time
    r"|\b[0-9a-f]{48}\b|\b[0-9a-f]{12}\b"  # a key or token, the id of a key
    r"|\w+ \(local\)"
    r"|commit takes [\d.]+ ms"
    r"|(?<=revision )\d+|(?<=undo )\d+|^\d+(?=\s+@ )",
    re.MULTILINE,
)
MORE = "..."


class Block(msgspec.Struct, frozen=True):
    language: str
    text: str
    before: str
    """The line above it."""


def blocks() -> list[Block]:
    found = re.findall(r"([^\n]*)\n\n```(\w+)\n(.*?)```", PAGE, re.DOTALL)
    return [Block(language, text, before) for before, language, text in found]


def commands(block: Block) -> Iterator[str]:
    yield from block.text.replace("\\\n", " ").strip().splitlines()


class Shell:
    """Runs a line as a shell does: `stentor` in this process, curl as it is."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def run(self, line: str) -> str:
        words = shlex.split(line.replace(ADDRESS, self._demo.url).replace("$TOKEN", self._demo.facts["admin_token"]))
        if words[0] == "curl":
            return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30).stdout
        words, target = _redirected(words, ">")
        words, source = _redirected(words, "<")
        ended = stentor(*words[1:], stdin=Path(source).read_text() if source else "")
        assert ended.code == 0, (line, ended)
        if target:
            Path(target).write_text(ended.out)
            return ""
        return ended.out


def _redirected(words: list[str], sign: str) -> tuple[list[str], str]:
    if sign not in words:
        return words, ""
    place = words.index(sign)
    return words[:place], words[place + 1]


def _plain(text: str) -> list[str]:
    """Lines without what differs from run to run, with single spaces: columns are as wide as what is in them."""
    return [" ".join(line.split()) for line in CHANGING.sub("@", text).splitlines()]


def shown(printed: list[str], expected: list[str]) -> bool:
    """`...` stands for any lines."""
    if MORE in expected:
        place = expected.index(MORE)
        rest = expected[place + 1 :]
        return printed[:place] == expected[:place] and printed[len(printed) - len(rest) :] == rest
    return printed == expected


def test_the_page_does_what_it_says(own_demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own_demo.data.parent)
    Path("password.txt").write_text("open sesame\n")
    shell, printed = Shell(own_demo), ""
    ran = 0
    for block in blocks():
        if block.language == "csv":
            Path(block.before.split("`")[-2]).write_text(block.text)
        elif block.language == "sh":
            printed = "".join(map(shell.run, commands(block)))
            ran += 1
        elif block.language in ("text", "json"):
            assert shown(_plain(printed), _plain(block.text)), f"{printed}\nis not\n{block.text}"
    assert ran > 15


def test_blocks_that_are_not_run_are_commands_all_the_same() -> None:
    for block in blocks():
        for line in commands(block) if block.language in ("console", "sh") else ():
            assert line.startswith(("stentor ", "curl ")), line


def test_every_group_of_commands_is_named() -> None:
    assert not [group.name for group in GROUPS if f"stentor {group.name} " not in PAGE]


def test_every_collection_is_named() -> None:
    table = resources(
        links=ConfiguredLinks(),
        resolvers=ConfiguredResolvers(),
        applications=ConfiguredApplications(),
        hash_password=hashed,
        balance=lambda _: 0,
    )
    assert not [resource.path for resource in table if f"`{resource.path}`" not in PAGE]
