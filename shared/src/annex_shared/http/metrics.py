"""`/metrics` of a service whose counts are in its memory; each application has a registry of its own."""

from collections.abc import Iterable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from annex_shared.version_proofs import Finding, VersionProofs


class ProofFindings(Collector):
    """Count what the transparency log did not prove, whether it was refused for that or only told of."""

    def __init__(self, proofs: VersionProofs) -> None:
        self._proofs = proofs

    def collect(self) -> Iterable[Metric]:
        found = CounterMetricFamily(
            "annex_log_verify_findings",
            "Versions that were to be loaded and that the transparency log did not prove: a proof that is "
            "late (pending), a version it does not hold (not_logged), one it contradicts (contradicted).",
            labels=["log_verify", "finding"],
        )
        for finding in Finding:
            found.add_metric([self._proofs.mode.value, finding.value], self._proofs.findings[finding])
        yield found


def metrics_routes(*collectors: Collector) -> list[web.RouteDef]:
    collected = CollectorRegistry()
    for collector in collectors:
        collected.register(collector)

    async def expose(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(collected), headers={"content-type": CONTENT_TYPE_LATEST})

    return [web.get("/metrics", expose)]
