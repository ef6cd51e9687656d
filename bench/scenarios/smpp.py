"""D, E and what belongs to them: customers over SMPP, from submit_sm to the deliver_sm with the receipt."""

from __future__ import annotations

import time
from contextlib import ExitStack

import msgspec

from bench import customer, processes, smsc
from bench.processes import Child, Failed, rss_mb
from bench.requests import PASSWORD, USER
from bench.results import Row, Usage, median
from bench.stand import Plan, Stand, simulated, upstream

_HOUR = 3600.0
_WARM_UP_S = 1.5
_IDLE = 1_000


def _load(stand: Stand, **changes: object) -> customer.Load:
    load = customer.Load(port=stand.smpp_port, user=USER, password=PASSWORD)
    return msgspec.structs.replace(load, **changes)


def accepted(plan: Plan) -> list[Row]:
    """4 sessions x window 50; each answer after its message is on disk."""
    rows = []
    with Stand(plan) as stand:
        server, _ = stand.serve(simulated(_HOUR))
        stand.customer(_load(stand, seconds=_WARM_UP_S))
        for _ in range(plan.rounds):
            usage = Usage([server.pid])
            done = stand.customer(_load(stand, seconds=plan.seconds))
            used = usage.end()
            seconds = done.ended - done.began
            rows.append(
                Row(
                    scenario="D  SMPP accept, 4 x window 50",
                    rate=done.answered / seconds,
                    p50_ms=done.p50_ms,
                    p99_ms=done.p99_ms,
                    cpu_ms=1000 * used.server / done.answered,
                    rss_mb=used.rss_mb,
                    target="15,000/s",
                    limited_by=used.limit("window", client=done.cpu / seconds),
                )
            )
    return [median(rows)]


def end_to_end(plan: Plan) -> list[Row]:
    """Until every receipt was delivered to the customer's sessions."""
    rows = []
    for _ in range(plan.rounds):
        with Stand(plan) as stand:
            network, network_port = stand.smsc(smsc.Options())
            server, _ = stand.serve(upstream(network_port))
            rows.append(_told(stand, server, network, _load(stand, seconds=plan.seconds, receipts=True)))
    return [median(rows)]


def _told(stand: Stand, server: Child, network: Child, load: customer.Load) -> Row:
    usage = Usage([server.pid], SMSC=network)
    done = stand.customer(load)
    used = usage.end()
    return Row(
        scenario="E  SMPP end to end, receipts as deliver_sm",
        rate=done.receipts / (done.told - done.began),
        p50_ms=done.p50_ms,
        p99_ms=done.p99_ms,
        cpu_ms=1000 * used.server / done.answered,
        rss_mb=used.rss_mb,
        target="5,000/s",
        limited_by=used.limit("window", client=done.cpu / (done.told - done.began)),
    )


def from_disk(plan: Plan) -> list[Row]:
    """Receipts that waited on disk because nobody was bound to take them."""
    rows = []
    for _ in range(plan.rounds):
        with Stand(plan) as stand:
            server, _ = stand.serve(simulated(0.5))
            sent = stand.customer(_asking(stand, plan.seconds))
            time.sleep(3.0)
            usage = Usage([server.pid])
            done = stand.customer(_load(stand, bind="rx", expected=sent.answered))
            used = usage.end()
            if done.receipts != sent.answered:
                raise Failed(f"{done.receipts} receipts of {sent.answered}")
            rows.append(
                Row(
                    scenario=f"E' {sent.answered:,} receipts from disk",
                    rate=done.receipts / (done.told - done.began),
                    cpu_ms=1000 * used.server / done.receipts,
                    rss_mb=used.rss_mb,
                    target="20,000/s",
                    limited_by=used.limit("window", client=done.cpu / (done.told - done.began)),
                )
            )
    return [median(rows)]


def _asking(stand: Stand, seconds: float) -> customer.Load:
    """A transmitter asks for receipts that it cannot receive."""
    return _load(stand, bind="tx", seconds=seconds, registered=True)


def idle_sessions(plan: Plan) -> list[Row]:
    with Stand(plan) as stand, ExitStack() as stack:
        server, _ = stand.serve(simulated(_HOUR))
        stand.customer(_load(stand, seconds=_WARM_UP_S))
        before = rss_mb(server.pid)
        load = _load(stand, sessions=_IDLE, idle=plan.seconds + 2)
        child = processes.start_module(stack, "customer", load, stand.folder)
        time.sleep(plan.seconds)
        usage = Usage([server.pid])
        time.sleep(1.0)
        used = usage.end()
        grown = rss_mb(server.pid) - before
        child.line(customer.Done, patience=load.idle + 30)
    return [
        Row(
            scenario=f"I' {_IDLE:,} idle SMPP sessions: + {grown:.1f} MB",
            rss_mb=used.rss_mb,
            target="+ 20 MB",
            limited_by=f"server CPU {100 * used.server:.1f} % while idle",
        )
    ]
