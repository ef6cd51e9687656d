"""Where the local door of a data folder is; commands know it without loading the server."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

SOCKET = "stentor.sock"
USER_HEADER = "Stentor-User"


def local_operator(user: str) -> str:
    """Who may open the socket may administer; the audit log has the name of the user."""
    return f"{user} (local)"


@contextlib.contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """The socket's path in a form that fits into a socket address (108 octets), however deep the folder lies."""
    plain = folder / SOCKET
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = f"/proc/self/fd/{handle}/{SOCKET}"
        yield short if os.path.isdir(f"/proc/self/fd/{handle}") else str(plain)  # noqa: PTH112 - as the kernel sees it
    finally:
        os.close(handle)
