"""Counts of what was answered, for `/metrics`; every label has few values, all known beforehand."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from annex_shared.http.request_id import PROBLEM_CODE
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.api.answers import Answer

_OTHER = "OTHER"


@dataclass(slots=True)
class Served:
    """Answers by status and coding, and how many of them took the short way; refusals by their code."""

    codes: frozenset[str] = frozenset()
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    # None where there is no short way.
    short: int | None = None

    def count(self, answer: Answer) -> None:
        self.answers[answer.status.value, answer.coding.value] += 1

    def count_short(self, answer: Answer) -> None:
        self.count(answer)
        self.short = (self.short or 0) + 1

    async def count_refusal(self, request: web.Request, _response: web.StreamResponse) -> None:
        """Run for every answer of aiohttp's."""
        code = request.get(PROBLEM_CODE)
        if code is not None:
            self.refusals[code if code in self.codes else _OTHER] += 1


class ServedMetrics(Collector):
    """What was answered and refused, what is in memory, and how old the copies are."""

    def __init__(self, served: Served, shelf: Shelf, *, more: Mapping[str, Callable[[], float]]) -> None:
        self._served = served
        self._shelf = shelf
        self._more = more

    def collect(self) -> Iterable[Metric]:
        answers = CounterMetricFamily(
            "annex_ui_host_answers", "Files answered, by status and coding.", labels=["status", "coding"]
        )
        for (status, coding), count in sorted(self._served.answers.items()):
            answers.add_metric([str(status), coding], count)
        yield answers
        refusals = CounterMetricFamily("annex_ui_host_refusals", "Refusals by code.", labels=["code"])
        for code, count in sorted(self._served.refusals.items()):
            refusals.add_metric([code], count)
        yield refusals
        if self._served.short is not None:
            yield CounterMetricFamily(
                "annex_ui_host_short_answers",
                "Answers of the short way (FAST_PATH); part of annex_ui_host_answers.",
                value=self._served.short,
            )
        cache = self._shelf.trees.cache
        yield CounterMetricFamily(
            "annex_ui_host_tree_evictions", "UIs that left memory to make room.", value=cache.evictions
        )
        yield GaugeMetricFamily("annex_ui_host_trees", "UIs in memory.", value=len(cache))
        yield GaugeMetricFamily(
            "annex_ui_host_tree_bytes", "What the UIs in memory cost.", value=cache.size_bytes
        )
        for name, read in self._more.items():
            yield GaugeMetricFamily(f"annex_ui_host_{name}", name.replace("_", " "), value=read())
