"""Every `stentor ...` that a page names is a command, with those options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from support.cli import commands

ROOT = Path(__file__).parents[2]
DOCS = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "bench" / "README.md"]
_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_CALLED = re.compile(r"^(?:\S*bin/)?stentor ([a-z-][^|<>#\n]*)", re.MULTILINE)
_INLINE = re.compile(r"`stentor ([a-z-][^`]*)`")
_OPTION = re.compile(r"(?<= )--[a-z][a-z-]*")
_WORD = re.compile(r"[a-z]+")


def _named(page: Path) -> list[str]:
    """What follows `stentor`, in commands to type and in sentences."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    typed = "\n".join(block for language, block in _BLOCK.findall(text) if language in ("sh", "console", "text", "ini"))
    lines = [line.split("   ")[0] for line in typed.splitlines()]
    return [one.strip() for one in (*_CALLED.findall("\n".join(lines)), *_INLINE.findall(_BLOCK.sub("", text)))]


def _command(words: list[str]) -> tuple[Any, list[str]]:
    """The command, and the words behind it."""
    found, rest = commands(), words
    while rest and rest[0] in getattr(found, "commands", {}):
        found, rest = found.commands[rest[0]], rest[1:]
    return found, rest


def _options(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("page", sorted(DOCS), ids=lambda page: str(page.relative_to(ROOT)))
def test_named_commands_exist(page: Path) -> None:
    for named in _named(page):
        command, rest = _command(named.split())
        in_a_group = hasattr(command, "commands")
        assert not (in_a_group and rest and _WORD.fullmatch(rest[0])), f"no command: stentor {named}"
        unknown = set(_OPTION.findall(f" {named}")) - _options(command)
        assert not unknown, f"no option {unknown}: stentor {named}"


def test_commands_are_found_in_pages() -> None:
    assert sum(len(_named(page)) for page in DOCS) > 100
