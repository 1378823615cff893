"""What operators count of records and quotas; docs/operations/metrics.md explains every name."""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from annex_gateway.domain.controls import Quota
from annex_gateway.domain.executions import Execution

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class RecordMetrics(Collector):
    """Counts as it happens; what is pending is asked for when somebody looks."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._written = Counter(
            "annex_gateway_execution_log_rows", "Rows committed, by status.", ["status"], registry=registry
        )
        self._sizes = Histogram(
            "annex_gateway_execution_log_batch_rows", "Rows of one commit.", buckets=_SIZES, registry=registry
        )
        self._seconds = Histogram(
            "annex_gateway_execution_log_write_seconds",
            "Time of one commit.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._failures = Counter(
            "annex_gateway_execution_log_failures",
            "Commits that failed and were tried again.",
            registry=registry,
        )
        self._missing = Counter(
            "annex_gateway_executions_not_recorded",
            "Runs and refusals without a record: late, no_room, refusals_cut.",
            ["reason"],
            registry=registry,
        )
        self._exceeded = Counter(
            "annex_gateway_quota_exceeded",
            "Runs that a quota refused.",
            ["scope", "kind", "window"],
            registry=registry,
        )
        self.pending: Callable[[], int] = int
        self.is_available: Callable[[], bool] = bool

    def committed(self, executions: Sequence[Execution], *, seconds: float) -> None:
        self._sizes.observe(len(executions))
        self._seconds.observe(seconds)
        for execution in executions:
            self._written.labels(execution.status.value).inc()

    def failed(self) -> None:
        self._failures.inc()

    def not_recorded(self, reason: str) -> None:
        self._missing.labels(reason).inc()

    def exceeded(self, quota: Quota) -> None:
        self._exceeded.labels(quota.scope.value, quota.kind.value, quota.window.value).inc()

    def collect(self) -> Iterable[Metric]:
        yield from self._registry.collect()
        yield GaugeMetricFamily(
            "annex_gateway_execution_log_pending", "Rows that wait for a commit.", value=self.pending()
        )
        yield GaugeMetricFamily(
            "annex_gateway_execution_log_available",
            "1 while executions can be recorded; 0 refuses them.",
            value=int(self.is_available()),
        )
