"""H: what a message costs when there are many in the log, and while the old ones are forgotten."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from statistics import median as middle

import apsw
import msgspec

from bench import copies, smsc
from bench.processes import Child
from bench.requests import Load
from bench.results import Row, Usage, median
from bench.stand import Plan, Stand, settle, upstream

_REAL_S = 1.0
_WARM_UP_S = 1.0
_SIZES = (100_000, 1_000_000)
_LONG = 10_000_000
_DAYS_MS = 3 * 86_400_000
_PURGE_S = 8.0
_TARGET = "1.3 x"


class _Log(msgspec.Struct):
    stand: Stand
    rows: int
    server: Child
    network: Child
    load: Load
    sent: int = 0

    def send(self, seconds: float) -> Row:
        """Whole lives: until the last receipt is on disk."""
        usage = Usage([self.server.pid], SMSC=self.network)
        done = self.stand.load(msgspec.structs.replace(self.load, seconds=seconds))
        self.sent += done.messages
        settle(lambda: self.network.ask("report", smsc.Counted).settled, self.sent)
        used = usage.end()
        return Row(
            rate=done.messages / (done.ended - done.began),
            p50_ms=done.p50_ms,
            p99_ms=done.p99_ms,
            cpu_ms=1000 * used.server / done.messages,
            rss_mb=used.rss_mb,
            limited_by=used.limit("fsync"),
        )


def logged(plan: Plan) -> list[Row]:
    with ExitStack() as stack:
        sizes = (*_SIZES, _LONG) if plan.long else _SIZES
        logs = [_filled(stack.enter_context(Stand(plan)), size) for size in sizes]
        for log in logs:
            log.send(_WARM_UP_S)
        rounds = [[log.send(plan.seconds) for log in logs] for _ in range(plan.rounds)]
        rows = []
        for number, log in enumerate(logs):
            found = median([one[number] for one in rounds])
            times = middle([(one[number].cpu_ms or 0) / (one[0].cpu_ms or 1) for one in rounds])
            rows.append(
                msgspec.structs.replace(
                    found,
                    scenario=f"H  {log.rows:,} messages logged",
                    target=_TARGET if number else "",
                    limited_by=(f"CPU x {times:.2f}; " if number else "") + found.limited_by,
                )
            )
    return [*rows, *_purged(plan)]


def _filled(stand: Stand, size: int, older: int = 0) -> _Log:
    network, network_port = stand.smsc(smsc.Options())
    connector = upstream(network_port)
    server, port = stand.serve(connector)
    real = _Log(stand, 0, server, network, Load(port=port))
    real.send(_REAL_S)
    server.end()
    rows = copies.grow(stand.database, size, older)
    server, port = stand.serve(connector)
    return _Log(stand, rows, server, network, Load(port=port), real.sent)


def _purged(plan: Plan) -> list[Row]:
    """All copies are too old: forgetting them begins with the start."""
    with Stand(plan) as stand:
        log = _filled(stand, _SIZES[-1], _DAYS_MS)
        busy = log.send(plan.seconds)
        left, usage, began = _count(log), Usage([log.server.pid]), time.monotonic()
        time.sleep(_PURGE_S)
        gone, used, took = left - _count(log), usage.end(), time.monotonic() - began
    return [
        msgspec.structs.replace(busy, scenario="H  sending while old ones are forgotten", limited_by="CPU of both"),
        Row(
            scenario="H  forgetting alone",
            rate=gone / took,
            cpu_ms=1000 * used.server / max(gone, 1),
            rss_mb=used.rss_mb,
            limited_by="its own pace",
        ),
    ]


def _count(log: _Log) -> int:
    with closing(apsw.Connection(str(log.stand.database), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        return int(connection.execute("SELECT count(*) FROM message").get)
