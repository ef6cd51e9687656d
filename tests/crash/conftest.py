"""What the proofs of durability share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from support.tally import table

Show = Callable[[str, dict[str, int]], None]


@pytest.fixture
def show(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Show:
    """Prints the table of a run, which is the result of a long one: past pytest's capture."""
    long = request.node.get_closest_marker("long") is not None

    def shown(title: str, lines: dict[str, int]) -> None:
        with capsys.disabled() if long else contextlib.nullcontext():
            print(table(title, lines))  # noqa: T201 - see above

    return shown
