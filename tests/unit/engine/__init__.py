"""Tests of the engine, which share `conftest`."""
