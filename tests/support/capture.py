"""SMPP octets as a capture file that protocol analysers read: libpcap format, IPv4, one TCP connection."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

SMPP_PORT = 2775
TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
_CUSTOMER, _SERVER = (b"\x0a\x00\x00\x01", 40_000), (b"\x0a\x00\x00\x02", SMPP_PORT)
_RAW_IP = 101
_PSH_ACK = 0x18
_MOST = 1_400


def pcap(spoken: Iterable[tuple[bool, bytes]]) -> bytes:
    """What the customer (True) and the server (False) said, in its order."""
    sequences = {True: 1, False: 1}
    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, _RAW_IP)]
    for number, (ours, octets) in enumerate(spoken):
        for start in range(0, len(octets), _MOST):
            piece = octets[start : start + _MOST]
            packet = _packet(piece, sequences[ours], sequences[not ours], ours=ours)
            packets.append(struct.pack("<IIII", number, start % 1_000_000, len(packet), len(packet)) + packet)
            sequences[ours] += len(piece)
    return b"".join(packets)


def _packet(octets: bytes, sequence: int, acknowledged: int, *, ours: bool) -> bytes:
    (source, source_port), (target, target_port) = (_CUSTOMER, _SERVER) if ours else (_SERVER, _CUSTOMER)
    ports = struct.pack(">HH", source_port, target_port)
    tcp = ports + struct.pack(">IIBBHHH", sequence, acknowledged, 5 << 4, _PSH_ACK, 65_535, 0, 0)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(octets), 0, 0, 64, 6, 0)
    return head + source + target + tcp + octets


def dissected(file: Path, wanted: str) -> list[str]:
    assert TSHARK is not None
    command = [TSHARK, "-r", str(file), "-d", f"tcp.port=={SMPP_PORT},smpp", "-Y", wanted]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()


def nothing_malformed(folder: Path, spoken: list[tuple[bool, bytes]]) -> None:
    file = folder / "spoken.pcap"
    file.write_bytes(pcap(spoken))
    assert dissected(file, "smpp")
    assert dissected(file, "_ws.malformed") == []
