"""A configuration mistake is a folder: `config.toml`, and in `expected.txt` what the operator is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from stentor.config import ConfigError, load
from support.process import command

HERE = Path(__file__).parent
MISTAKES = sorted(path.parent.name for path in HERE.glob("*/config.toml"))
OF_THE_MACHINE = {
    "no certificate there": (
        '[http]\nport = 0\ntls_certificate = "none.pem"\ntls_key = "none.key"',
        "cannot use none.pem and none.key: ",
    ),
    "the data folder is a file": ('[storage]\ndata = "{file}"\n[http]\nport = 0', "cannot keep data in "),
    "the data folder lies in a file": ('[storage]\ndata = "{file}/data"\n[http]\nport = 0', "cannot keep data in "),
    "no such address": ('[http]\nport = 0\nhost = "192.0.2.1"', "cannot listen on 192.0.2.1:0: "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_told(mistake: str) -> None:
    path = HERE / mistake / "config.toml"
    with pytest.raises(ConfigError) as told:
        load(path)
    expected = (HERE / mistake / "expected.txt").read_text(encoding="utf-8").rstrip("\n")
    assert str(told.value) == f"{path}: {expected}"


@pytest.mark.parametrize("mistake", ["misspelt-setting", "route-to-no-connector"])
def test_serve_ends_with_2_and_says_it_in_one_line(mistake: str) -> None:
    path = HERE / mistake / "config.toml"
    ended = command("serve", "--config", path)
    expected = (HERE / mistake / "expected.txt").read_text(encoding="utf-8")
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"stentor: {path}: {expected}")


def test_serve_without_its_file_says_how_to_write_one(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    ended = command("serve", "--config", path)
    expected = f"stentor: {path}: No such file or directory; write one with: stentor config > {path}\n"
    assert (ended.returncode, ended.stderr) == (2, expected)


@pytest.mark.parametrize("mistake", OF_THE_MACHINE)
def test_what_only_the_machine_can_tell(mistake: str, tmp_path: Path) -> None:
    text, expected = OF_THE_MACHINE[mistake]
    file = tmp_path / "file"
    file.touch()
    path = tmp_path / "config.toml"
    storage = "" if "[storage]" in text else f'[storage]\ndata = "{tmp_path / "data"}"\n'
    path.write_text(f"{storage}{text.replace('{file}', str(file))}\n[smpp]\nport = 0\n", encoding="utf-8")
    ended = command("serve", "--config", path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"stentor: {expected}")
    assert ended.stderr.count("\n") == 1


def test_the_printed_default_is_no_mistake(tmp_path: Path) -> None:
    printed = command("config")
    path = tmp_path / "config.toml"
    path.write_text(printed.stdout, encoding="utf-8")
    assert printed.returncode == 0
    load(path)
