"""Readings become text that Prometheus reads, and the table knows every one of them."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from stentor.app.exposition import exposition
from stentor.app.metrics import NAMED_HOSTS, OTHER, hosts
from stentor.core.measures import TABLE
from stentor.core.tally import Histogram
from stentor.engine.notify import HostHealth

_UNITS = {"_seconds": "seconds", "_bytes": "bytes"}


def test_counters_gauges_and_histograms_read_back() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.5, 0.6, 5.0):
        histogram.add(seconds)
    text = exposition(
        [
            ("stentor_parts_sent_total", ("operator",), 3),
            ("stentor_parts_sent_total", ('quo"ted\n',), 1),
            ("stentor_store_backlog", (), 2),
            ("stentor_store_commit_seconds", (), histogram),
        ]
    ).decode()
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert [(s.labels["connector"], s.value) for s in found["stentor_parts_sent"].samples] == [
        ("operator", 3.0),
        ('quo"ted\n', 1.0),
    ]
    assert found["stentor_store_backlog"].type == "gauge"
    buckets = {s.labels["le"]: s.value for s in found["stentor_store_commit_seconds"].samples if "le" in s.labels}
    assert buckets == {"0.1": 1.0, "1.0": 3.0, "+Inf": 4.0}


def test_names_follow_prometheus_practice() -> None:
    for name, measure in TABLE.items():
        assert re.fullmatch(r"(stentor|process)(_[a-z0-9]+)+", name), name
        assert name.endswith("_total") == (measure.kind == "counter"), name
        for ending, unit in _UNITS.items():
            assert not name.removesuffix("_total").endswith(ending) or measure.unit == unit, name


def test_no_label_can_have_a_value_for_each_customer_or_message() -> None:
    labels = {label for measure in TABLE.values() for label in measure.labels}
    assert not labels & {"account", "user", "from", "to", "sender", "recipient", "messageId", "message", "url"}


def test_customers_hosts_are_few_by_name_and_the_worst_first() -> None:
    found = [HostHealth(f"https://host-{n}", waiting=n, calls=1, failures=n % 5, troubled=n % 5 > 3) for n in range(50)]
    readings = list(hosts(found))
    waiting = {labels[0]: value for name, labels, value in readings if name == "stentor_notify_waiting"}
    assert len(waiting) == NAMED_HOSTS + 1
    assert next(iter(waiting)) == "https://host-49"
    assert waiting[OTHER] == sum(range(50)) - sum(n for n in range(50) if n % 5 == 4)
    assert ("stentor_notify_hosts", ("troubled",), 10) in readings
    assert ("stentor_notify_hosts", ("well",), 40) in readings
