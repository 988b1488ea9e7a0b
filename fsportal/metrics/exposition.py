"""Puts gauges and request times together in Prometheus' text format (docs/decisions/0019-metrics.md)."""

import logging
import time
from collections.abc import Iterator

from django.conf import settings
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from fsportal.lib import gauges
from fsportal.metrics.request_times import TIMES

logger = logging.getLogger(__name__)
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class GaugeCollector(Collector):
    """Asks every registered collector. One that fails leaves its own gauges out and nothing else."""

    def collect(self) -> Iterator[Metric]:
        seconds: gauges.Values = {}
        failed: gauges.Values = {}
        for name, collect in gauges.collectors().items():
            began = time.monotonic()
            try:
                found = list(collect())
            except Exception:
                logger.exception("The metrics of %s could not be collected", name)
                found = []
                failed[name,] = 1.0
            seconds[name,] = time.monotonic() - began
            yield from (_family(gauge) for gauge in found)
        yield _family(gauges.Gauge("portal_collect_seconds", "How long it took to collect.", ("of",), seconds))
        yield _family(gauges.Gauge("portal_collect_failed", "1 if that failed.", ("of",), failed))


def _family(gauge: gauges.Gauge) -> GaugeMetricFamily:
    family = GaugeMetricFamily(gauge.name, gauge.says, labels=gauge.labels)
    for labels, value in gauge.values.items():
        family.add_metric(labels, value)
    return family


def text() -> bytes:
    registry = CollectorRegistry()
    registry.register(GaugeCollector())
    if settings.METRICS_DIR:
        MultiProcessCollector(registry, settings.METRICS_DIR)  # type: ignore[no-untyped-call]
    else:
        registry.register(TIMES)
    return generate_latest(registry)
