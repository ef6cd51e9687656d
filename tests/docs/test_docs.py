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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_pages_name_their_headings(page: Path) -> None:
    for target, place in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
        headings = re.findall(r"^#+ (.+)$", ((page.parent / target) if target else page).read_text(), re.MULTILINE)
        assert place in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}, f"{target}#{place}"


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


def test_the_examples_in_the_printed_configuration_are_valid() -> None:
    """Uncommented once, as a whole; and again, with what may be left out."""
    once = re.sub(r"^# (?=\[\[|[a-z_0-9]+ = |  # )", "", printed(), flags=re.MULTILINE)
    assert parse(once, "uncommented").accounts
    whole = parse(re.sub(r"^ *# (?=[a-z_0-9]+ = )", "", once, flags=re.MULTILINE), "uncommented again")
    assert whole.accounts[0].countries
    assert whole.http.tls_key


def test_the_howto_configuration_is_valid() -> None:
    block = re.search(r"```toml\n(.*?)```", (DOCS / "howto/connect-an-smsc.md").read_text(), re.DOTALL)
    assert block is not None
    assert tomllib.loads(block[1])
    parse(block[1], "howto")


def test_the_service_page_is_valid() -> None:
    block = re.search(r"```toml\n(.*?)```", (DOCS / "howto/run-it.md").read_text(), re.DOTALL)
    assert block is not None
    assert parse(block[1], "howto").storage.data == "/var/lib/stentor"


def test_readme_leads_to_every_page() -> None:
    """Through its links, and theirs."""
    found, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in found:
            continue
        found.add(page)
        targets = re.findall(r"\]\(([^)#]+\.md)[)#]", page.read_text())
        left += [(page.parent / target).resolve() for target in targets]
    assert {page for page in PAGES if page.parent.name != "bench"} <= found


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "decisions/README.md").read_text()
    for page in (DOCS / "decisions").glob("0*.md"):
        assert page.name in listed
