"""What all tests of the engine stand on."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def commits_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the disk is: then turns of the loop are all that a test waits for (`support.platform.quiet`)."""
    monkeypatch.setattr("stentor.storage.sqlite.writer._FAST_S", float("inf"))
