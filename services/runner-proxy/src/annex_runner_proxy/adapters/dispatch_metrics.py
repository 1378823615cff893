"""What operators count of schedules and deliveries; docs/operations/metrics.md explains every name."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from annex_runner_proxy.domain.dispatches import AttemptOutcome, Kind
from annex_runner_proxy.domain.kept import QueueState


class DispatchMetrics:
    """Counts attempts as they end; how the queue is, somebody tells it from time to time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "annex_runner_dispatch_attempts",
            "Attempts of schedule runs and deliveries by what followed.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._oldest = Gauge(
            "annex_runner_dispatch_oldest_due_seconds",
            "How long what is due for longest has waited; 0 when nothing is due.",
            ["kind"],
            registry=registry,
        )
        self._waiting = Gauge(
            "annex_runner_dispatches_waiting",
            "Schedule runs and deliveries that wait, for another attempt too.",
            ["kind"],
            registry=registry,
        )
        self._dead = Gauge(
            "annex_runner_deliveries_dead", "Deliveries that were given up and can be replayed.",
            registry=registry,
        )  # fmt: skip
        self._paused = Gauge(
            "annex_runner_schedules_paused", "Schedules the platform switched off.",
            registry=registry,
        )  # fmt: skip
        for kind in Kind:
            self._oldest.labels(kind.value)
            self._waiting.labels(kind.value)
            for outcome in AttemptOutcome:
                self._attempts.labels(kind.value, outcome.value)

    def attempted(self, kind: Kind, outcome: AttemptOutcome) -> None:
        self._attempts.labels(kind.value, outcome.value).inc()

    def queue_is(self, state: QueueState) -> None:
        for kind in Kind:
            self._oldest.labels(kind.value).set(state.oldest_due_seconds.get(kind, 0.0))
            self._waiting.labels(kind.value).set(state.waiting.get(kind, 0))
        self._dead.set(state.dead_deliveries)
        self._paused.set(state.paused_schedules)
