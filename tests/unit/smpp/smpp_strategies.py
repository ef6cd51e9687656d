"""Hypothesis strategies: any record that the wire can carry, for every kind of PDU."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stentor.smpp import pdu as p
from stentor.smpp.tlv import Tag

SEQUENCES = st.integers(0, 0xFFFFFFFF)
STATUSES = st.one_of(st.just(0), st.integers(0, 0xFFFFFFFF))
OCTETS = st.integers(0, 255)
TEXTS = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=90)

# Longest text of each field in characters, from SMPP 3.4 §4.
_LONGEST = {
    "service_type": 5,
    "source_addr": 20,
    "destination_addr": 20,
    "schedule_delivery_time": 16,
    "validity_period": 16,
    "final_date": 16,
    "system_id": 64,
    "password": 64,
    "system_type": 64,
    "address_range": 40,
    "message_id": 64,
    "esme_addr": 64,
    "dl_name": 20,
}
_UNMEASURED = st.tuples(st.integers(0x1400, 0x3FFF), st.binary(max_size=40))
TLVS = st.lists(_UNMEASURED, max_size=4).map(tuple)


def texts(longest: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=longest)


def _fields(kind: type[Any]) -> dict[str, st.SearchStrategy[Any]]:
    wide = kind in (p.DataSm, p.AlertNotification)
    found: dict[str, st.SearchStrategy[Any]] = {}
    for name in kind.__struct_fields__:
        if name in _LONGEST:
            found[name] = texts(64 if wide and name.endswith("_addr") else _LONGEST[name])
        else:
            found[name] = _OTHERS.get(name, OCTETS)
    return found


def _records(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: st.builds(kind, **_fields(kind)))


_OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "sequence": SEQUENCES,
    "status": STATUSES,
    "tlvs": TLVS,
    "short_message": st.binary(max_size=254),
    "error_status_code": SEQUENCES,
    "dest_address": st.lists(
        st.one_of(_records(p.SmeAddress), _records(p.DistributionList)), min_size=1, max_size=6
    ).map(tuple),
    "unsuccess_sme": st.lists(_records(p.UnsuccessSme), max_size=6).map(tuple),
}


def pdus(kind: type[p.Pdu]) -> st.SearchStrategy[p.Pdu]:
    """Any PDU of this kind."""
    return _records(kind)


ANY_PDU: st.SearchStrategy[p.Pdu] = st.sampled_from(p.PDUS).flatmap(pdus)
PAYLOADS = st.binary(max_size=1000).map(lambda value: ((int(Tag.MESSAGE_PAYLOAD), value),))
