"""The program as its operator runs it: `stentor demo`, `stentor serve` and the short commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.waiting import until
from support.web import Client, basic

STENTOR = Path(sys.executable).parent / "stentor"
LOGIN = basic("Aladdin", "open sesame")

SERVE = """
[storage]
data = {data}
[http]
port = 0
[smpp]
port = 0
[notify]
allow = ["127.0.0.0/8"]
[log]
format = "json"
"""


class Stentor:
    """A running process; its output goes to files beside its data."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._stdout, self._stderr = folder / "stdout", folder / "stderr"
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen([STENTOR, *arguments], stdout=stdout, stderr=stderr)
        self.facts: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return str(self.facts["http"])

    @property
    def data(self) -> Path:
        return Path(self.facts["data"])

    @property
    def client(self) -> Client:
        return Client(self.url, LOGIN)

    def stdout(self) -> str:
        return self._stdout.read_text(encoding="utf-8")

    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8")

    def stop(self) -> int:
        """SIGTERM; the exit code. What does not stop is killed, and the test fails."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _ready(self, facts: dict[str, Any] | None) -> dict[str, Any] | None:
        assert facts or self.process.poll() is None, f"ended with {self.process.returncode}: {self.stderr()}"
        return facts


class Demo(Stentor):
    """`stentor demo --json`, ready."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        arguments = ("demo", "--json", "--port", str(port), "--data", str(folder / "data"), *options)
        super().__init__(folder, *arguments)
        self.facts = until(lambda: self._ready(self._announced()), "the line of the demo", 30)

    def _announced(self) -> dict[str, Any] | None:
        line, end, _ = self.stdout().partition("\n")
        return dict(json.loads(line)) if end else None


class Served(Stentor):
    """`stentor serve` with these tables added to a small configuration (`base`), ready."""

    def __init__(self, folder: Path, tables: str, base: str = SERVE) -> None:
        data = folder / "data"
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "stentor.toml"
        config.write_text(base.format(data=json.dumps(str(data))) + tables, encoding="utf-8")
        super().__init__(folder, "serve", "--config", str(config))
        self.facts = until(lambda: self._ready(self._started()), "the event `started`", 30)

    def _started(self) -> dict[str, Any] | None:
        for line in self.stderr().splitlines(keepends=True):
            event = json.loads(line) if line.endswith("\n") else {}
            if event.get("event") == "started":
                return dict(event)
        return None


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run([STENTOR, *arguments], capture_output=True, text=True, timeout=30, check=False)
