"""What operators count of the gateway; docs/operations/metrics.md explains every name.

No label has a value that tenants or publishers choose: policies and codes come from our tables.
"""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from annex_gateway.domain.admission import Admission
from annex_gateway.domain.circuits import Circuits
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
        self._controls_age = Gauge(
            "annex_gateway_controls_age_seconds",
            "How long ago controls were known to equal the database's.",
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
        self._attempts = Counter(
            "annex_gateway_runner_attempts",
            "Attempts at the runner: the first of a run and repeats, by outcome.",
            ["attempt", "outcome"],
            registry=registry,
        )
        self._series: dict[tuple[bool, str], Counter] = {}
        self._attempt_seconds = Histogram(
            "annex_gateway_runner_attempt_duration_seconds", "Time of one attempt.", registry=registry
        )
        self._replays = Counter(
            "annex_gateway_idempotent_replays",
            "Requests that got the kept answer of an earlier one.",
            registry=registry,
        )
        self._unsettled = Counter(
            "annex_gateway_idempotency_unsettled",
            "Runs whose end could not be noted under their idempotency key.",
            registry=registry,
        )

    def watch_entrance(self, admission: Admission, circuits: Circuits) -> None:
        """Show, whenever somebody looks, how full the entrance to the runner is."""
        gauges: tuple[tuple[str, str, Callable[[], float]], ...] = (
            (
                "annex_gateway_admission_places",
                "Calls that may be at the runner.",
                lambda: admission.limit.places,
            ),
            ("annex_gateway_admission_taken", "Calls that are at the runner.", lambda: admission.taken),
            ("annex_gateway_admission_waiting", "Calls that wait for a place.", lambda: admission.waiting),
            ("annex_gateway_circuits_open", "Versions that are not tried.", lambda: circuits.open_count),
        )
        for name, meaning, read in gauges:
            Gauge(name, meaning, registry=self._registry).set_function(read)

    def attempted(self, *, made: int, outcome: str, seconds: float) -> None:
        # Every call counts here: looking a series up by its labels costs more than counting.
        series = self._series.get((made == 1, outcome))
        if series is None:
            labels = ("first" if made == 1 else "repeat", outcome)
            series = self._series[(made == 1, outcome)] = self._attempts.labels(*labels)
        series.inc()
        self._attempt_seconds.observe(seconds)

    def replayed(self) -> None:
        self._replays.inc()

    def unsettled(self) -> None:
        self._unsettled.inc()

    def watch_controls(self, age_seconds: Callable[[], float]) -> None:
        self._controls_age.set_function(age_seconds)

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
