"""A customer's server: takes the calls to a notifyUrl and keeps them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from support.waiting import until


class Call(msgspec.Struct, frozen=True):
    path: str
    content_type: str
    body: bytes

    @property
    def results(self) -> list[dict[str, Any]]:
        return list(json.loads(self.body)["results"])


class Receiver:
    """Keeps calls by path; a path whose `gate` is closed makes its callers wait."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._calls: list[Call] = []
        self.gate = threading.Event()
        self.gate.set()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"

    def keep(self, call: Call) -> None:
        self._calls.append(call)
        if call.path.startswith("/gated"):
            self.gate.wait(10)

    def calls(self, path: str) -> list[Call]:
        return [call for call in self._calls if call.path == path]

    def reports(self, path: str, count: int) -> list[dict[str, Any]]:
        """At least that many reports, waited for, in the order of their arrival."""

        def arrived() -> list[dict[str, Any]] | None:
            results = [result for call in self.calls(path) for result in call.results]
            return results if len(results) >= count else None

        return until(arrived, f"{count} reports at {path}")


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.keep(Call(self.path, self.headers["Content-Type"], body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            receiver.keep(Call(self.path, "", b""))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.gate.set()
            server.shutdown()
            thread.join()
