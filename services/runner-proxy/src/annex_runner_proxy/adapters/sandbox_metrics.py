"""What an operator watches of workers and compiled modules, in the text form of Prometheus."""

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from annex_runner_proxy.adapters.module_files import ModuleFiles
from annex_runner_proxy.adapters.worker_pool import WorkerPool
from annex_runner_proxy.adapters.worker_process import WorkerFacts
from annex_runner_proxy.sandbox.isolation import IsolationLevel

_LEVELS = list(IsolationLevel)


def register_sandbox_metrics(
    registry: CollectorRegistry, *, facts: WorkerFacts, pool: WorkerPool, files: ModuleFiles
) -> None:
    """Register gauges that look at the pool and the cache when they are scraped."""
    Gauge(
        "annex_runner_proxy_isolation_level",
        "How far workers are confined: 0 none, 1 no-network, 2 no-files.",
        registry=registry,
    ).set(_LEVELS.index(IsolationLevel(facts.level)))
    refused = Gauge(
        "annex_runner_proxy_isolation",
        "Whether a worker found that it has this wall: 1 or 0.",
        ["wall"],
        registry=registry,
    )
    for wall in ("refuses_sockets", "refuses_processes", "refuses_files", "has_own_network"):
        refused.labels(wall).set(bool(facts.isolation.get(wall)))
    workers = Gauge("annex_runner_proxy_workers", "Worker processes.", ["state"], registry=registry)
    workers.labels("alive").set_function(lambda: pool.alive)
    workers.labels("busy").set_function(lambda: pool.busy)
    Gauge(
        "annex_runner_proxy_calls_waiting", "Calls that wait for a worker.", registry=registry
    ).set_function(lambda: pool.waiting)
    Gauge(
        "annex_runner_proxy_module_cache_bytes", "Size of the compiled modules.", registry=registry
    ).set_function(files.size_bytes)
    registry.register(_Retired(pool))


class _Retired(Collector):
    """Workers that were replaced, by reason; the pool counts them."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def collect(self) -> list[CounterMetricFamily]:
        family = CounterMetricFamily(
            "annex_runner_proxy_workers_retired", "Workers that were replaced.", labels=["reason"]
        )
        for reason in ("fault", "calls", "memory", "age"):
            family.add_metric([reason], self._pool.retired[reason])
        return [family]
