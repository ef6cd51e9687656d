"""Metrics page, dashboard and alerts say what `/metrics` says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import dashboard
import msgspec
import pages
import pytest
import yaml  # type: ignore[import-untyped]  # comes with schemathesis

from stentor.api.tail import Line
from stentor.app import move_log
from stentor.config import parse
from stentor.core.measures import TABLE
from stentor.core.message import EventKind

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD = json.loads(pages.DASHBOARD.read_text())
ALERTS = yaml.safe_load((DOCS / "grafana" / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
_OF_PROMETHEUS = {"instance", "job", "le"}
_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
SCRAPED = {one.name + part: one for one in TABLE.values() for part in _PARTS[one.kind]}


def _asked(query: str) -> dict[str, set[str]]:
    """The names of measures in a query, with the labels it selects by."""
    found: dict[str, set[str]] = {}
    for name, selector in re.findall(r"\b((?:stentor|process)_\w+)(?:{([^}]*)})?", query):
        found.setdefault(name, set()).update(re.findall(r"(\w+)\s*[=!]", selector))
    return found


def _grouped(query: str) -> set[str]:
    return {label.strip() for labels in re.findall(r"by \(([^)]*)\)", query) for label in labels.split(",")}


def _check(query: str) -> None:
    asked = _asked(query)
    for name, labels in asked.items():
        assert name in SCRAPED, name
        known = {*SCRAPED[name].labels, *_OF_PROMETHEUS}
        assert labels <= known, (name, labels - known)
        assert _grouped(query) <= known, (name, _grouped(query) - known)
    assert query.count("(") == query.count(")")


def test_the_page_is_fresh() -> None:
    text = pages.PAGE.read_text()
    assert pages.page(text) == text, "run `make measures`"
    assert all(f"`{name}`" in text for name in TABLE)


def test_the_dashboard_is_fresh() -> None:
    assert dashboard.dashboard() == pages.DASHBOARD.read_text(), "run `make measures`"


def test_the_dashboard_has_its_rows_and_its_variables() -> None:
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == ["Traffic", "Latency", "Upstreams", "Webhooks", "Store", "Process"]
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    assert DASHBOARD["schemaVersion"] >= 39
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_for_measures_there_are(panel: dict[str, Any]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert _asked(target["expr"])
        _check(target["expr"])
        legends = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert legends <= _grouped(target["expr"]), target["legendFormat"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_asks_for_measures_there_are(alert: dict[str, Any]) -> None:
    assert set(alert) >= {"alert", "expr", "labels", "annotations"}
    _check(alert["expr"])


def test_the_example_queries_ask_for_measures_there_are() -> None:
    queries = re.findall(r"^\| [^|]+ \| `(.+)` \|$", pages.PAGE.read_text().split("## Alerts")[1], re.MULTILINE)
    assert len(queries) == 5
    for query in queries:
        _check(query)


def test_the_howto_names_every_word_of_the_log() -> None:
    text = (DOCS / "howto" / "watch-it.md").read_text()
    assert [kind for kind in EventKind if f"`{kind}`" not in text] == []


def test_the_howtos_configuration_is_valid() -> None:
    (block,) = _blocks("toml")
    parse(block, "howto")


def test_the_howtos_lines_look_like_the_real_ones() -> None:
    _, logged, followed = (json.loads(block) for block in _blocks("json"))
    assert list(logged) == [field.encode_name for field in msgspec.structs.fields(move_log._Line)]
    assert list(followed) == [field.encode_name for field in msgspec.structs.fields(Line)]


def _blocks(language: str) -> list[str]:
    text = (DOCS / "howto" / "watch-it.md").read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
