"""THE table of magic numbers: a recipient that ends in `99KEEEE` chooses what the network does with its message.

K is a digit of the table below, EEEE its four-digit argument; every other number is delivered. The table is printed
in docs/reference/simulated-network.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from stentor.smpp import CommandStatus
from stentor.smpp.receipt import MessageState

_MAGIC = re.compile(r"99(\d)(\d{4})$")
_ABSENT_SUBSCRIBER = 27
_ABSENT_DELAYS = 10
"""An absent phone comes back after ten times the network's delay."""


class Step(msgspec.Struct, frozen=True):
    """A receipt to send, `after` seconds from the submission."""

    after: float
    state: MessageState
    error: int = 0
    intermediate: bool = False


class Behaviour(msgspec.Struct, frozen=True):
    """What the network does with a message.

    `status` answers its first `refusals` submissions (all when None); then it is taken and its steps follow.
    `overtakes`: the receipt is sent before the submit_sm_resp.
    """

    steps: tuple[Step, ...] = ()
    status: int = CommandStatus.ESME_ROK
    refusals: int | None = 0
    overtakes: bool = False


class Magic(msgspec.Struct, frozen=True):
    """One row: the digit, its meaning in words, and the behaviour for (argument, delay)."""

    digit: str
    meaning: str
    behave: Callable[[int, float], Behaviour]


def _final(state: MessageState) -> Callable[[int, float], Behaviour]:
    return lambda error, delay: Behaviour((Step(delay, state, error),))


def _absent(error: int, delay: float) -> Behaviour:
    absent = Step(delay, MessageState.ENROUTE, error or _ABSENT_SUBSCRIBER, intermediate=True)
    return Behaviour((absent, Step(delay * _ABSENT_DELAYS, MessageState.DELIVERED)))


def _delivered(delay: float) -> tuple[Step, ...]:
    return (Step(delay, MessageState.DELIVERED),)


def _refused(status: int) -> Callable[[int, float], Behaviour]:
    return lambda times, delay: Behaviour(_delivered(delay), status, max(times, 1))


TABLE: tuple[Magic, ...] = (
    Magic("0", "undeliverable with GSM error EEEE", _final(MessageState.UNDELIVERABLE)),
    Magic("1", "rejected by the operator with GSM error EEEE", _final(MessageState.REJECTED)),
    Magic("2", "expired with GSM error EEEE", _final(MessageState.EXPIRED)),
    Magic("3", "absent with GSM error EEEE (0000: 27), delivered after 10 times the delay", _absent),
    Magic("4", "delivered after EEEE tenths of a second", lambda tenths, _: Behaviour(_delivered(tenths / 10))),
    Magic("5", "taken, but no receipt ever comes", lambda _, __: Behaviour()),
    Magic("6", "the first EEEE submissions are throttled (ESME_RTHROTTLED)", _refused(CommandStatus.ESME_RTHROTTLED)),
    Magic(
        "7",
        "every submission is refused with command_status EEEE (decimal)",
        lambda status, _: Behaviour((), status or CommandStatus.ESME_RSUBMITFAIL, None),
    ),
    Magic(
        "8",
        "delivered, and the receipt overtakes the response",
        lambda _, __: Behaviour(_delivered(0.0), overtakes=True),
    ),
    Magic(
        "9", "the first EEEE submissions are refused for now (ESME_RX_T_APPN)", _refused(CommandStatus.ESME_RX_T_APPN)
    ),
)
_BY_DIGIT = {row.digit: row for row in TABLE}


def behaviour(recipient: str, delay: float) -> Behaviour:
    """`delay`: seconds from submission to receipt for ordinary numbers."""
    magic = _MAGIC.search(recipient)
    if magic is None:
        return Behaviour(_delivered(delay))
    return _BY_DIGIT[magic[1]].behave(int(magic[2]), delay)
