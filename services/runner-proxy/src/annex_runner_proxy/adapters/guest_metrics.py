"""Shows what extensions count to Prometheus, each series with whose it is."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from annex_runner_proxy.domain.guest_metrics import BUCKETS, Distribution, GuestMetrics

_PREFIX = "annex_ext_"
_HELP = "Counted by extensions; docs/egress.md says what bounds it."
_DROPPED = "annex_ext_dropped"


class GuestMetricsCollector(Collector):
    """Writes one family for each name, over all installs. Names never clash with the platform's own."""

    def __init__(self, metrics: GuestMetrics) -> None:
        self._metrics = metrics

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: which families there are is the extensions' to say."""
        return []

    def collect(self) -> Iterator[Metric]:
        families: dict[tuple[str, type], Metric] = {}
        dropped = Metric(_DROPPED, "Figures of extensions that were not kept.", "counter")
        for install_id, figures in self._metrics.figures():
            whose = {
                "tenant_id": figures.tenant_id,
                "extension": figures.extension,
                "install_id": str(install_id),
            }
            for (name, labels), count in list(figures.counts.items()):
                family = families.setdefault(
                    (name, CounterMetricFamily), Metric(_PREFIX + name, _HELP, "counter")
                )
                family.add_sample(f"{_PREFIX}{name}_total", {**whose, **dict(labels)}, count)
            for (name, labels), distribution in list(figures.distributions.items()):
                family = families.setdefault(
                    (name, HistogramMetricFamily), Metric(f"{_PREFIX}{name}_observed", _HELP, "histogram")
                )
                _add(family, {**whose, **dict(labels)}, distribution)
            if figures.dropped:
                dropped.add_sample(f"{_DROPPED}_total", whose, figures.dropped)
        yield from families.values()
        yield dropped


def _add(family: Metric, labels: dict[str, str], distribution: Distribution) -> None:
    running = 0
    bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
    for bound, count in zip(bounds, distribution.buckets, strict=True):
        running += count
        family.add_sample(f"{family.name}_bucket", {**labels, "le": bound}, running)
    family.add_sample(f"{family.name}_count", labels, running)
    family.add_sample(f"{family.name}_sum", labels, distribution.total)
