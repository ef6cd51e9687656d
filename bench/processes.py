"""Processes of a measurement: started, asked, measured from /proc, and ended whatever happens."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 10.0
_TAIL = 2_000


class Failed(Exception):
    """A process of the measurement did not do its part; the message holds the end of what it said."""


class Child:
    """A process that speaks lines of JSON on stdout and takes words on stdin; its stderr goes to a file."""

    def __init__(self, command: Sequence[str], said: Path) -> None:
        self._said = said
        self._rest = b""
        with said.open("wb") as stderr:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )
        self.pid = self._process.pid

    def ask(self, word: str, kind: type[T], patience: float = _PATIENCE_S) -> T:
        assert self._process.stdin is not None
        self._process.stdin.write(word.encode() + b"\n")
        self._process.stdin.flush()
        return self.line(kind, patience)

    def line(self, kind: type[T], patience: float = _PATIENCE_S) -> T:
        """The next line of its stdout."""
        assert self._process.stdout is not None
        handle = self._process.stdout.fileno()
        deadline = time.monotonic() + patience
        while b"\n" not in self._rest:
            ready, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(handle, 65_536) if ready else b""
            if not data:
                raise Failed(f"{'ended' if ready else 'silent'}: {self.last_words()}")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return msgspec.json.decode(line, type=kind)

    def check(self) -> None:
        if self._process.poll() is not None:
            raise Failed(f"ended with {self._process.returncode}: {self.last_words()}")

    def last_words(self) -> str:
        return self._said.read_text(errors="replace")[-_TAIL:]

    def end(self, patience: float = 30.0) -> None:
        """SIGTERM, then SIGKILL."""
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def start(stack: ExitStack, command: Sequence[str], said: Path) -> Child:
    """A child that ends with `stack`."""
    child = Child(command, said)
    stack.callback(child.end)
    return child


def start_module(stack: ExitStack, module: str, options: msgspec.Struct, folder: Path) -> Child:
    """A module of this package in a process of its own; it reads its options as JSON."""
    given = msgspec.json.encode(options).decode()
    said = folder / f"{module}-{time.monotonic_ns()}.log"
    return start(stack, [sys.executable, "-m", f"bench.{module}", given], said)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of those it started."""
    return sum(_stat(one)[1] for one in _family(pid))


def rss_mb(pid: int) -> float:
    return sum(_rss(one) for one in _family(pid)) / 1e6


def machine_times() -> tuple[float, float]:
    """Seconds the machine's cores were idle, and all seconds they had."""
    numbers = [int(word) / _TICKS for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return numbers[3] + numbers[4], sum(numbers[:8])


def _family(pid: int) -> list[int]:
    parents = {int(one.name): _stat(int(one.name))[0] for one in Path("/proc").iterdir() if one.name.isdigit()}
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _stat(pid: int) -> tuple[int, float]:
    """(parent, CPU seconds); zeros for a process that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0.0
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS


def _rss(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0
