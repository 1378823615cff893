"""What operators count of the gateway; docs/operations/metrics.md explains every name.

No label has a value that tenants or publishers choose: policies and codes come from our tables.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from annex_gateway.domain.policies import Policy
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

    def refused(self, policy: Policy, error: AnnexError) -> None:
        self._refusals.labels(policy.value, code_of(type(error))).inc()

    def collect(self) -> Iterable[Metric]:
        return self._registry.collect()
