"""`python -m bench.beside kannel --port 13013 --smsc-port 2775 --pid N`: B and C on another platform.

That platform runs already, bound to --smsc-port of this machine; bench/README.md says how to configure it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from bench import smsc
from bench.requests import Load
from bench.results import Row, table
from bench.scenarios.delivery import until_there
from bench.stand import Plan, Stand


def main() -> int:
    given = _arguments()
    plan = Plan(seconds=given.seconds, rounds=given.rounds)
    with Stand(plan) as stand:
        network, _ = stand.smsc(smsc.Options(port=given.smsc_port))
        customer, customer_port = stand.url()
        print(f"waiting {given.patience:g} s for the bind ...", file=sys.stderr)
        time.sleep(given.patience)
        load = Load(port=given.port, kind=given.peer, seconds=plan.seconds, connections=given.connections)
        others: dict[str, Any] = {"SMSC": network}
        found = until_there(stand, load, given.pid, network, others)
        rows: list[Row] = [msgspec.structs.replace(found, scenario=f"B  {given.peer} end to end")]
        if given.reports:
            load = msgspec.structs.replace(load, notify_url=f"http://127.0.0.1:{customer_port}/reports")
            found = until_there(stand, load, given.pid, customer, others | {"URL": customer})
            rows.append(msgspec.structs.replace(found, scenario=f"C  {given.peer} with reports to a URL"))
    print(table(rows))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.beside", description="B and C on another platform.")
    parser.add_argument("peer", choices=("kannel", "jasmin"))
    parser.add_argument("--port", type=int, required=True, help="of its HTTP door")
    parser.add_argument("--smsc-port", type=int, default=2775, help="that it binds to (default 2775)")
    parser.add_argument("--pid", type=_running, action="append", default=[], help="of each of its processes")
    parser.add_argument("--reports", action="store_true", help="C too")
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=15.0, help="seconds until it is bound to the SMSC")
    return parser.parse_args()


def _running(word: str) -> int:
    if not Path(f"/proc/{int(word)}").exists():
        raise argparse.ArgumentTypeError(f"no process {word}")
    return int(word)


if __name__ == "__main__":
    sys.exit(main())
