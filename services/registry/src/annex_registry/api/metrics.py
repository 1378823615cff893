"""`/metrics` in the text form of Prometheus: what an operator is to be woken or reminded for."""

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from annex_registry.api.dependencies import dependencies_of
from annex_shared.errors import AnnexError

log = structlog.get_logger()


async def expose(request: web.Request) -> web.Response:
    """Count at every scrape; while the database is away, what is counted there is left out."""
    dependencies = dependencies_of(request)
    collected = CollectorRegistry()
    try:
        counts = await dependencies.records.secret_counts(dependencies.clock.now())
    except AnnexError as error:
        log.warning("metrics_incomplete", code=type(error).__name__)
    else:
        secrets = Gauge(
            "annex_registry_secrets",
            "Secrets of installs: overdue ones are older than a rotation policy allows, refused ones are "
            "withheld for it.",
            ["status"],
            registry=collected,
        )
        for status, count in counts.items():
            secrets.labels(status.value).set(count)
    return web.Response(body=generate_latest(collected), headers={"content-type": CONTENT_TYPE_LATEST})


def metrics_routes() -> list[web.RouteDef]:
    return [web.get("/metrics", expose)]
