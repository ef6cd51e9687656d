"""Commands in this process: the same code on the same sockets and files, without the start of an interpreter."""

from __future__ import annotations

import io
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from stentor.cli import exits
from stentor.cli.administering import register
from stentor.cli.main import app


class Ended(msgspec.Struct, frozen=True):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@cache
def commands() -> Any:
    """All of them as one command, as `stentor.cli.main.main` makes it."""
    register(app)
    return typer.main.get_command(app)


def stentor(*arguments: str | Path, stdin: str = "") -> Ended:
    """How the command ended."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["stentor", *map(str, arguments)])
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        patch.setenv("COLUMNS", "120")
        try:
            with exits.explained():
                commands()(prog_name="stentor")
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def told(ended: Ended) -> str:
    """The one sentence of a command that ended with 2."""
    assert (ended.code, ended.out) == (2, ""), ended
    assert ended.err.startswith("stentor: "), ended
    assert ended.err.count("\n") == 1, ended
    return ended.err.removeprefix("stentor: ").rstrip("\n")
