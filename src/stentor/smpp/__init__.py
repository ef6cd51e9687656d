"""SMPP 3.4 without I/O: octets in, events out, and time is an argument."""

from .codec import decode, encode, message_of
from .errors import (
    DecodeError,
    EncodeError,
    FramingError,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    WindowFull,
)
from .framing import Framer
from .pdu import CommandId, Pdu
from .session import Limits, Session
from .state import Side, State
from .status import CommandStatus

__all__ = [
    "CommandId",
    "CommandStatus",
    "DecodeError",
    "EncodeError",
    "Framer",
    "FramingError",
    "Limits",
    "LocalProtocolError",
    "Pdu",
    "ProtocolError",
    "RemoteProtocolError",
    "Session",
    "Side",
    "State",
    "WindowFull",
    "decode",
    "encode",
    "message_of",
]
