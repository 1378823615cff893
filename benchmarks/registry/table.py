"""The report: medians over the rounds, ratios to Annex within each round, and what was verified."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.registry.contest import NEWEST, YARDSTICK, Cell, Contender, Contest, Scenario
from benchmarks.rounds import median, ratio

_HEAD = ("", "p50 ms", "p99 ms", "calls/s", "p50 to Annex", "rate to Annex", "answered", "bytes", "requests")
_NEWEST_TITLE = "Annex, newest page only"


@dataclass(frozen=True, slots=True)
class Row:
    """One registry in one scenario; a ratio above 1 is more milliseconds, or more calls, than Annex."""

    title: str
    p50_ms: float
    p99_ms: float
    rate: float
    p50_ratio: float
    rate_ratio: float
    answered: str
    body_bytes: int
    requests: int

    @classmethod
    def of(cls, title: str, cell: Cell, yardstick: Cell) -> "Row":
        return cls(
            title=title,
            p50_ms=median(cell.samples, lambda sample: sample.p50_ms),
            p99_ms=median(cell.samples, lambda sample: sample.p99_ms),
            rate=median(cell.samples, lambda sample: sample.rate),
            p50_ratio=ratio(cell.samples, yardstick.samples, lambda sample: sample.p50_ms),
            rate_ratio=ratio(cell.samples, yardstick.samples, lambda sample: sample.rate),
            answered=answered(cell.statuses),
            body_bytes=cell.body_bytes,
            requests=cell.requests,
        )

    def cells(self) -> tuple[str, ...]:
        is_annex = self.title == "Annex"
        return (
            self.title,
            f"{self.p50_ms:.1f}",
            f"{self.p99_ms:.1f}",
            f"{self.rate:.1f}",
            "1" if is_annex else f"{self.p50_ratio:.2f}",
            "1" if is_annex else f"{self.rate_ratio:.2f}",
            self.answered,
            f"{self.body_bytes:,}",
            str(self.requests),
        )


def answered(statuses: Mapping[int, int]) -> str:
    """Write which statuses came how often; one that all calls had stands alone."""
    names = {status: str(status) if status else "no answer" for status in statuses}
    if len(statuses) == 1:
        return next(iter(names.values()))
    return ", ".join(f"{names[status]} ({count})" for status, count in sorted(statuses.items()))


class Report:
    def __init__(self, contest: Contest, scenarios: Sequence[Scenario], facts: Mapping[str, str]) -> None:
        self.contest = contest
        self.scenarios = scenarios
        self.facts = facts

    def rows(self, scenario: Scenario) -> list[Row]:
        cells = self.contest.cells
        yardstick = cells[scenario.key, YARDSTICK]
        return [
            Row.of(title, cells[scenario.key, key], yardstick)
            for key, title in self._titles()
            if (scenario.key, key) in cells and cells[scenario.key, key].samples
        ]

    def remarks(self, scenario: Scenario) -> list[tuple[str, str]]:
        cells = self.contest.cells
        found = [
            (title, cells[scenario.key, key].remark)
            for key, title in self._titles()
            if (scenario.key, key) in cells and cells[scenario.key, key].remark
        ]
        return found + [(title, f"not available: {reason}") for title, reason in self.contest.absent.items()]

    def document(self) -> dict[str, Any]:
        return {
            "facts": dict(self.facts),
            "registries": {
                contender.key: {
                    **asdict(contender.portrait),
                    "accepted": len(contender.kept),
                    "wrong_bytes": contender.wrong_bytes,
                    "not_found": contender.not_found,
                    "same_bytes_again": contender.same_bytes_again,
                }
                for contender in self.contest.contenders
            },
            "not_available": self.contest.absent,
            "scenarios": {
                scenario.key: {
                    "title": scenario.title,
                    "rows": [asdict(row) for row in self.rows(scenario)],
                    "remarks": dict(self.remarks(scenario)),
                }
                for scenario in self.scenarios
            },
            "rounds": {
                f"{scenario}/{key}": [asdict(sample) for sample in cell.samples]
                for (scenario, key), cell in self.contest.cells.items()
            },
        }

    def markdown(self) -> str:
        return "\n".join([*self._head(), *self._registries(), *self._verified(), *self._blocks()]) + "\n"

    def _head(self) -> Iterator[str]:
        yield "# Annex and four registries, in one run"
        yield ""
        yield "Made by `make bench-registry`; `benchmarks/README.md` says how to read it. Do not edit."
        yield ""
        for name, value in self.facts.items():
            yield f"- {name}: {value}"
        yield ""

    def _registries(self) -> Iterator[str]:
        yield "## Registries"
        yield ""
        yield from _table(
            ("registry", "version", "command", "storage", "lists were seeded by"),
            [
                (it.title, it.version, f"`{it.command}`", it.storage, it.seeding)
                for it in (contender.portrait for contender in self.contest.contenders)
            ],
        )
        for title, reason in self.contest.absent.items():
            yield f"- {title}: not available: {reason}"
        yield ""

    def _verified(self) -> Iterator[str]:
        yield "## What was verified"
        yield ""
        yield (
            "Every accepted version was read back after the publish rounds, when other bytes had been "
            "sent for some of them, and its SHA-256 compared with that of the bytes that were accepted first."
        )
        yield ""
        yield from _table(
            (
                "registry",
                "accepted",
                "other bytes served",
                "not served",
                "the same bytes again",
                "other bytes",
            ),
            [_verdict(contender, self.contest) for contender in self.contest.contenders],
        )
        yield ""

    def _blocks(self) -> Iterator[str]:
        for scenario in self.scenarios:
            yield f"## {scenario.title}"
            yield ""
            yield from _table(_HEAD, [row.cells() for row in self.rows(scenario)])
            for title, remark in self.remarks(scenario):
                yield f"- {title}: {remark}"
            yield ""

    def _titles(self) -> list[tuple[str, str]]:
        titles = [(contender.key, contender.portrait.title) for contender in self.contest.contenders]
        return [pair for key, title in titles for pair in _with_newest(key, title)]


def _with_newest(key: str, title: str) -> list[tuple[str, str]]:
    return [(key, title), (NEWEST, _NEWEST_TITLE)] if key == YARDSTICK else [(key, title)]


def _verdict(contender: Contender, contest: Contest) -> tuple[str, ...]:
    others = contest.cell("duplicate", contender.key).statuses
    is_refusing = all(status in range(400, 500) for status in others)
    return (
        contender.portrait.title,
        str(len(contender.kept)),
        str(contender.wrong_bytes),
        str(contender.not_found),
        str(contender.same_bytes_again),
        f"{'refused' if is_refusing else 'ACCEPTED'}: {answered(others)}",
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
