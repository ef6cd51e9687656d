"""Who broke the protocol, and what to answer.

A LocalProtocolError is our own caller's mistake: nothing was sent. A RemoteProtocolError is the peer's: it carries
the command_status that tells the peer so, and which of its PDUs is meant.
"""

from __future__ import annotations

from .status import CommandStatus


class ProtocolError(Exception):
    """Something SMPP forbids."""


class LocalProtocolError(ProtocolError):
    """We were asked to send what the state or the format forbids; nothing went out."""


class EncodeError(LocalProtocolError, ValueError):
    """A field holds what the wire can not carry."""


class WindowFull(LocalProtocolError):
    """As many requests are outstanding as the window allows (SMPP 3.4 §2.7.1)."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what it may not send; `status` is the answer it gets."""

    def __init__(self, message: str, status: CommandStatus, command_id: int = 0, sequence: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.command_id = command_id
        self.sequence = sequence


class DecodeError(RemoteProtocolError):
    """One whole PDU came, and its content is wrong; the stream goes on."""


class FramingError(RemoteProtocolError):
    """The command_length is impossible: where the next PDU starts is unknown, so the stream ends here.

    `frames` are the PDUs of the same chunk that came before it.
    """

    def __init__(self, message: str, sequence: int, frames: list[bytes]) -> None:
        super().__init__(message, CommandStatus.ESME_RINVCMDLEN, 0, sequence)
        self.frames = frames
