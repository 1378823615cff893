"""The table of the gateway beside proxies, and the budgets it is held against."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.gateway.ways import Missing, Way

# docs: architecture, "Budgets": gateway alone, stub upstream.
NAIVE_BUDGET = 1.0
NGINX_BUDGET = 0.2
HEAD = (
    *("way", "p50 ms", "p99 ms", "added p50 ms", "added p99 ms", "calls/s", "CPU µs a call"),
    *("behind it, µs", "calls/s of a core", "rate / naive", "of a core / naive"),
)
TOLD = (
    "Every way ends at the same upstream, which answers each request at once. p50 and p99 are those at the "
    'fixed rate; "added" is what a round\'s own direct calls did not take. "calls/s" is what the clients got '
    "through as fast as they were answered; where the load is slower than the way it says how fast the load "
    'is, so "calls/s of a core" is taken from processor time: what one core does that has nothing else to '
    'do. "behind it" is the processor time of the PostgreSQL and Valkey the gateway brought for itself. '
    "Figures are medians over the rounds, ratios are taken within a round."
)


@dataclass(frozen=True, slots=True)
class Round:
    """One way in one round: times at the fixed rate, the rest at the maximum."""

    p50_ms: float
    p99_ms: float
    rate: float
    cpu_us: float
    behind_us: float


Rounds = Mapping[str, Sequence[Round]]


def table(
    ways: Sequence[Way],
    rounds: Rounds,
    *,
    missing: Sequence[Missing],
    facts: Mapping[str, Any],
    versions: Sequence[str],
) -> str:
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    lines = ["# The gateway beside proxies", "", machine, "", TOLD, ""]
    lines += [_line(HEAD), _line(["---"] * len(HEAD))]
    lines += [_line(_row(way, rounds)) for way in ways]
    lines += [f"| {each.title} | not available: {each.reason} |" for each in missing]
    lines += ["", *budgets(rounds), ""]
    if versions:
        lines += [f"Peers: {'; '.join(versions)}.", ""]
    return "\n".join(lines)


def budgets(rounds: Rounds) -> list[str]:
    """Hold the gateway against the budgets of the architecture."""
    ours = rounds["annex"]
    wanted = [
        ("calls/s / naive aiohttp proxy", ours, "naive", NAIVE_BUDGET, lambda each: each.rate),
        ("calls/s of a core / naive aiohttp proxy", ours, "naive", NAIVE_BUDGET, of_a_core),
        ("calls/s of a core / nginx", ours, "nginx", NGINX_BUDGET, of_a_core),
    ]
    told = []
    for name, taken, peer, least, of in wanted:
        if peer in rounds:
            measured = ratio(taken, rounds[peer], of)
            verdict = "met" if measured >= least else "NOT MET"
            told.append(f"- {verdict}: {name} {measured:.2f} (budget at least {least:g})")
    return told


def ratio(ours: Sequence[Round], theirs: Sequence[Round], of: Callable[[Round], float]) -> float:
    return statistics.median(
        of(mine) / of(other) if of(other) else 0.0 for mine, other in zip(ours, theirs, strict=True)
    )


def of_a_core(each: Round) -> float:
    return 1_000_000 / each.cpu_us if each.cpu_us else 0.0


def _row(way: Way, rounds: Rounds) -> list[str]:
    taken, direct, naive = rounds[way.key], rounds["direct"], rounds["naive"]
    timed = [f"{_median(taken, of):.2f}" for of in (lambda each: each.p50_ms, lambda each: each.p99_ms)]
    rate = f"{_median(taken, lambda each: each.rate):.0f}"
    if way.pid is None:
        return [way.title, *timed, "-", "-", rate, "-", "-", "-", "-", "-"]
    return [
        way.title,
        *timed,
        f"{_added(taken, direct, lambda each: each.p50_ms):.2f}",
        f"{_added(taken, direct, lambda each: each.p99_ms):.2f}",
        rate,
        f"{_median(taken, lambda each: each.cpu_us):.0f}",
        f"{_median(taken, lambda each: each.behind_us):.0f}" if way.key == "annex" else "-",
        f"{_median(taken, of_a_core):.0f}",
        f"{ratio(taken, naive, lambda each: each.rate):.2f}",
        f"{ratio(taken, naive, of_a_core):.2f}",
    ]


def _median(taken: Sequence[Round], of: Callable[[Round], float]) -> float:
    return statistics.median(of(each) for each in taken)


def _added(taken: Sequence[Round], direct: Sequence[Round], of: Callable[[Round], float]) -> float:
    return statistics.median(of(each) - of(bare) for each, bare in zip(taken, direct, strict=True))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
