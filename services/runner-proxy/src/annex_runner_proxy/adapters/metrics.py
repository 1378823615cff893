"""What operators count of runner-proxy; docs/operations/metrics.md explains every name.

No label has a value that tenants or publishers choose: codes, functions and reasons come from our tables.
"""

from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from annex_runner_proxy.adapters.worker_pool import RetireReason
from annex_runner_proxy.domain.execution import Account

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_COMPILE_SECONDS: Final = (0.1, 0.5, 1, 2, 5, 10, 20, 60, 180)
_BYTES: Final = tuple(float(1 << power) for power in range(20, 31))
_FUEL: Final = tuple(float(10**power) for power in range(4, 12))

log = structlog.get_logger()


class Metrics:
    """Counts what happens as it happens; what merely is, is read when somebody asks (``api.metrics``)."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._duration = Histogram(
            "annex_runner_execute_duration_seconds",
            "Wall time of an execution in its worker, or until it was refused, by what made it run.",
            ["trigger"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._cpu = Histogram(
            "annex_runner_execute_cpu_seconds",
            "Processor time of one execution in its worker.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._memory = Histogram(
            "annex_runner_execute_memory_bytes",
            "Most private memory one execution held.",
            buckets=_BYTES,
            registry=registry,
        )
        self._fuel = Histogram(
            "annex_runner_execute_fuel",
            "Fuel one execution burnt, where it was counted.",
            buckets=_FUEL,
            registry=registry,
        )
        self._outcomes = Counter(
            "annex_runner_executions",
            "Executions by outcome: ANSWERED, or the code of the problem.",
            ["outcome"],
            registry=registry,
        )
        self._egress = Counter(
            "annex_runner_egress_bytes", "Bytes extensions sent and received over the network.",
            registry=registry,
        )  # fmt: skip
        self._effects = Counter(
            "annex_runner_effects", "Host calls that changed something outside the sandbox.",
            registry=registry,
        )  # fmt: skip
        self._host_calls = Counter(
            "annex_runner_host_calls",
            "Host calls by function; those of functions that nobody offers are unknown.",
            ["function"],
            registry=registry,
        )
        self._queue_wait = Histogram(
            "annex_runner_queue_wait_seconds",
            "Time a call waited for its worker.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._retired = Counter(
            "annex_runner_workers_retired",
            "Workers replaced, by reason: fault, calls, memory, age.",
            ["reason"],
            registry=registry,
        )
        self._compile = Histogram(
            "annex_runner_compile_duration_seconds",
            "Time one version took to be fetched and compiled.",
            buckets=_COMPILE_SECONDS,
            registry=registry,
        )
        self.isolation = Gauge(
            "annex_runner_isolation_level",
            "1 for the level of isolation the workers reached.",
            ["level"],
            registry=registry,
        )

    def ended(self, account: Account) -> None:
        """Count an execution and write its one line in our logs."""
        usage = account.usage
        self._outcomes.labels(account.outcome).inc()
        self._duration.labels(account.trigger).observe(usage.wall_ms / 1000)
        self._cpu.observe(usage.cpu_ms / 1000)
        if usage.memory_bytes:
            self._memory.observe(usage.memory_bytes)
        if usage.fuel is not None:
            self._fuel.observe(usage.fuel)
        self._egress.inc(usage.egress_bytes)
        self._effects.inc(account.effects)
        for function, calls in account.host_calls.items():
            self._host_calls.labels(function).inc(calls)
        log.info(
            "execution_ended",
            execution_id=str(account.execution_id),
            tenant_id=str(account.tenant_id),
            extension_id=str(account.extension_id),
            install_id=str(account.install_id),
            version_id=account.version_id,
            endpoint=account.endpoint,
            trigger=account.trigger,
            outcome=account.outcome,
            wall_ms=usage.wall_ms,
            cpu_ms=usage.cpu_ms,
            memory_bytes=usage.memory_bytes,
            host_calls=usage.host_calls,
            effects=account.effects,
        )

    def waited(self, seconds: float) -> None:
        self._queue_wait.observe(seconds)

    def retired(self, reason: RetireReason) -> None:
        self._retired.labels(reason).inc()

    def compiled(self, seconds: float) -> None:
        self._compile.observe(seconds)
