"""Files that commands are given; one that cannot be read is the user's to mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stentor.cli.exits import Problem


def octets_of(file: Path) -> bytes:
    with readable(file):
        return file.read_bytes()


def text_of(file: Path) -> str:
    with readable(file):
        return file.read_text(encoding="utf-8")


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """What goes wrong with the file becomes a `Problem` that names it."""
    try:
        yield
    except UnicodeDecodeError:
        raise Problem(f"{file}: not text in UTF-8") from None
    except OSError as error:
        raise Problem(f"{file}: {error.strerror}") from None
