"""Another platform's POST /number/1/query: answers what a test wants, when its gate is open."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REACHED = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET", "description": "..."}
NO_ERROR = {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "description": "No Error", "permanent": False}


class OtherPlatform:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[list[str]] = []
        self.logins: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.status = 200
        self.body: bytes | None = None
        """Instead of results."""
        self.fields: dict[str, Any] = {"mccMnc": "22801", "imsi": "228019876543210", "ported": False}

    def answer(self, numbers: list[str]) -> bytes:
        results = [{"to": one, **self.fields, "status": REACHED, "error": NO_ERROR} for one in numbers]
        return json.dumps({"results": results}).encode()


@contextmanager
def answering() -> Iterator[OtherPlatform]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            numbers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["to"]
            platform.requests.append(numbers)
            platform.logins.append(self.headers["Authorization"])
            platform.gate.wait(15)
            body = platform.answer(numbers) if platform.body is None else platform.body
            self.send_response(platform.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        platform = OtherPlatform(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield platform
        finally:
            platform.gate.set()
            server.shutdown()
            thread.join()
