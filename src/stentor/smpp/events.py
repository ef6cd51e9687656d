"""What a session tells its owner."""

from typing import Any

import msgspec

from .errors import RemoteProtocolError
from .pdu import BindResp, GenericNack, Pdu


class RequestReceived(msgspec.Struct, frozen=True):
    """The peer asks; the owner answers with Session.respond (nothing to answer when pdu.response is None)."""

    pdu: Pdu


class ResponseReceived(msgspec.Struct, frozen=True):
    """The peer answered, maybe with an error status or a generic_nack; `context` is what was given to send."""

    pdu: Pdu
    context: Any
    request_sent_at: float


class Unanswered(msgspec.Struct, frozen=True):
    """No answer came in time, or the connection went before it: the peer may have acted on the request or not."""

    sequence: int
    context: Any


class Bound(msgspec.Struct, frozen=True):
    """ESME: the SMSC took our bind."""

    pdu: BindResp


class BindRefused(msgspec.Struct, frozen=True):
    """ESME: the SMSC did not take our bind; pdu.status says why."""

    pdu: BindResp | GenericNack


class UnbindReceived(msgspec.Struct, frozen=True):
    """The peer leaves: send nothing new. Its unbind_resp goes out once its earlier requests are answered."""


class Unbound(msgspec.Struct, frozen=True):
    """The peer answered our unbind."""


class UnexpectedResponse(msgspec.Struct, frozen=True):
    """A response to nothing that is outstanding: late, twice or of the wrong kind."""

    pdu: Pdu


class PduRejected(msgspec.Struct, frozen=True):
    """The session refused what the peer sent and answered it, where it has an answer; for the log."""

    error: RemoteProtocolError


class MustClose(msgspec.Struct, frozen=True):
    """The session is over: write what Session.outgoing still holds, then close the connection."""

    reason: str


class PeerSilent(MustClose, frozen=True):
    """An enquire_link was not answered (SMPP 3.4 §2.9)."""

    reason: str = "enquire_link unanswered"


class SessionInitTimeout(MustClose, frozen=True):
    """No bind in time (SMPP 3.4 §2.9)."""

    reason: str = "not bound in time"


Event = (
    RequestReceived
    | ResponseReceived
    | Unanswered
    | Bound
    | BindRefused
    | UnbindReceived
    | Unbound
    | UnexpectedResponse
    | PduRejected
    | MustClose
)
