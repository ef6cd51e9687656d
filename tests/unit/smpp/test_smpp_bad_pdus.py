"""Bad PDUs, each with the command_status that answers it (SMPP 3.4 §5.1.3)."""

from __future__ import annotations

import pytest
from smpp_cases import CASES, framed

from stentor.smpp import CommandStatus, DecodeError, Pdu, decode
from stentor.smpp import pdu as p

S = CommandStatus

SUBMIT = "00000004 00000000 00000063"
ADDRESSED = f"{SUBMIT} 00 0101 ~1~ 00 0101 ~2~ 00 000000"

BAD: dict[str, tuple[str, CommandStatus]] = {
    "unknown request": ("00000999 00000000 00000063", S.ESME_RINVCMDID),
    "unknown response": ("80000999 00000000 00000063", S.ESME_RINVCMDID),
    "no body": (SUBMIT, S.ESME_RINVCMDLEN),
    "service_type of 6": (f"{SUBMIT} ~sixsix~ 00", S.ESME_RINVSERTYP),
    "source_addr of 21": (f"{SUBMIT} 00 0101 ~{'1' * 21}~ 00", S.ESME_RINVSRCADR),
    "source_addr without NUL": (f"{SUBMIT} 00 0101 ~111~", S.ESME_RINVCMDLEN),
    "destination_addr of 21": (f"{SUBMIT} 00 0101 00 0101 ~{'1' * 21}~ 00", S.ESME_RINVDSTADR),
    "schedule of 17": (f"{ADDRESSED} ~{'1' * 17}~ 00", S.ESME_RINVSCHED),
    "validity of 17": (f"{ADDRESSED} 00 ~{'1' * 17}~ 00", S.ESME_RINVEXPIRY),
    "ends before sm_length": (f"{ADDRESSED} 00 00 01000000", S.ESME_RINVCMDLEN),
    "sm_length 255": (f"{ADDRESSED} 00 00 01000000 FF" + " 41" * 255, S.ESME_RINVMSGLEN),
    "sm_length past the end": (f"{ADDRESSED} 00 00 01000000 05 ~Hell~", S.ESME_RINVMSGLEN),
    "text and payload": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 0424 0001 41", S.ESME_RINVMSGLEN),
    "text and empty payload": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 0424 0000", S.ESME_RINVMSGLEN),
    "one octet too many": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 00", S.ESME_RINVOPTPARSTREAM),
    "TLV past the end": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 0204 0003 0102", S.ESME_RINVOPTPARSTREAM),
    "second TLV without length": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 0204 0002 0102 0204", S.ESME_RINVOPTPARSTREAM),
    "sar_msg_ref_num of 1": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 020C 0001 01", S.ESME_RINVPARLEN),
    "callback_num of 20": (f"{ADDRESSED} 00 00 01000000 01 ~H~ 0381 0014 ~{'1' * 20}~", S.ESME_RINVPARLEN),
    "system_id of 65": (f"00000009 00000000 00000063 ~{'x' * 65}~ 00", S.ESME_RINVSYSID),
    "password of 65": (f"00000009 00000000 00000063 ~x~ 00 ~{'x' * 65}~ 00", S.ESME_RINVPASWD),
    "system_type of 65": (f"00000009 00000000 00000063 00 00 ~{'x' * 65}~ 00", S.ESME_RINVSYSTYP),
    "address_range of 41": (f"00000009 00000000 00000063 00 00 00 340000 ~{'x' * 41}~ 00", S.ESME_RINVPARLEN),
    "bind with more": ("00000009 00000000 00000063 00 00 00 340000 00 00", S.ESME_RINVCMDLEN),
    "no destinations": ("00000021 00000000 00000063 00 0101 00 00", S.ESME_RINVNUMDESTS),
    "255 destinations": ("00000021 00000000 00000063 00 0101 00 FF", S.ESME_RINVNUMDESTS),
    "dest_flag 3": ("00000021 00000000 00000063 00 0101 00 01 03 00", S.ESME_RINVDESTFLAG),
    "dl_name of 21": (f"00000021 00000000 00000063 00 0101 00 01 02 ~{'x' * 21}~ 00", S.ESME_RINVDLNAME),
    "query of no id": ("00000003 00000000 00000063", S.ESME_RINVCMDLEN),
    "message_id of 65": (f"00000003 00000000 00000063 ~{'x' * 65}~ 00", S.ESME_RINVMSGID),
    "data_sm address of 65": (f"00000103 00000000 00000063 00 0101 ~{'1' * 65}~ 00", S.ESME_RINVSRCADR),
    "response id of 65": (f"80000004 00000000 00000063 ~{'x' * 65}~ 00", S.ESME_RINVMSGID),
}


@pytest.mark.parametrize(("written", "status"), BAD.values(), ids=BAD.keys())
def test_bad_pdu(written: str, status: CommandStatus) -> None:
    octets = framed(written)
    with pytest.raises(DecodeError) as caught:
        decode(octets)
    assert caught.value.status == status
    assert caught.value.command_id == int.from_bytes(octets[4:8], "big")
    assert caught.value.sequence == 0x63


def test_an_address_of_64_is_for_data_sm_only() -> None:
    long = f"~{'1' * 64}~ 00"
    assert isinstance(decode(framed(f"00000103 00000000 00000063 00 0101 {long} 0101 {long} 000000")), p.DataSm)


def test_credentials_may_be_longer_than_the_specification_says() -> None:
    bind = decode(framed(f"00000009 00000000 00000001 ~{'u' * 64}~ 00 ~{'p' * 64}~ 00 00 34 00 00 00"))
    assert isinstance(bind, p.Bind)
    assert (len(bind.system_id), len(bind.password)) == (64, 64)


def test_an_upstreams_deliver_sm_is_not_measured_by_its_tlvs() -> None:
    deliver = decode(framed("00000005 00000000 00000001 00 0101 00 0101 00 040000 00 00 00000000 00 0427 0002 0002"))
    assert isinstance(deliver, p.DeliverSm)
    assert deliver.tlvs == ((0x0427, b"\0\2"),)


def test_not_even_a_header() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(b"\0\0\0\4")
    assert caught.value.status == S.ESME_RINVCMDLEN


def test_command_length_is_the_frames() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex("00000011 00000015 00000000 00000007"))
    assert (caught.value.status, caught.value.sequence) == (S.ESME_RINVCMDLEN, 7)


@pytest.mark.parametrize(("octets", "pdu"), CASES.values(), ids=CASES.keys())
def test_every_request_cut_anywhere_is_an_error_or_another_whole_pdu(octets: bytes, pdu: Pdu) -> None:
    """A PDU may only end early where its optional parameters begin, or one of them."""
    for end in range(16, len(octets)):
        try:
            shorter = decode(end.to_bytes(4, "big") + octets[4:end])
        except DecodeError:
            continue
        assert p.is_response(pdu.command_id) or len(getattr(shorter, "tlvs", ())) < len(getattr(pdu, "tlvs", ()))
