"""X: two platforms in a row, until the SMSC behind the far one has every message."""

from __future__ import annotations

import msgspec

from bench import smsc
from bench.requests import Load, key_of
from bench.results import Row
from bench.scenarios.delivery import until_there
from bench.stand import Plan, Stand, upstream


def in_a_row(plan: Plan) -> list[Row]:
    """Reports come back by pull. Customers send one message a request; the near platform sends many in one."""
    with Stand(plan) as behind, Stand(plan) as stand:
        network, network_port = behind.smsc(smsc.Options())
        far, far_port = behind.serve(upstream(network_port))
        link = f'type = "http"\nurl = "http://127.0.0.1:{far_port}"\napi_key = "{key_of(0)}"'
        near, port = stand.serve(link)
        load = Load(port=port, seconds=plan.seconds)
        found = until_there(stand, load, [near.pid], network, {"SMSC": network, "far": far})
        return [msgspec.structs.replace(found, scenario="X  through another platform")]
