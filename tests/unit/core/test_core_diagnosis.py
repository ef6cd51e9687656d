"""What holds messages up is named, with its figures and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stentor.core.diagnosis import Finding, Vitals, capacity, diagnose
from stentor.core.ports import ConnectorState

WELL = ConnectorState(
    name="up",
    trouble=None,
    last_error="",
    sessions=2,
    bound=2,
    window=10,
    window_most=10,
    in_window=3,
    round_trip_ms=50.0,
    rate=None,
    learned_rate=None,
    submitted=100,
    answered=97,
    throttled=0,
)
QUIET = Vitals(
    started="2026-11-22T07:54:09.524Z",
    connectors=[WELL],
    waiting={},
    commit_ms=0.5,
    disk_free=50 << 30,
    disk_total=100 << 30,
    reports_due=0,
    troubled_hosts=[],
)


def found(waiting: int = 0, vitals: dict[str, Any] | None = None, **state: Any) -> list[Finding]:
    one = replace(WELL, **state)
    return diagnose(replace(QUIET, **{"connectors": [one], "waiting": {"up": waiting}, **(vitals or {})}))


def of(findings: list[Finding], subject: str) -> Finding:
    (one,) = [finding for finding in findings if finding.subject == subject]
    return one


def test_a_quiet_platform_has_nothing_to_do() -> None:
    findings = found()
    assert {finding.level for finding in findings} == {"ok"}
    assert {finding.remedy for finding in findings} == {""}
    assert [finding.subject for finding in findings] == ["connector up", "disk", "disk space", "reports"]
    assert of(findings, "connector up").said == "2 of 2 sessions, 3 in the window, round trip 50.0 ms; nothing waits"


def test_conversion_that_fell() -> None:
    one = of(found(vitals={"alarms": [("OTP of acme in CH", "5% of 200")]}), "conversion of OTP of acme in CH")
    assert (one.level, one.said) == ("note", "5% of 200")
    assert "--per-block" in one.remedy


def test_a_platform_without_connectors_says_what_comes_first() -> None:
    first = diagnose(replace(QUIET, connectors=[]))[0]
    assert (first.subject, first.level) == ("connectors", "note")
    assert "stentor connector add" in first.remedy


def test_bound_by_the_window() -> None:
    one = of(found(5_000, in_window=20), "connector up")
    assert one.level == "note"
    assert "window 10 x 2 sessions / round trip 50.0 ms = 400 a second sets the pace" in one.said
    assert "5000 waiting" in one.said
    assert one.remedy == "raise window or sessions of the connector, if the operator allows it"


def test_bound_by_our_own_rate_limit() -> None:
    one = of(found(5_000, rate=40.0), "connector up")
    assert (one.level, one.remedy) == ("note", "raise the connector's rate")
    assert "its rate limit of 40 a second sets the pace" in one.said


def test_bound_by_the_window_below_the_rate_limit() -> None:
    assert "400 a second sets the pace" in of(found(5_000, rate=1_000.0, in_window=20), "connector up").said


@pytest.mark.parametrize("rate", [None, 100.0])
def test_throttled_by_the_upstream(rate: float | None) -> None:
    one = of(found(5_000, rate=rate, learned_rate=25.4, in_window=20), "connector up")
    assert "the upstream throttles at about 25 a second" in one.said
    assert "agree on a higher rate" in one.remedy


def test_a_queue_that_is_being_worked_off() -> None:
    one = of(found(5_000, in_window=3), "connector up")
    assert one.said.endswith("the queue is being worked off")
    assert one.remedy == ""


def test_a_few_that_wait_are_no_finding() -> None:
    assert of(found(99, in_window=20), "connector up").level == "ok"


def test_nothing_was_measured_yet() -> None:
    assert "no round trip measured yet" in of(found(5_000, round_trip_ms=None), "connector up").said


def test_down() -> None:
    one = of(found(7, trouble="down: cannot connect", last_error="cannot connect: refused", bound=0), "connector up")
    assert one.level == "trouble"
    assert one.said == "down: cannot connect (cannot connect: refused); 7 waiting"
    assert "check address, port, system_id and password" in one.remedy
    again = of(found(7, trouble="down: refused", last_error="refused", bound=0), "connector up")
    assert again.said == "down: refused; 7 waiting"


def test_in_other_trouble() -> None:
    one = of(found(7, trouble="throttled by the upstream"), "connector up")
    assert (one.level, one.said) == ("trouble", "throttled by the upstream; 7 waiting")


def test_messages_for_a_connector_that_is_gone() -> None:
    one = of(found(vitals={"waiting": {"old": 12, "older": 0}}), "connector old")
    assert one.level == "trouble"
    assert one.said.startswith("12 waiting for it")
    assert one.remedy


def test_a_slow_disk() -> None:
    one = of(found(vitals={"commit_ms": 35.25}), "disk")
    assert (one.level, one.said) == ("note", "a commit takes 35.2 ms, and every answer waits for one")
    assert one.remedy == "move the data folder to a faster disk"


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (900 << 20, 100 << 30, "trouble"),
        (1 << 30, 100 << 30, "ok"),
        (100 << 20, 1 << 30, "ok"),
        (50 << 20, 1 << 30, "trouble"),
    ],
)
def test_little_disk(free: int, total: int, level: str) -> None:
    one = of(found(vitals={"disk_free": free, "disk_total": total}), "disk space")
    assert (one.level, one.said) == (level, f"{free >> 20} MiB are left")


def test_customers_that_take_no_reports() -> None:
    hosts = [f"http://h{number}" for number in range(7)]
    one = of(found(vitals={"troubled_hosts": hosts}), "reports")
    assert one.level == "note"
    assert one.said == "7 hosts of customers take no reports: http://h0, http://h1, http://h2, http://h3, http://h4"


def test_the_worst_comes_first() -> None:
    findings = found(5_000, in_window=20, vitals={"disk_free": 1, "troubled_hosts": ["http://h"]})
    assert [finding.level for finding in findings] == ["trouble", "note", "note", "ok"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [({}, 400.0), ({"round_trip_ms": None}, None), ({"round_trip_ms": 0.0}, None), ({"bound": 0}, None)],
)
def test_capacity(state: dict[str, Any], expected: float | None) -> None:
    assert capacity(replace(WELL, **state)) == expected
