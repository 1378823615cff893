"""The table of the ui-host beside others, and the budgets it is held against."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.gateway.ways import Missing
from benchmarks.ui_host.servers import Server

# docs: architecture, "Budgets": ui-host, 4 KB, one core.
AIOHTTP_BUDGET = 2.0
NGINX_BUDGET = 0.4
BUDGETED = "4k"
TOLD = (
    "Every server is one process on one core and serves the same files. CPU µs is the processor time of that "
    'process for one request; "a core" is what one core answers in a second that does nothing else, which '
    'the load (a Python program on the other core) does not bound as it does "answered". Ratios are of '
    "what a core answers, taken within a round; figures are medians over the rounds. nginx is asked for "
    "the br variant by a name of its own."
)
HEAD = ("asked for", "server", "CPU µs", "a core, requests/s", "answered/s", "p50 ms", "/ aiohttp", "/ nginx")


@dataclass(frozen=True, slots=True)
class Round:
    """One server and one kind of request in one round."""

    rate: float
    p50_ms: float
    cpu_us: float


Rounds = Mapping[str, Mapping[str, Sequence[Round]]]


def table(
    servers: Sequence[Server],
    titles: Mapping[str, str],
    rounds: Rounds,
    *,
    missing: Sequence[Missing],
    facts: Mapping[str, Any],
) -> str:
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    lines = [
        "# The ui-host beside others",
        "",
        machine,
        "",
        TOLD,
        "",
        _line(HEAD),
        _line(["---"] * len(HEAD)),
    ]
    lines += [
        _line([titles[key], server.title, *_figures(server.key, key, rounds)])
        for key in titles
        for server in servers
    ]
    lines += [f"| any | {each.title} | not available: {each.reason} |" for each in missing]
    return "\n".join([*lines, "", *budgets(servers, rounds), ""])


def budgets(servers: Sequence[Server], rounds: Rounds) -> list[str]:
    """Hold what a core answers for 4 KB against both yardsticks."""
    return [
        _verdict(f"4 KB, {server.title}, to {peer}", ratio(server.key, peer, BUDGETED, rounds), least)
        for server in servers
        if server.key not in ("nginx", "aiohttp")
        for peer, least in (("aiohttp", AIOHTTP_BUDGET), ("nginx", NGINX_BUDGET))
        if peer in rounds
    ]


def ratio(ours: str, theirs: str, kind: str, rounds: Rounds) -> float:
    pairs = zip(rounds[ours][kind], rounds[theirs][kind], strict=True)
    return statistics.median(other.cpu_us / mine.cpu_us for mine, other in pairs)


def _verdict(what: str, value: float, least: float) -> str:
    return f"- {'met' if value >= least else 'NOT MET'}: {what}: {value:.2f} (budget at least {least:g})"


def _figures(server: str, kind: str, rounds: Rounds) -> list[str]:
    taken = rounds[server][kind]
    cpu_us = statistics.median(one.cpu_us for one in taken)
    ratios = [
        f"{ratio(server, peer, kind, rounds):.2f}" if peer in rounds else "-" for peer in ("aiohttp", "nginx")
    ]
    return [
        f"{cpu_us:.1f}",
        f"{1_000_000 / cpu_us:.0f}",
        f"{statistics.median(one.rate for one in taken):.0f}",
        f"{statistics.median(one.p50_ms for one in taken):.2f}",
        *ratios,
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
