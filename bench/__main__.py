"""`python -m bench [A B C ...]`: run scenarios, print one table."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.processes import Failed
from bench.results import Row, table
from bench.scenarios import SCENARIOS
from bench.stand import Plan


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    plan = Plan(seconds=given.seconds, rounds=given.rounds, folder=given.folder, long=given.long)
    rows: list[Row] = []
    failed = False
    for letter in given.scenarios or SCENARIOS:
        _note(f"{letter} ...", given.json)
        try:
            rows += SCENARIOS[letter](plan)
        except Failed as failure:
            failed = True
            rows.append(Row(scenario=letter, limited_by="failed"))
            print(f"{letter} failed: {failure}", file=sys.stderr)
    if given.json:
        print(msgspec.json.encode({"machine": _machine(given.folder), "rows": rows}).decode())
    else:
        print(f"\n{_machine(given.folder)}; median of {plan.rounds} rounds of {plan.seconds:g} s\n\n{table(rows)}")
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the platform; bench/README.md.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {' '.join(SCENARIOS)}; all by default")
    parser.add_argument("--seconds", type=float, default=4.0, help="of load a round (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="the median of how many (default 3)")
    parser.add_argument("--folder", type=Path, help="where the databases are written (default: the system's)")
    parser.add_argument("--long", action="store_true", help="H also with 10 million rows: ten minutes, 10 GB")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    given.scenarios = [letter.upper() for letter in given.scenarios]
    unknown = [letter for letter in given.scenarios if letter not in SCENARIOS]
    if unknown or given.seconds <= 0 or given.rounds < 1:
        parser.error(f"unknown scenario {unknown[0]}" if unknown else "--seconds and --rounds must be positive")
    return given


def _machine(folder: Path | None) -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, fsync {1000 * _fsync(folder):.2f} ms"


def _fsync(folder: Path | None, times: int = 50) -> float:
    """The median time of one: a folder in memory would flatter every figure."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(times):
            began = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return sorted(took)[times // 2]


def _note(text: str, quiet: bool) -> None:  # noqa: FBT001 - one caller, beside it
    if not quiet:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
