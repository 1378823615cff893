"""``alga:extension/metrics``: figures of the extension's own, among the platform's."""

from collections.abc import Sequence
from typing import Final

from annex_runner_proxy.domain.guest_metrics import GuestMetrics
from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction

METRICS: Final = "cap:metrics"


def metrics_functions(metrics: GuestMetrics) -> HostApi:
    def count(scope: CallScope, name: str, amount: float, labels: Sequence[tuple[str, str]]) -> None:
        metrics.count(scope.install, name, amount, _pairs(scope, labels))

    def observe(scope: CallScope, name: str, value: float, labels: Sequence[tuple[str, str]]) -> None:
        metrics.observe(scope.install, name, value, _pairs(scope, labels))

    return {
        "metrics.count": HostFunction(count, METRICS),
        "metrics.observe": HostFunction(observe, METRICS),
    }


def _pairs(scope: CallScope, labels: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Blank out secrets that the call has opened: whoever scrapes must not read them."""
    return [(str(key), scope.redacted(str(value))) for key, value in labels]
