"""Which PDU may be sent by which side in which state: SMPP 3.4 §2.2, §2.3, table 2-1.

The table differs from the specification's in four points, each on the generous side: enquire_link may be sent before
the bind (monitors and balancers do), replace_sm also by a transceiver (the table lists transmitters only),
generic_nack anywhere, and UNBINDING is a state of its own, in which what was asked before is still answered.
"""

from __future__ import annotations

from enum import Enum

from .pdu import CommandId as Id


class Side(Enum):
    SMSC = "smsc"
    ESME = "esme"

    @property
    def other(self) -> Side:
        return Side.ESME if self is Side.SMSC else Side.SMSC


class State(Enum):
    OPEN = "open"
    OUTBOUND = "outbound"  # outbind was sent, SMPP 3.4 §2.2.1
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBINDING = "unbinding"  # one side sent unbind; answers still come and go
    UNBOUND = "unbound"  # over, the connection still stands
    CLOSED = "closed"


BOUND = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})
OVER = frozenset({State.UNBOUND, State.CLOSED})

_FRESH = frozenset({State.OPEN, State.OUTBOUND})
_SUBMITTING = frozenset({State.BOUND_TX, State.BOUND_TRX})
_RECEIVING = frozenset({State.BOUND_RX, State.BOUND_TRX})
_LEAVING = frozenset({State.UNBINDING})
_ALIVE = _FRESH | BOUND | _LEAVING
_NEVER: frozenset[State] = frozenset()

# PDU: the states in which the ESME may send it, the states in which the SMSC may.
TABLE: dict[Id, tuple[frozenset[State], frozenset[State]]] = {
    Id.BIND_TRANSMITTER: (_FRESH, _NEVER),
    Id.BIND_TRANSMITTER_RESP: (_NEVER, _FRESH),
    Id.BIND_RECEIVER: (_FRESH, _NEVER),
    Id.BIND_RECEIVER_RESP: (_NEVER, _FRESH),
    Id.BIND_TRANSCEIVER: (_FRESH, _NEVER),
    Id.BIND_TRANSCEIVER_RESP: (_NEVER, _FRESH),
    Id.OUTBIND: (_NEVER, frozenset({State.OPEN})),
    Id.UNBIND: (BOUND | _LEAVING, BOUND | _LEAVING),  # both sides may decide to leave at once
    Id.UNBIND_RESP: (_LEAVING, _LEAVING),
    Id.SUBMIT_SM: (_SUBMITTING, _NEVER),
    Id.SUBMIT_SM_RESP: (_NEVER, _SUBMITTING | _LEAVING),
    Id.SUBMIT_MULTI: (_SUBMITTING, _NEVER),
    Id.SUBMIT_MULTI_RESP: (_NEVER, _SUBMITTING | _LEAVING),
    Id.DATA_SM: (_SUBMITTING, _RECEIVING),
    Id.DATA_SM_RESP: (_RECEIVING | _LEAVING, _SUBMITTING | _LEAVING),
    Id.DELIVER_SM: (_NEVER, _RECEIVING),
    Id.DELIVER_SM_RESP: (_RECEIVING | _LEAVING, _NEVER),
    Id.QUERY_SM: (_SUBMITTING, _NEVER),
    Id.QUERY_SM_RESP: (_NEVER, _SUBMITTING | _LEAVING),
    Id.CANCEL_SM: (_SUBMITTING, _NEVER),
    Id.CANCEL_SM_RESP: (_NEVER, _SUBMITTING | _LEAVING),
    Id.REPLACE_SM: (_SUBMITTING, _NEVER),
    Id.REPLACE_SM_RESP: (_NEVER, _SUBMITTING | _LEAVING),
    Id.ENQUIRE_LINK: (_ALIVE, _ALIVE),
    Id.ENQUIRE_LINK_RESP: (_ALIVE, _ALIVE),
    Id.ALERT_NOTIFICATION: (_NEVER, _RECEIVING),
    Id.GENERIC_NACK: (_ALIVE, _ALIVE),
}

# What moves a session: a PDU that was sent or, for a response, that was sent with status 0.
MOVES: dict[tuple[State, Id], State] = {
    (State.OPEN, Id.OUTBIND): State.OUTBOUND,
    **{(fresh, Id.BIND_TRANSMITTER_RESP): State.BOUND_TX for fresh in _FRESH},
    **{(fresh, Id.BIND_RECEIVER_RESP): State.BOUND_RX for fresh in _FRESH},
    **{(fresh, Id.BIND_TRANSCEIVER_RESP): State.BOUND_TRX for fresh in _FRESH},
    **{(bound, Id.UNBIND): State.UNBINDING for bound in BOUND},
    (State.UNBINDING, Id.UNBIND_RESP): State.UNBOUND,
}


def may_send(side: Side, state: State, command_id: Id) -> bool:
    """Whether `side` may send this PDU in this state."""
    esme, smsc = TABLE[command_id]
    return state in (esme if side is Side.ESME else smsc)


def after(state: State, command_id: Id) -> State:
    """The state once this PDU is through."""
    return MOVES.get((state, command_id), state)
