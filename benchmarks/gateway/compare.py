"""`python -m benchmarks.gateway.compare`: what the gateway adds to a call, beside plain and naive proxies.

One upstream, one load, one run, interleaved rounds: each way at a fixed rate and then as fast as it answers.
Writes a table.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.execute import machine
from benchmarks.gateway.table import Round, table
from benchmarks.gateway.ways import Way, open_ways, pin, version_of
from benchmarks.load_client import Order
from benchmarks.programs import ROOT, Program, program
from benchmarks.rounds import Sample

RESULTS = ROOT / "benchmarks" / "results"
TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP_SECONDS = 1.0
PACED_CLIENTS = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    rate: float
    clients: int


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    plan = Plan(options.rounds, options.seconds, options.rate, options.clients)
    cores = sorted(os.sched_getaffinity(0))
    measured, rest = (cores[0], cores[-1]) if len(cores) > 1 else (None, None)
    with ExitStack() as stack:
        say("starting the upstream, the proxies and the gateway")
        ways, missing = open_ways(stack, upstream_core=rest, measured_core=measured)
        load = stack.enter_context(program("the load", "-m", "benchmarks.load_client"))
        load.read()
        pin(load.process.pid, rest)
        for way in ways:
            load.tell(order_of(way, plan.clients, WARM_UP_SECONDS).to_line())
            load.read()
        rounds: dict[str, list[Round]] = {way.key: [] for way in ways}
        for number in range(plan.rounds):
            say(f"round {number + 1} of {plan.rounds}")
            # Turned from round to round, so that a machine that slows down falls on all.
            for way in (*ways[number % len(ways) :], *ways[: number % len(ways)]):
                rounds[way.key].append(measure(load, way, plan))
        versions = [version for way in ways if (version := version_of(way))]
    facts = {**machine(len(cores)), "calls_per_second_at_fixed_rate": plan.rate, "clients": plan.clients}
    text = table(ways, rounds, missing=missing, facts=facts, versions=versions)
    folder = Path(options.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gateway.md").write_text(text)
    document = {
        "machine": facts,
        "missing": [asdict(each) for each in missing],
        "rounds": {key: [asdict(each) for each in taken] for key, taken in rounds.items()},
    }
    (folder / "gateway.json").write_text(json.dumps(document, indent=2) + "\n")
    print(text)


def measure(load: Program, way: Way, plan: Plan) -> Round:
    load.tell(order_of(way, PACED_CLIENTS, plan.seconds, rate=plan.rate).to_line())
    paced = Sample.of(load.read())
    own, behind = cpu_seconds(way)
    load.tell(order_of(way, plan.clients, plan.seconds).to_line())
    fast = Sample.of(load.read())
    own_then, behind_then = cpu_seconds(way)
    return Round(
        p50_ms=paced.p50_ms,
        p99_ms=paced.p99_ms,
        rate=fast.rate,
        cpu_us=(own_then - own) / fast.calls * 1_000_000,
        behind_us=(behind_then - behind) / fast.calls * 1_000_000,
    )


def order_of(way: Way, clients: int, seconds: float, *, rate: float = 0) -> Order:
    return Order(way.port, way.request, way.expected, clients, seconds, rate=rate)


def cpu_seconds(way: Way) -> tuple[float, float]:
    """Return the processor time of what stands in the way, and of the servers it started for itself."""
    if way.pid is None:
        return 0.0, 0.0
    return cpu_of(way.pid), sum(cpu_of(pid) for pid in _descendants(way.pid))


def cpu_of(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (thread / "children").read_text().split()):
                yield child
                yield from _descendants(child)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.gateway.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measurement")
    parser.add_argument("--rate", type=float, default=200.0, help="calls per second at the fixed rate")
    parser.add_argument("--clients", type=int, default=16, help="clients at the maximum rate")
    parser.add_argument("--results", default=str(RESULTS), help="folder of the table")
    return parser.parse_args(arguments)


def say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
