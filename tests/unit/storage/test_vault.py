"""Secrets at rest: sealed for one place under one key, and never in clear in a file."""

from __future__ import annotations

import base64
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stentor.storage.vault import KEY_FILE, PREFIX, Vault, VaultError, is_sealed, key_file_of

SECRET = "p4ssw0rd-of-the-operator-ж"
PLACE = "connector/operator/password"


def test_what_is_sealed_opens_again(tmp_path: Path) -> None:
    sealed = Vault.of(tmp_path).seal(SECRET, PLACE)
    assert is_sealed(sealed)
    assert not is_sealed(SECRET)
    assert Vault.of(tmp_path).open(sealed, PLACE) == SECRET


def test_no_octet_of_the_secret_is_seen() -> None:
    vault = Vault(bytes(32))
    one, two = vault.seal(SECRET, PLACE), vault.seal(SECRET, PLACE)
    assert one != two
    for sealed in (one, two):
        octets = base64.urlsafe_b64decode(sealed.removeprefix(PREFIX))
        assert SECRET.encode()[:8] not in octets
        assert PLACE.encode() not in octets


def test_an_empty_text_is_a_text() -> None:
    vault = Vault(bytes(32))
    assert vault.open(vault.seal("", PLACE), PLACE) == ""


def test_a_sealed_value_stays_in_its_place() -> None:
    vault = Vault(bytes(32))
    with pytest.raises(VaultError, match=r"the secret connector/other/password cannot be opened"):
        vault.open(vault.seal(SECRET, PLACE), "connector/other/password")


def test_another_key_does_not_open_it(tmp_path: Path) -> None:
    sealed = Vault(bytes(32)).seal(SECRET, PLACE)
    with pytest.raises(VaultError, match=r"sealed with another key, or altered"):
        Vault(bytes(31) + b"1").open(sealed, PLACE)
    other = Vault.of(tmp_path)
    other.seal("x", "y")
    with pytest.raises(VaultError, match=rf"sealed with another key than {tmp_path / KEY_FILE}"):
        other.open(sealed, PLACE)


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_each_altered_octet_is_noticed(place: int) -> None:
    vault = Vault(bytes(32))
    octets = bytearray(base64.urlsafe_b64decode(vault.seal(SECRET, PLACE).removeprefix(PREFIX)))
    octets[place % len(octets)] ^= 1
    with pytest.raises(VaultError):
        vault.open(PREFIX + base64.urlsafe_b64encode(octets).decode(), PLACE)


@pytest.mark.parametrize(
    "value", ["", "in clear", "sealed:2:AAAA", "sealed:1:", "sealed:1:AAAA", "sealed:1:???", "sealed:1:é"]
)
def test_what_is_no_sealed_value_says_so(value: str) -> None:
    with pytest.raises(VaultError, match=PLACE):
        Vault(bytes(32)).open(value, PLACE)


def test_the_key_file_is_made_when_something_is_sealed_and_only_then(tmp_path: Path) -> None:
    vault, path = Vault.of(tmp_path), tmp_path / KEY_FILE
    assert list(tmp_path.iterdir()) == []
    vault.seal(SECRET, PLACE)
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(base64.b64decode(path.read_text())) == 32
    before = path.read_text()
    Vault.of(tmp_path).seal(SECRET, PLACE)
    assert path.read_text() == before


def test_opening_never_makes_a_key(tmp_path: Path) -> None:
    sealed = Vault(bytes(32)).seal(SECRET, PLACE)
    with pytest.raises(VaultError, match=rf"the key file {tmp_path / KEY_FILE} is missing"):
        Vault.of(tmp_path).open(sealed, PLACE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "not base64 !", "QUJD", base64.b64encode(bytes(33)).decode()])
def test_what_is_no_key_file_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(VaultError, match=r"is not a key file"):
        Vault.of(tmp_path).seal(SECRET, PLACE)


def test_a_key_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"cannot be made: No such file"):
        Vault.of(tmp_path / "missing").seal(SECRET, PLACE)


def test_many_at_once_make_one_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    sealed: list[str] = []

    def seal() -> None:
        vault = Vault.of(tmp_path)
        barrier.wait()
        sealed.append(vault.seal(SECRET, PLACE))

    threads = [threading.Thread(target=seal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert {Vault.of(tmp_path).open(one, PLACE) for one in sealed} == {SECRET}


def test_the_key_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere, named = tmp_path / "elsewhere", tmp_path / "named"
    data = tmp_path / "data"
    monkeypatch.delenv("STENTOR_KEY_FILE", raising=False)
    assert key_file_of(data) == data / "stentor.key"
    assert key_file_of(data, elsewhere) == elsewhere
    sealed = Vault.of(data, elsewhere).seal(SECRET, PLACE)
    monkeypatch.setenv("STENTOR_KEY_FILE", str(named))
    assert key_file_of(data, elsewhere) == named
    with pytest.raises(VaultError, match=str(named)):
        Vault.of(data, elsewhere).open(sealed, PLACE)


def test_fingerprints_are_equal_for_equal_data_under_one_key() -> None:
    vault, other = Vault(bytes(32)), Vault(b"1" * 32)
    assert vault.fingerprint(b"one") == Vault(bytes(32)).fingerprint(b"one")
    assert len({vault.fingerprint(b"one"), vault.fingerprint(b"two"), other.fingerprint(b"one")}) == 3


def test_cryptography_is_loaded_only_when_something_is_sealed(tmp_path: Path) -> None:
    loaded = "'cryptography' in sys.modules"
    code = (
        "import sys; from pathlib import Path; import stentor.app.platform;"
        f"from stentor.storage.vault import Vault; vault = Vault.of(Path({str(tmp_path)!r}));"
        f"print({loaded}); vault.seal('x', 'y'); print({loaded})"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
