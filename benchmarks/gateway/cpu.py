"""`python -m benchmarks.gateway.cpu`: processor time of a call through the gateway and a naive proxy.

User and system time of the process alone, so that a busy machine hardly moves it. Each round asks every
way for the same number of calls, one after the other and then with eight clients; a ratio is taken within a
round.
"""

import argparse
import os
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.gateway.compare import cpu_seconds, order_of
from benchmarks.gateway.ways import Way, annex, naive, pin
from benchmarks.load_client import Order
from benchmarks.programs import Program, program

START_SECONDS = 120
MOST_SECONDS = 60.0
WARM_UP_CALLS = 500
CLIENTS = (1, 8)
HEAD = "| way | clients | CPU µs a call | to naive |\n| --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True)
class Cost:
    """One way in one round, for one number of clients."""

    way: str
    clients: int
    cpu_us: float


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        stub = stack.enter_context(program("the upstream", "-m", "benchmarks.gateway.upstream"))
        port = int(stub.read(seconds=START_SECONDS)["port"])
        ways = [stack.enter_context(naive(port)), stack.enter_context(annex(port, *options.setting))]
        if options.beside:
            other = annex(port, *options.beside, key="beside", title=" ".join(options.beside))
            ways.append(stack.enter_context(other))
        load = stack.enter_context(program("the load", "-m", "benchmarks.load_client"))
        load.read()
        for pid in (stub.process.pid, load.process.pid):
            pin(pid, cores[-1])
        for way in ways:
            pin(way.pid or 0, cores[0])
            asked(load, way, clients=max(CLIENTS), calls=WARM_UP_CALLS)
        costs = [
            cost_of(load, way, clients=clients, calls=options.calls)
            for number in range(options.rounds)
            for clients in CLIENTS
            for way in (*ways[number % len(ways) :], *ways[: number % len(ways)])
        ]
    print(table(ways, costs))


def cost_of(load: Program, way: Way, *, clients: int, calls: int) -> Cost:
    before, _ = cpu_seconds(way)
    done = asked(load, way, clients=clients, calls=calls)
    after, _ = cpu_seconds(way)
    return Cost(way.key, clients, (after - before) / done * 1_000_000)


def asked(load: Program, way: Way, *, clients: int, calls: int) -> int:
    order = order_of(way, clients, MOST_SECONDS)
    load.tell(Order(order.port, order.request, order.expected, clients, MOST_SECONDS, calls=calls).to_line())
    return len(load.read()["milliseconds"])


def table(ways: Sequence[Way], costs: Sequence[Cost]) -> str:
    def taken(key: str, clients: int) -> list[float]:
        return [cost.cpu_us for cost in costs if (cost.way, cost.clients) == (key, clients)]

    rows = [
        f"| {way.title} | {clients} | {statistics.median(taken(way.key, clients)):.0f} "
        f"| {_ratio(taken(way.key, clients), taken('naive', clients)):.2f} |"
        for way in ways
        for clients in CLIENTS
    ]
    return "\n".join([HEAD, *rows])


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.gateway.cpu", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=2000, help="calls of one way in one round")
    parser.add_argument("--setting", nargs="*", default=[], help="settings of the gateway, name=value")
    parser.add_argument("--beside", nargs="*", default=[], help="a second gateway with these settings")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
