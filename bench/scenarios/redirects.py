"""U: how fast phones that follow short links are sent on. Every click is on disk at the end.

There are twice as many links as the platform remembers and they come in turn, so each is read from the store.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from bench.requests import Load
from bench.results import Row, Usage, median
from bench.rounds import answered, measured
from bench.stand import Plan, Stand, settle, simulated
from stentor.core.shortening import code_of, link

_HOUR = 3600.0
_LINKS = 20_000
_A_REQUEST = 1_000
_FIXED_RATE = 5_000
_WARM_UP_S = 1.0


def followed(plan: Plan) -> list[Row]:
    with Stand(plan) as stand:
        server, port = stand.serve(simulated(_HOUR))
        sending = Load(port=port, kind="tracked", destinations=_A_REQUEST, requests=_LINKS // _A_REQUEST, connections=4)
        stand.load(sending)
        sent = answered(stand, server, sending, "U+ accept, 1,000 links a request")
        paths = stand.folder / "links"
        paths.write_text("\n".join(_paths(stand)))
        load = Load(port=port, kind="follow", links=str(paths), seconds=_WARM_UP_S)
        clicks = stand.load(load).answered
        rows: dict[float, list[Row]] = {0.0: [], _FIXED_RATE: []}
        for rate, found in rows.items():
            name, target = ("U' follow at 5,000/s", "p99 20 ms") if rate else ("U  follow a short link", "5,000/s")
            for _ in range(plan.rounds):
                load = Load(port=port, kind="follow", links=str(paths), seconds=plan.seconds, rate=rate)
                usage = Usage([server.pid])
                done = stand.load(load)
                clicks += done.answered
                settle(lambda: _clicks(stand), clicks)
                found.append(measured(load, done, usage, name, target))
        return [sent, *map(median, rows.values())]


def _paths(stand: Stand) -> list[str]:
    with closing(sqlite3.connect(f"file:{stand.database}?mode=ro", uri=True)) as connection:
        return [link("", code_of(code)) for (code,) in connection.execute("SELECT code FROM link")]


def _clicks(stand: Stand) -> int:
    with closing(sqlite3.connect(f"file:{stand.database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM click").fetchone()[0])
