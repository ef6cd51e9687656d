"""The documentation says what the program does: paths exist, tables match the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from stentor.config import parse, printed
from stentor.connectors.simulated.behaviour import TABLE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "bench" / "README.md"])
SOURCE = ROOT / "src" / "stentor"


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:src|tests|docs)/[^`*]*)`", (DOCS / "flow.md").read_text())))
)
def test_paths_named_in_flow_exist(path: str) -> None:
    assert (ROOT / path).exists()


def test_flow_names_every_layer() -> None:
    named = (DOCS / "flow.md").read_text()
    layers = {path.name for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert {layer for layer in layers if f"{layer}/" not in named} <= {"catalogue", "config"}


def test_coverage_names_files_that_exist() -> None:
    for name in re.findall(
        r"`((?:api|core|engine|smpp|text|catalogue|connectors)/[^`]*)`", (DOCS / "reference/coverage.md").read_text()
    ):
        assert (SOURCE / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_magic_numbers_are_documented() -> None:
    rows = dict(
        re.findall(
            r"^\| (\d) \| ([^|]+) \| \d+ \|$", (DOCS / "reference/simulated-network.md").read_text(), re.MULTILINE
        )
    )
    assert rows == {row.digit: row.meaning for row in TABLE}


def test_guarantees_name_tests_that_exist() -> None:
    for path in re.findall(r"`(tests/[^`]+)`", (DOCS / "guarantees.md").read_text()):
        assert (ROOT / path).exists(), path


def test_the_printed_configuration_is_valid() -> None:
    parse(printed(), "printed")


def test_the_howto_configuration_is_valid() -> None:
    block = re.search(r"```toml\n(.*?)```", (DOCS / "howto/connect-an-smsc.md").read_text(), re.DOTALL)
    assert block is not None
    assert tomllib.loads(block[1])
    parse(block[1], "howto")


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "decisions/README.md").read_text()
    for page in (DOCS / "decisions").glob("0*.md"):
        assert page.name in listed
