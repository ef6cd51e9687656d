"""The snippets of README and how-tos do what they say against a running demo."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from support.process import Demo

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:8080"


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def test_the_readme_sends_a_message_and_reads_its_report(own_demo: Demo) -> None:
    curls = [_command(block, own_demo) for block in _blocks("README.md", "sh") if block.startswith("curl")]
    sent, pulled = (json.loads(_run(curl)) for curl in curls)
    printed = [json.loads(block) for block in _blocks("README.md", "json")]
    assert _shape(sent) == _shape(printed[0])
    for _ in range(50):
        if pulled["results"]:
            break
        pulled = json.loads(_run(curls[1]))
    assert _shape(pulled) == _shape(printed[1])


def test_the_python_snippet_sends(own_demo: Demo) -> None:
    (snippet,) = _blocks("docs/howto/send-with-python.md", "python")
    said = _run([sys.executable, "-c", snippet.replace(ADDRESS, own_demo.url)])
    assert "MESSAGE_ACCEPTED" in said


def test_any_text_at_the_right_time(own_demo: Demo) -> None:
    page = "docs/howto/send-any-text.md"
    answers = [json.loads(_run(_command(block, own_demo))) for block in _blocks(page, "sh")]
    sent = [answer["messages"][0] for answer in answers if "messages" in answer]
    assert [one["status"]["name"] for one in sent] == ["MESSAGE_ACCEPTED", "MESSAGE_ACCEPTED", "PENDING_ACCEPTED"]
    assert sent[0]["smsCount"] == 1
    (snippet,) = _blocks(page, "python")
    said = _run([sys.executable, "-c", snippet.replace(ADDRESS, own_demo.url)])
    assert [word for word in ("2027-01-05T06:00", "2027-01-05T07:00") if word in said]
    assert [line for line in said.splitlines() if "CANCELED" in line or "PAUSED" in line]


def _command(block: str, demo: Demo) -> list[str]:
    return shlex.split(block.replace("\\\n", " ").replace(ADDRESS, demo.url))


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def _shape(value: object) -> object:
    """Names and types: ids and times differ from run to run."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return type(value).__name__
