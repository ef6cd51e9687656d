"""What a scenario found, one row each, and the table of them."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec

from bench.processes import Child, cpu_seconds, machine_times, rss_mb

_BUSY = 0.9
_HEADINGS = ("scenario", "rate/s", "p50 ms", "p99 ms", "CPU ms/msg", "RSS MB", "target", "limited by")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """None: not measured in this scenario."""

    scenario: str = ""
    rate: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_ms: float | None = None
    rss_mb: float | None = None
    target: str = ""
    limited_by: str = ""


class Usage:
    """Who used the processors between two moments. `server`: the processes of the system measured."""

    def __init__(self, server: Sequence[int], **others: Child) -> None:
        self._processes = {"server": server} | {name: [child.pid] for name, child in others.items()}
        self._idle, self._all = machine_times()
        self._before = self._now()

    def end(self) -> Used:
        idle, all_ = machine_times()
        seconds = max(all_ - self._all, 0.01) / (os.cpu_count() or 1)
        spent = {name: cpu - self._before[name] for name, cpu in self._now().items()}
        shares = {name: cpu / seconds for name, cpu in spent.items()}
        return Used(
            server=spent["server"],
            rss_mb=sum(map(rss_mb, self._processes["server"])),
            shares=shares,
            idle=(idle - self._idle) / max(all_ - self._all, 0.01),
        )

    def _now(self) -> dict[str, float]:
        return {name: sum(map(cpu_seconds, pids)) for name, pids in self._processes.items()}


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """`server`: its CPU seconds. `shares`: of one core. `idle`: the share of the machine that nobody used."""

    server: float
    rss_mb: float
    shares: dict[str, float]
    idle: float

    def limit(self, otherwise: str, **more: float) -> str:
        """The one that used over 90 % of a core, or the machine that had none left, or `otherwise`."""
        shares = self.shares | more
        for name, share in shares.items():
            if share > _BUSY:
                return f"{name} CPU {100 * share:.0f} %"
        if self.idle < 1 - _BUSY:
            return f"machine CPU (server {100 * shares['server']:.0f} %)"
        return f"{otherwise} (server {100 * shares['server']:.0f} %)"


def median(rows: Sequence[Row]) -> Row:
    """The row in the middle by its rate, so that its figures belong together; by its p50 where there is no rate."""
    return sorted(rows, key=lambda row: row.rate if row.rate is not None else row.p50_ms or 0.0)[len(rows) // 2]


def table(rows: Sequence[Row]) -> str:
    lines = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    left = (0, len(_HEADINGS) - 2, len(_HEADINGS) - 1)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.scenario,
        _number(row.rate, 0),
        _number(row.p50_ms, 1),
        _number(row.p99_ms, 1),
        _number(row.cpu_ms, 3),
        _number(row.rss_mb, 0),
        row.target,
        row.limited_by,
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
