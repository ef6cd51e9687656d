"""What a measurement stands on: a folder, a platform on it, and the load sent to that."""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from bench import customer, disk, processes, smsc, url
from bench.load import Done
from bench.processes import Child, Failed
from bench.requests import PASSWORD, USER, Load, key_of

PROGRAM = str(Path(sys.executable).with_name("stentor"))
_READY_S = 60.0
_DRAIN_S = 120.0
_LOST_S = 15.0
_RANGE = 500_000
OTHER = "other"
TOKEN = "bench-operator-0123456789abcdef"
_CONFIG = f"""\
[storage]
data = "{{data}}"
[http]
port = {{port}}
[smpp]
port = {{smpp_port}}
connections_per_address = 2000
[notify]
allow = ["127.0.0.0/8"]
[log]
level = "warning"
[[connectors]]
name = "out"
{{connector}}
[[routes]]
connector = "out"
[[prices]]
price = "0.0001"
[[accounts]]
name = "bench"
users = {{{{"{USER}" = "{PASSWORD}"}}}}
keys = ["{key_of(0)}"]
credit = "1000000000"
smpp_sessions = 1000
smpp_window = 100
[[accounts]]
name = "{OTHER}"
users = {{{{"{OTHER}" = "{PASSWORD}"}}}}
credit = "1000000000"
[[operators]]
name = "bench"
token = "{TOKEN}"
"""


def simulated(delay: float) -> str:
    return f'type = "simulated"\ndelay = {delay}'


def upstream(port: int, window: int = 50) -> str:
    return f'type = "smsc"\nhost = "127.0.0.1"\nport = {port}\nsystem_id = "bench"\nwindow = {window}'


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How long: `seconds` of load a round, the median of `rounds`; `folder` holds the databases.

    `long`: H in its long form.
    """

    seconds: float
    rounds: int
    folder: Path | None = None
    long: bool = False


class Stand:
    """Everything started on it ends with it, and its folder goes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="stentor-bench-", dir=plan.folder))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._first = 0
        self.smpp_port = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def smsc(self, options: smsc.Options) -> tuple[Child, int]:
        child = processes.start_module(self._stack, "smsc", options, self.folder)
        return child, child.line(int)

    def url(self) -> tuple[Child, int]:
        child = processes.start_module(self._stack, "url", url.Options(), self.folder)
        return child, child.line(int)

    def disk(self) -> Child:
        """Writes beside the platform, into the same folder."""
        child = processes.start_module(self._stack, "disk", disk.Options(folder=str(self.folder)), self.folder)
        child.line(int)
        return child

    def serve(self, connector: str) -> tuple[Child, int]:
        """`stentor serve` on this folder, when it answers."""
        port, self.smpp_port = free_port(), free_port()
        config = self.folder / "stentor.toml"
        ports = {"port": port, "smpp_port": self.smpp_port}
        config.write_text(_CONFIG.format(data=self.folder / "data", connector=connector, **ports))
        child = self.start(["serve", "--config", str(config)])
        _await_answer(child, port)
        return child, port

    @property
    def database(self) -> Path:
        return self.folder / "data" / "stentor.db"

    def start(self, arguments: list[str]) -> Child:
        said = self.folder / f"stentor-{time.monotonic_ns()}.log"
        return processes.start(self._stack, [PROGRAM, *arguments], said)

    def load(self, load: Load) -> Done:
        """Send it from a process of its own; numbers go on where the last load ended."""
        load = msgspec.structs.replace(load, first=self._first)
        with ExitStack() as stack:
            child = processes.start_module(stack, "load", load, self.folder)
            done = _done(child, load)
        self._first += done.messages + load.connections
        return done

    def customer(self, load: customer.Load) -> customer.Done:
        """Load over SMPP, from a process of its own."""
        load = msgspec.structs.replace(load, first=self._first)
        with ExitStack() as stack:
            child = processes.start_module(stack, "customer", load, self.folder)
            done = child.line(customer.Done, patience=load.seconds + load.idle + _DRAIN_S)
        if done.failed or done.complaint:
            raise Failed(f"{done.failed} submit_sm refused: {done.complaint}")
        self._first += done.answered + load.sessions * load.window
        return done

    def loads(self, *loads: Load) -> list[Done]:
        """Several at the same time, each with numbers of its own."""
        with ExitStack() as stack:
            started = []
            for load in loads:
                given = msgspec.structs.replace(load, first=self._first)
                started.append((processes.start_module(stack, "load", given, self.folder), load))
                self._first += _RANGE
            return [_done(child, load) for child, load in started]


def _done(child: Child, load: Load) -> Done:
    done = child.line(Done, patience=load.seconds + _DRAIN_S)
    if done.failed:
        raise Failed(f"{done.failed} of {done.failed + done.answered} requests refused: {done.complaint}")
    return done


def settle(unique: Callable[[], int], wanted: int) -> None:
    """Wait until `unique` answers `wanted`; without progress for a while, messages are lost."""
    best, since = -1, time.monotonic()
    while (now_there := unique()) < wanted:
        if now_there > best:
            best, since = now_there, time.monotonic()
        elif time.monotonic() - since > _LOST_S:
            raise Failed(f"{wanted - now_there} of {wanted} never came")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(child: Child, port: int) -> None:
    """Until it answers a request, if only with 404."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        child.check()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=_READY_S) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if connection.recv(12).startswith(b"HTTP/1.1"):
                    return
        except OSError:
            time.sleep(0.005)
    raise Failed(f"not ready after {_READY_S:.0f} s: {child.last_words()}")
