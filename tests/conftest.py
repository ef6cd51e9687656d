"""The fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.process import Demo
from support.receiver import Receiver, receiving
from support.web import Client


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One running demo for the whole session: tests use ids and numbers of their own (`support.sms`)."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    running.stop()


@pytest.fixture
def client(demo: Demo) -> Client:
    """The demo's first user."""
    return demo.client


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """A customer's server; tests use paths of their own."""
    with receiving() as running:
        yield running


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo for one test that stops it or reads all its reports."""
    running = Demo(tmp_path / "own")
    yield running
    if running.process.poll() is None:
        running.stop()
