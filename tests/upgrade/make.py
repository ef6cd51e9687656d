"""Writes the folder of `content` as SQL text: `PYTHONPATH=tests python -m upgrade.make`.

Run it once when a schema is released, before the next step is added to `MIGRATIONS`, and commit the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path

from upgrade.content import fill

DUMPS = Path(__file__).parent / "dumps"


def dumped(folder: Path) -> str:
    """The database of a data folder as SQL, with its schema's number."""
    database = sqlite3.connect(folder / "stentor.db")
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        return "\n".join([f"PRAGMA user_version = {version};", *database.iterdump(), ""])
    finally:
        database.close()


def load(dump: Path, folder: Path) -> None:
    """A data folder as its program left it."""
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / "stentor.db")
    try:
        database.executescript(dump.read_text(encoding="utf-8"))
    finally:
        database.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(fill(folder))
        text = dumped(folder)
    version = text.split(";")[0].rpartition(" ")[2]
    path = DUMPS / f"schema-{version}.sql"
    DUMPS.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(path)  # noqa: T201 - a tool says what it made


if __name__ == "__main__":
    main()
