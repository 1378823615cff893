"""The table a run prints, and the budgets it is held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.rounds import Sample, median, ratio
from benchmarks.scenarios import MANY_CLIENTS, Scenario

# docs: architecture, "Budgets", first row. The other half of that row needs a componentize-js build.
P50_BUDGET = 2.0
RATE_BUDGET = 0.6
YARDSTICK = "bare"


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario over all rounds; ratios are to the bare loop of the same round."""

    key: str
    title: str
    clients: int
    p50_ms: float
    p99_ms: float
    rate: float
    p50_ratio: float
    rate_ratio: float


@dataclass(frozen=True, slots=True)
class Budget:
    """A promise about ratios, and what was measured."""

    name: str
    limit: str
    measured: float
    is_met: bool


class Report:
    """Puts the rounds together and shows them."""

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        samples: Mapping[str, Sequence[Sample]],
        *,
        cores: int,
        machine: Mapping[str, Any],
    ) -> None:
        bare = samples[YARDSTICK]
        self.machine = machine
        self.rows = [_row(scenario, samples[scenario.key], bare) for scenario in scenarios]
        by_key = {row.key: row for row in self.rows}
        self.budgets = _budgets(by_key["gateway_1"], by_key["gateway_8"], cores=cores)

    def document(self) -> dict[str, Any]:
        return {
            "machine": dict(self.machine),
            "rows": [asdict(row) for row in self.rows],
            "budgets": [asdict(budget) for budget in self.budgets],
        }

    def text(self) -> str:
        return "\n".join(["", *self._machine_lines(), "", *self._table(), "", *self._budget_lines()])

    def _machine_lines(self) -> Iterator[str]:
        yield ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.machine.items())

    def _table(self) -> Iterator[str]:
        head = ("", "clients", "p50 ms", "p99 ms", "calls/s", "p50 / bare", "rate / bare")
        yield _line(head)
        for row in self.rows:
            yield _line(
                (
                    row.title,
                    str(row.clients),
                    f"{row.p50_ms:.2f}",
                    f"{row.p99_ms:.2f}",
                    f"{row.rate:.0f}",
                    f"{row.p50_ratio:.2f}",
                    f"{row.rate_ratio:.2f}",
                )
            )

    def _budget_lines(self) -> Iterator[str]:
        for budget in self.budgets:
            verdict = "met" if budget.is_met else "NOT MET"
            yield f"{verdict:<8} {budget.name}: {budget.measured:.2f} (budget {budget.limit})"


def _row(scenario: Scenario, samples: Sequence[Sample], bare: Sequence[Sample]) -> Row:
    return Row(
        key=scenario.key,
        title=scenario.title,
        clients=scenario.clients,
        p50_ms=median(samples, lambda sample: sample.p50_ms),
        p99_ms=median(samples, lambda sample: sample.p99_ms),
        rate=median(samples, lambda sample: sample.rate),
        p50_ratio=ratio(samples, bare, lambda sample: sample.p50_ms),
        rate_ratio=ratio(samples, bare, lambda sample: sample.rate),
    )


def _budgets(one: Row, many: Row, *, cores: int) -> list[Budget]:
    rate = many.rate_ratio / cores
    return [
        Budget(
            "p50 through the gateway / bare loop, QuickJS hello, 1 client",
            f"at most {P50_BUDGET:g}",
            one.p50_ratio,
            one.p50_ratio <= P50_BUDGET,
        ),
        Budget(
            f"rate through the gateway / ({cores} cores x bare loop), {MANY_CLIENTS} clients",
            f"at least {RATE_BUDGET:g}",
            rate,
            rate >= RATE_BUDGET,
        ),
    ]


def _line(cells: Sequence[str]) -> str:
    title, *numbers = cells
    return f"{title:<34}" + "".join(f"{number:>12}" for number in numbers)
