"""What operators count of the gateway; docs/operations/metrics.md explains every name.

No label has a value that tenants or publishers choose: policies and codes come from our tables.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from annex_gateway.domain.freshness import Freshness
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.rate_limits import CountedBy
from annex_shared.errors import AnnexError, code_of


class GatewayMetrics(Collector):
    """Counts what becomes of runs, as it happens."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._refusals = Counter(
            "annex_gateway_refusals",
            "Runs of extensions that a policy refused, by policy and code.",
            ["policy", "code"],
            registry=registry,
        )
        rated = Counter(
            "annex_gateway_rated_calls",
            "Calls held against rate limits, by who counted them.",
            ["counted_by"],
            registry=registry,
        )
        self._rated = {by: rated.labels(by.value) for by in CountedBy}
        self._alone = Gauge(
            "annex_gateway_rates_alone", "1 while Redis is away for rate limits.", registry=registry
        )
        self._projection_age = Gauge(
            "annex_gateway_projection_age_seconds",
            "How long ago installs and versions were known to equal the registry's.",
            registry=registry,
        )

    def counted(self, by: CountedBy) -> None:
        self._rated[by].inc()

    def alone(self, *, is_alone: bool) -> None:
        self._alone.set(int(is_alone))

    def watch_projection(self, freshness: Freshness) -> None:
        self._projection_age.set_function(freshness.age_seconds)

    def refused(self, policy: Policy, error: AnnexError) -> None:
        self._refusals.labels(policy.value, code_of(type(error))).inc()

    def collect(self) -> Iterable[Metric]:
        return self._registry.collect()
