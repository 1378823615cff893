"""`/metrics` in the text form of Prometheus."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


def metrics_handler(registry: CollectorRegistry) -> Handler:
    async def get_metrics(_request: web.Request) -> web.Response:
        # Some figures are read from the disk.
        body = await asyncio.to_thread(generate_latest, registry)
        return web.Response(body=body, headers={"content-type": CONTENT_TYPE_LATEST})

    return get_metrics
