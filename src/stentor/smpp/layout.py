"""What is where in each PDU (SMPP 3.4 §4): one table that the codec reads and writes by."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from . import pdu as p
from .errors import EncodeError
from .status import CommandStatus as Status
from .tlv import TABLE, Tag, find, name_of
from .wire import MAX_SM_LENGTH, Reader, write_cstring, write_long, write_octet, write_tlvs

MAX_DESTINATIONS = 254  # SMPP 3.4 §4.5.1
_SME, _LIST = 1, 2  # dest_flag, SMPP 3.4 §5.2.25


class Field(Protocol):
    """One part of a body: how it is read and how it is written."""

    @property
    def name(self) -> str: ...

    def read(self, reader: Reader) -> Any: ...

    def write(self, value: Any) -> bytes: ...


class Octet(msgspec.Struct, frozen=True):
    name: str

    def read(self, reader: Reader) -> int:
        return reader.octet(self.name)

    def write(self, value: int) -> bytes:
        return write_octet(self.name, value)


class Text(msgspec.Struct, frozen=True):
    """A C-octet string of at most `size` octets with its NUL; `status` answers one that is longer."""

    name: str
    size: int
    status: Status = Status.ESME_RINVPARLEN

    def read(self, reader: Reader) -> str:
        return reader.cstring(self.name, self.size, self.status)

    def write(self, value: str) -> bytes:
        return write_cstring(self.name, value, self.size)


class Message(msgspec.Struct, frozen=True):
    """sm_length and short_message (SMPP 3.4 §5.2.21, §5.2.22)."""

    name: str = "short_message"

    def read(self, reader: Reader) -> bytes:
        length = reader.octet("sm_length")
        if length > MAX_SM_LENGTH:
            raise reader.fail(f"sm_length: {length} is more than {MAX_SM_LENGTH}", Status.ESME_RINVMSGLEN)
        return reader.octets(self.name, length, Status.ESME_RINVMSGLEN)

    def write(self, value: bytes) -> bytes:
        if len(value) > MAX_SM_LENGTH:
            raise EncodeError(f"{self.name}: {len(value)} octets, the most is {MAX_SM_LENGTH}")
        return bytes((len(value),)) + value


class Optional(msgspec.Struct, frozen=True):
    """All that follows the mandatory part."""

    name: str = "tlvs"

    def read(self, reader: Reader) -> p.Tlvs:
        return reader.tlvs()

    def write(self, value: p.Tlvs) -> bytes:
        return write_tlvs(value)


def _address(prefix: str, name: str, size: int, status: Status) -> tuple[Field, ...]:
    return Octet(f"{prefix}_addr_ton"), Octet(f"{prefix}_addr_npi"), Text(name, size, status)


def _source(size: int = 21) -> tuple[Field, ...]:
    return _address("source", "source_addr", size, Status.ESME_RINVSRCADR)


def _dest(size: int = 21) -> tuple[Field, ...]:
    return _address("dest", "destination_addr", size, Status.ESME_RINVDSTADR)


_SME_FIELDS = _dest()
_LIST_NAME = Text("dl_name", 21, Status.ESME_RINVDLNAME)


class Destinations(msgspec.Struct, frozen=True):
    """number_of_dests and dest_address(es) of submit_multi (SMPP 3.4 §4.5.1)."""

    name: str = "dest_address"

    def read(self, reader: Reader) -> tuple[p.SmeAddress | p.DistributionList, ...]:
        count = reader.octet("number_of_dests")
        if not 1 <= count <= MAX_DESTINATIONS:
            raise reader.fail(f"number_of_dests: {count} is not 1 to 254", Status.ESME_RINVNUMDESTS)
        return tuple([self._one(reader) for _ in range(count)])

    @staticmethod
    def _one(reader: Reader) -> p.SmeAddress | p.DistributionList:
        flag = reader.octet("dest_flag")
        if flag == _SME:
            return p.SmeAddress(**{field.name: field.read(reader) for field in _SME_FIELDS})
        if flag == _LIST:
            return p.DistributionList(dl_name=_LIST_NAME.read(reader))
        raise reader.fail(f"dest_flag: {flag} is neither 1 nor 2", Status.ESME_RINVDESTFLAG)

    def write(self, value: tuple[p.SmeAddress | p.DistributionList, ...]) -> bytes:
        if not 1 <= len(value) <= MAX_DESTINATIONS:
            raise EncodeError(f"number_of_dests: {len(value)} is not 1 to 254")
        parts = [bytes((len(value),))]
        for one in value:
            if isinstance(one, p.DistributionList):
                parts += bytes((_LIST,)), _LIST_NAME.write(one.dl_name)
            else:
                parts.append(bytes((_SME,)))
                parts += [field.write(getattr(one, field.name)) for field in _SME_FIELDS]
        return b"".join(parts)


class Unsuccessful(msgspec.Struct, frozen=True):
    """no_unsuccess and unsuccess_sme(s) of submit_multi_resp (SMPP 3.4 §4.5.2)."""

    name: str = "unsuccess_sme"

    def read(self, reader: Reader) -> tuple[p.UnsuccessSme, ...]:
        return tuple([self._one(reader) for _ in range(reader.octet("no_unsuccess"))])

    @staticmethod
    def _one(reader: Reader) -> p.UnsuccessSme:
        address = {field.name: field.read(reader) for field in _SME_FIELDS}
        return p.UnsuccessSme(**address, error_status_code=reader.long("error_status_code"))

    def write(self, value: tuple[p.UnsuccessSme, ...]) -> bytes:
        parts = [write_octet("no_unsuccess", len(value))]
        for one in value:
            parts += [field.write(getattr(one, field.name)) for field in _SME_FIELDS]
            parts.append(write_long("error_status_code", one.error_status_code))
        return b"".join(parts)


# The specification's 15 and 8 characters are too few for credentials in the wild: up to 64 octets are read.
_SYSTEM_ID = Text("system_id", 65, Status.ESME_RINVSYSID)
_PASSWORD = Text("password", 65, Status.ESME_RINVPASWD)
_SYSTEM_TYPE = Text("system_type", 65, Status.ESME_RINVSYSTYP)
_SERVICE_TYPE = Text("service_type", 6, Status.ESME_RINVSERTYP)
_MESSAGE_ID = Text("message_id", 65, Status.ESME_RINVMSGID)
_TIMES = (
    Text("schedule_delivery_time", 17, Status.ESME_RINVSCHED),
    Text("validity_period", 17, Status.ESME_RINVEXPIRY),
)
_CLASSES = (Octet("esm_class"), Octet("protocol_id"), Octet("priority_flag"))
_FLAGS = (
    *(Octet("registered_delivery"), Octet("replace_if_present_flag")),
    *(Octet("data_coding"), Octet("sm_default_msg_id")),
)
_OPTIONAL = Optional()

_BIND = (
    *(_SYSTEM_ID, _PASSWORD, _SYSTEM_TYPE, Octet("interface_version"), Octet("addr_ton"), Octet("addr_npi")),
    Text("address_range", 41),
)
_BIND_RESP = (_SYSTEM_ID, _OPTIONAL)
_SHORT_MESSAGE = (_SERVICE_TYPE, *_source(), *_dest(), *_CLASSES, *_TIMES, *_FLAGS, Message(), _OPTIONAL)
_ID_RESP = (_MESSAGE_ID, _OPTIONAL)

LAYOUTS: dict[type[p.Pdu], tuple[Field, ...]] = {
    p.GenericNack: (),
    p.BindTransmitter: _BIND,
    p.BindTransmitterResp: _BIND_RESP,
    p.BindReceiver: _BIND,
    p.BindReceiverResp: _BIND_RESP,
    p.BindTransceiver: _BIND,
    p.BindTransceiverResp: _BIND_RESP,
    p.Outbind: (_SYSTEM_ID, _PASSWORD),
    p.Unbind: (),
    p.UnbindResp: (),
    p.EnquireLink: (),
    p.EnquireLinkResp: (),
    p.SubmitSm: _SHORT_MESSAGE,
    p.SubmitSmResp: _ID_RESP,
    p.DeliverSm: _SHORT_MESSAGE,
    p.DeliverSmResp: _ID_RESP,
    p.SubmitMulti: (
        *(_SERVICE_TYPE, *_source(), Destinations(), *_CLASSES, *_TIMES, *_FLAGS),
        *(Message(), _OPTIONAL),
    ),
    p.SubmitMultiResp: (_MESSAGE_ID, Unsuccessful(), _OPTIONAL),
    p.DataSm: (
        *(_SERVICE_TYPE, *_source(65), *_dest(65)),
        *(Octet("esm_class"), Octet("registered_delivery"), Octet("data_coding"), _OPTIONAL),
    ),
    p.DataSmResp: _ID_RESP,
    p.QuerySm: (_MESSAGE_ID, *_source()),
    p.QuerySmResp: (_MESSAGE_ID, Text("final_date", 17), Octet("message_state"), Octet("error_code")),
    p.CancelSm: (_SERVICE_TYPE, _MESSAGE_ID, *_source(), *_dest()),
    p.CancelSmResp: (),
    p.ReplaceSm: (
        *(_MESSAGE_ID, *_source(), *_TIMES),
        *(Octet("registered_delivery"), Octet("sm_default_msg_id"), Message()),
    ),
    p.ReplaceSmResp: (),
    p.AlertNotification: (
        *_source(65),
        *_address("esme", "esme_addr", 65, Status.ESME_RINVDSTADR),
        _OPTIONAL,
    ),
}

# An upstream's deliver_sm is worth more than the form of its optional parameters, so it is not among them.
_MEASURED = frozenset({p.SubmitSm, p.SubmitMulti})
_SIZES = {tag: (spec.least, spec.size) for tag, spec in TABLE.items() if not spec.vendor}
_UNBOUNDED = (0, 0xFFFF)
_MESSAGE_PAYLOAD = int(Tag.MESSAGE_PAYLOAD)


def both_given(text: bytes, tlvs: p.Tlvs) -> bool:
    """short_message and message_payload exclude each other (SMPP 3.4 §5.3.2.32)."""
    return bool(text and tlvs) and find(tlvs, _MESSAGE_PAYLOAD) is not None


def fault_of(kind: type[p.Pdu], text: bytes, tlvs: p.Tlvs) -> tuple[str, Status] | None:
    """What is wrong with well-formed optional parameters, and the answer (SMPP 3.4 §3.3)."""
    if both_given(text, tlvs):
        return "short_message and message_payload, both", Status.ESME_RINVMSGLEN
    if kind in _MEASURED:
        for tag, value in tlvs:
            least, most = _SIZES.get(tag, _UNBOUNDED)
            if not least <= len(value) <= most:
                return f"{name_of(tag)}: {len(value)} octets", Status.ESME_RINVPARLEN
    return None
