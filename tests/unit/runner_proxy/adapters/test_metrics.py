from dataclasses import replace

from prometheus_client import generate_latest

from annex_runner_proxy.adapters.metrics import Metrics
from annex_runner_proxy.domain.execution import Account, Usage
from unit.runner_proxy.fakes import EXTENSION, HASH, INSTALL, TENANT, an_execution

ACCOUNT = Account(
    execution_id=an_execution().execution_id,
    tenant_id=TENANT,
    extension_id=EXTENSION,
    install_id=INSTALL,
    version_id="version-1",
    content_hash=HASH,
    endpoint="GET /",
    trigger="http",
    outcome="ANSWERED",
    usage=Usage(wall_ms=30, cpu_ms=20, memory_bytes=5 << 20, fuel=1_000, egress_bytes=7),
    effects=2,
    host_calls={"storage.get": 3},
)


def _text(metrics: Metrics) -> str:
    return generate_latest(metrics.registry).decode()


def test_execution_is_counted_by_outcome_cost_and_function() -> None:
    metrics = Metrics()

    metrics.ended(ACCOUNT)
    metrics.ended(replace(ACCOUNT, outcome="GUEST_TRAP"))

    text = _text(metrics)
    for sample in (
        'annex_runner_executions_total{outcome="ANSWERED"} 1.0',
        'annex_runner_executions_total{outcome="GUEST_TRAP"} 1.0',
        'annex_runner_execute_duration_seconds_sum{trigger="http"} 0.06',
        "annex_runner_execute_cpu_seconds_count 2.0",
        "annex_runner_execute_memory_bytes_count 2.0",
        "annex_runner_execute_fuel_count 2.0",
        "annex_runner_egress_bytes_total 14.0",
        "annex_runner_effects_total 4.0",
        'annex_runner_host_calls_total{function="storage.get"} 6.0',
    ):
        assert sample in text, sample


def test_no_label_holds_an_id() -> None:
    metrics = Metrics()

    metrics.ended(ACCOUNT)

    text = _text(metrics)
    assert all(str(value) not in text for value in (TENANT, EXTENSION, INSTALL, HASH))
