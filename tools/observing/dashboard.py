"""The Grafana dashboard, written from this list of panels: docs/grafana/stentor.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

_SCHEMA = 41
_WIDE, _HIGH = 8, 8
_ACROSS = 24
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_OVER = "[$__rate_interval]"


class Panel(NamedTuple):
    """Queries by legend. `here` in a query stands for the chosen instances."""

    title: str
    unit: str
    queries: dict[str, str]
    meaning: str = ""


def _rate(name: str, *by: str, only: str = "") -> str:
    inner = f"rate({name}{{here{', ' + only if only else ''}}}{_OVER})"
    return f"sum by ({', '.join(by)}) ({inner})" if by else f"sum({inner})"


def _quantile(q: float, name: str, *by: str) -> str:
    return f"histogram_quantile({q}, sum by ({', '.join(('le', *by))}) (rate({name}_bucket{{here}}{_OVER})))"


def _now(name: str, *by: str, only: str = "") -> str:
    inner = f"{name}{{here{', ' + only if only else ''}}}"
    return f"sum by ({', '.join(by)}) ({inner})" if by else f"sum({inner})"


ROWS: dict[str, tuple[Panel, ...]] = {
    "Traffic": (
        Panel(
            "Messages",
            "ops",
            {
                "accepted": _rate("stentor_messages_accepted_total"),
                "rejected": _rate("stentor_messages_rejected_total"),
                "at their end": _rate("stentor_messages_final_total"),
            },
            "Accepted and at their end should be the same over time.",
        ),
        Panel("Rejected, by status", "ops", {"{{status}}": _rate("stentor_messages_rejected_total", "status")}),
        Panel("Outcome, by status", "ops", {"{{status}}": _rate("stentor_messages_final_total", "status")}),
        Panel(
            "Errors, by GSM code",
            "ops",
            {"{{error}} {{status}}": _rate("stentor_messages_final_total", "error", "status", only='error!="0"')},
        ),
        Panel("Reports", "ops", {"{{outcome}}": _rate("stentor_reports_total", "outcome")}),
        Panel("Short links followed", "ops", {"{{by}}": _rate("stentor_link_clicks_total", "by")}),
        Panel(
            "Conversion, by type",
            "percentunit",
            {
                "{{type}}": (
                    "sum by (type) (rate(stentor_conversions_ended_total{here}[1h]))"
                    " / sum by (type) (rate(stentor_conversions_begun_total{here}[1h]))"
                )
            },
            "Of the processes that messages begin, the share that comes to its end: over an hour.",
        ),
        Panel(
            "Steps of scenarios at their end",
            "ops",
            {"{{channel}} {{status}}": _rate("stentor_omni_steps_ended_total", "channel", "status")},
        ),
        Panel(
            "HTTP, by status", "reqps", {"{{status}}": _rate("stentor_http_request_duration_seconds_count", "status")}
        ),
    ),
    "Latency": (
        Panel(
            "HTTP answers",
            "s",
            {
                "p50": _quantile(0.5, "stentor_http_request_duration_seconds"),
                "p99": _quantile(0.99, "stentor_http_request_duration_seconds"),
            },
        ),
        Panel(
            "HTTP p99, by route", "s", {"{{route}}": _quantile(0.99, "stentor_http_request_duration_seconds", "route")}
        ),
        Panel(
            "Until sent, p95",
            "s",
            {"{{connector}}": _quantile(0.95, "stentor_message_until_sent_seconds", "connector")},
            "From acceptance (or sendAt) until the upstream had every part.",
        ),
        Panel(
            "Sent until final, p95",
            "s",
            {"{{connector}}": _quantile(0.95, "stentor_message_until_final_seconds", "connector")},
            "Mostly the network's time and the phone's.",
        ),
    ),
    "Upstreams": (
        Panel("Up", "bool_on_off", {"{{connector}}": "min by (connector) (stentor_upstream_up{here})"}),
        Panel(
            "Queue",
            "short",
            {"{{connector}} {{place}}": _now("stentor_queue_messages", "connector", "place")},
            "What is due and waits; `later` is scheduled or postponed.",
        ),
        Panel("Parts sent", "ops", {"{{connector}}": _rate("stentor_parts_sent_total", "connector")}),
        Panel(
            "Window",
            "short",
            {
                "{{connector}} used": _now("stentor_upstream_window_used", "connector"),
                "{{connector}} allowed": _now("stentor_upstream_window_effective", "connector"),
                "{{connector}} configured": _now("stentor_upstream_window", "connector"),
            },
        ),
        Panel(
            "Round trip",
            "s",
            {"{{connector}}": "max by (connector) (stentor_upstream_round_trip_seconds{here})"},
        ),
        Panel(
            "Refused, postponed, throttled",
            "ops",
            {
                "{{connector}} refused": _rate("stentor_parts_refused_total", "connector"),
                "{{connector}} postponed": _rate("stentor_messages_postponed_total", "connector"),
                "{{connector}} throttled": _rate("stentor_upstream_throttled_total", "connector"),
                "{{connector}} diverted": _rate("stentor_messages_diverted_total", "connector"),
                "{{connector}} uncertain": _rate("stentor_parts_uncertain_total", "connector"),
            },
        ),
    ),
    "Webhooks": (
        Panel("Owed", "short", {"{{way}}": _now("stentor_reports_owed", "way")}),
        Panel("Calls failed in a row", "short", {"{{host}}": "max by (host) (stentor_notify_failures{here})"}),
        Panel("Waiting in memory", "short", {"{{host}}": _now("stentor_notify_waiting", "host")}),
        Panel("Hosts", "short", {"{{state}}": _now("stentor_notify_hosts", "state")}),
    ),
    "Store": (
        Panel("Commits", "ops", {"commits": _rate("stentor_store_commits_total")}),
        Panel(
            "Commit",
            "s",
            {
                "p50": _quantile(0.5, "stentor_store_commit_seconds"),
                "p99": _quantile(0.99, "stentor_store_commit_seconds"),
            },
        ),
        Panel("Backlog", "short", {"waiting": _now("stentor_store_backlog")}),
        Panel("Size", "bytes", {"{{file}}": _now("stentor_store_bytes", "file")}),
        Panel("Free on disk", "bytes", {"{{instance}}": "min by (instance) (stentor_disk_free_bytes{here})"}),
        Panel("Refused by the database", "ops", {"refused": _rate("stentor_store_failures_total")}),
    ),
    "Process": (
        Panel("CPU", "percentunit", {"{{instance}}": _rate("process_cpu_seconds_total", "instance")}),
        Panel("Memory", "bytes", {"{{instance}}": _now("process_resident_memory_bytes", "instance")}),
        Panel("Event loop late, p99", "s", {"late": _quantile(0.99, "stentor_event_loop_lag_seconds")}),
        Panel(
            "Connections and files",
            "short",
            {"connections": _now("stentor_http_connections"), "open files": _now("process_open_fds")},
        ),
        Panel("Wrong logins", "ops", {"{{who}}": _rate("stentor_login_failures_total", "who")}),
        Panel(
            "Live feed",
            "short",
            {"readers": _now("stentor_tails"), "dropped a second": _rate("stentor_tail_dropped_total")},
        ),
    ),
}


def dashboard() -> str:
    made = {
        "uid": "stentor",
        "title": "Stentor",
        "description": "Messages, networks, webhooks and the platform itself. Meanings: docs/reference/metrics.md",
        "tags": ["stentor", "sms"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": _variables()},
        "panels": list(_panels()),
    }
    return json.dumps(made, indent=1) + "\n"


def _variables() -> list[dict[str, Any]]:
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "instance",
            "label": "Instance",
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": "label_values(stentor_build_info, instance)", "refId": "instance"},
            "definition": "label_values(stentor_build_info, instance)",
            "refresh": 2,
            "multi": True,
            "includeAll": True,
            "current": {"text": ["All"], "value": ["$__all"]},
        },
    ]


def _panels() -> Iterator[dict[str, Any]]:
    """Three panels beside each other, rows below one another."""
    number, y = 1, 0
    for title, panels in ROWS.items():
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": _place(0, y, 1),
        }
        number, y = number + 1, y + 1
        for place, panel in enumerate(panels):
            line, column = divmod(place, _ACROSS // _WIDE)
            yield _graph(panel, number, _place(column * _WIDE, y + line * _HIGH, _HIGH))
            number += 1
        y += -(-len(panels) // (_ACROSS // _WIDE)) * _HIGH


def _place(x: int, y: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": _ACROSS if height == 1 else _WIDE, "h": height}


def _graph(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.meaning,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never"},
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _SOURCE,
                "expr": query.replace("{here", '{instance=~"$instance"'),
                "legendFormat": legend,
            }
            for place, (legend, query) in enumerate(panel.queries.items())
        ],
    }
