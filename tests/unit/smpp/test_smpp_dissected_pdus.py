"""Wireshark's dissector finds nothing malformed in the PDUs of the codec's own tests (`support.capture`)."""

from __future__ import annotations

from pathlib import Path

from smpp_cases import CASES

from support.capture import needs_tshark, nothing_malformed


@needs_tshark
def test_every_pdu_of_the_codec(tmp_path: Path) -> None:
    nothing_malformed(tmp_path, [(True, octets) for octets, _ in CASES.values()])
