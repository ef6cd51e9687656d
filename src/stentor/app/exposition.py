"""Readings as the text that Prometheus reads. The library for it is loaded when somebody first asks: it costs 2 MB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from stentor.core.measures import TABLE, Measure
from stentor.core.tally import Histogram

if TYPE_CHECKING:
    from prometheus_client.core import Metric

Reading = tuple[str, tuple[str, ...], float | Histogram]
"""A measure's name, the values of its labels, and what it is now."""


class _Prepared:
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def exposition(readings: Iterable[Reading]) -> bytes:
    """In the order of the table. What the process itself uses comes from the library."""
    from prometheus_client import ProcessCollector, generate_latest  # noqa: PLC0415 - loaded on demand

    by_name: dict[str, list[tuple[tuple[str, ...], float | Histogram]]] = {}
    for name, labels, value in readings:
        by_name.setdefault(name, []).append((labels, value))
    metrics = [_family(TABLE[name], samples) for name, samples in by_name.items()]
    return generate_latest(_Prepared([*metrics, *ProcessCollector(registry=None).collect()]))


def _family(measure: Measure, samples: list[tuple[tuple[str, ...], float | Histogram]]) -> Metric:
    from prometheus_client.core import (  # noqa: PLC0415 - loaded on demand
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    if measure.kind == "histogram":
        histograms = HistogramMetricFamily(measure.name, measure.meaning, labels=measure.labels)
        for labels, value in samples:
            assert isinstance(value, Histogram)
            histograms.add_metric(labels, _buckets(value), value.total)
        return histograms
    made = CounterMetricFamily if measure.kind == "counter" else GaugeMetricFamily
    family = made(measure.name, measure.meaning, labels=measure.labels)
    for labels, value in samples:
        assert not isinstance(value, Histogram)
        family.add_metric(labels, value)
    return family


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    """Each bucket holds all smaller ones too."""
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    return list(zip(bounds, accumulate(histogram.counts), strict=True))
