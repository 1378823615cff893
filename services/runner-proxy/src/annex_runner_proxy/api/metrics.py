"""`/metrics` in the text form of Prometheus: what was counted, and how things are at this moment."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that is read when somebody asks; a counter if it only ever grows."""

    name: str
    help: str
    read: Callable[[], float]
    is_counter: bool = False

    def metric(self) -> Metric:
        kind = CounterMetricFamily if self.is_counter else GaugeMetricFamily
        return kind(self.name, self.help, value=self.read())


class _Readings(Collector):
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: what is read exists only once the service runs."""
        return []

    def collect(self) -> Iterator[Metric]:
        for reading in self._readings:
            yield reading.metric()


def metrics_routes(
    registry: CollectorRegistry, readings: tuple[Reading, ...], *collectors: Collector
) -> list[web.RouteDef]:
    """Make the route. Readings may look at files, so they are taken off the loop."""
    for collector in (_Readings(readings), *collectors):
        registry.register(collector)

    async def expose(_request: web.Request) -> web.Response:
        text = await asyncio.to_thread(generate_latest, registry)
        return web.Response(body=text, headers={"content-type": CONTENT_TYPE_LATEST})

    return [web.get("/metrics", expose)]
