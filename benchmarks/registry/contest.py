"""What is measured, how much of it, and what is kept of each registry on the way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.registry.measure import Measured
from benchmarks.registry.port import Peer, Portrait, Published
from benchmarks.rounds import Sample

LIST_SIZES = (100, 1_000, 10_000)
MANY_CLIENTS = 16
YARDSTICK = "annex"
# Annex once more, asked for the first page where the others can only send everything.
NEWEST = "annex-newest"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much a run does; the seconds end what a slow registry would draw out."""

    rounds: int = 5
    publishes: int = 16
    publishes_at_once: int = 64
    duplicates: int = 16
    downloads: int = 50
    lists: int = 10
    cell_seconds: float = 5
    list_sizes: Sequence[int] = LIST_SIZES

    @classmethod
    def short(cls) -> "Plan":
        return cls(
            rounds=2,
            publishes=6,
            publishes_at_once=32,
            duplicates=5,
            downloads=10,
            lists=3,
            cell_seconds=3,
            list_sizes=LIST_SIZES[:2],
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """One block of the report."""

    key: str
    title: str


def scenarios(plan: Plan) -> list[Scenario]:
    return [
        Scenario("publish_1", "Publish 100 KB, 1 client"),
        Scenario("publish_many", f"Publish 100 KB, {MANY_CLIENTS} clients"),
        Scenario("duplicate", "Publish other bytes under a taken version, 1 client"),
        Scenario("download", "Download 100 KB, 1 client"),
        *(Scenario(f"list_{size}", f"List all of {size:,} versions") for size in plan.list_sizes),
        *(
            Scenario(f"unchanged_{size}", f"Ask again with If-None-Match, {size:,} versions")
            for size in plan.list_sizes[1:]
        ),
    ]


@dataclass(slots=True)
class Cell:
    """One registry in one scenario: a sample per round, and what was answered."""

    samples: list[Sample] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    requests: int = 1
    body_bytes: int = 0
    remark: str = ""

    def take(self, measured: Measured) -> None:
        self.samples.append(measured.sample())
        self.statuses += measured.statuses
        last = measured.answers[max(measured.answers)]
        self.requests, self.body_bytes = last.requests, last.body_bytes


@dataclass(slots=True)
class Contender:
    """A registry that runs, and what it said it keeps."""

    key: str
    peer: Peer
    portrait: Portrait
    kept: list[Published] = field(default_factory=list)
    same_bytes_again: int | None = None
    wrong_bytes: int = 0
    not_found: int = 0
    next_number: int = 0
    cannot_list: str = ""
    etags: dict[int, str] = field(default_factory=dict)

    def numbers(self, count: int) -> list[str]:
        first = self.next_number
        self.next_number += count
        return [f"1.0.{number}" for number in range(first, first + count)]


@dataclass(slots=True)
class Contest:
    """A run: who takes part, who could not, and every cell."""

    contenders: list[Contender] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def cell(self, scenario: str, contender: str) -> Cell:
        return self.cells.setdefault((scenario, contender), Cell())

    def turned(self, number: int) -> list[Contender]:
        """Return the contenders in another order each round, so that nobody always comes after the same."""
        offset = number % len(self.contenders)
        return self.contenders[offset:] + self.contenders[:offset]
