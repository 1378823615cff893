"""What is measured, in the order of one round."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bare_loop import EXPECTED
from benchmarks.load_client import Order
from benchmarks.platform_under_test import embedded_platform
from benchmarks.programs import ROOT, Program, program
from benchmarks.rounds import Sample

BUNDLE = ROOT / "examples" / "hello" / "annex-demo.hello-1.0.0.tar.zst"
MANY_CLIENTS = 8
# The runner-proxy wraps the guest's answer; this is what an answered call looks like from outside.
GUEST_ANSWERED = b'"status":200'

Measure = Callable[[float], Sample]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the table; ``measure`` runs it for some seconds."""

    key: str
    title: str
    clients: int
    measure: Measure


def open_scenarios(stack: ExitStack, home: Path, *, cores: int) -> list[Scenario]:
    """Start everything that is measured or measures; outside its turn each waits for its next order."""
    loops = [
        stack.enter_context(program("a bare loop", "-m", "benchmarks.bare_loop", str(BUNDLE)))
        for _ in range(cores)
    ]
    load = stack.enter_context(program("the load", "-m", "benchmarks.load_client"))
    for waiting in (*loops, load):
        waiting.read()
    platform = stack.enter_context(embedded_platform(home))

    def execute(clients: int) -> Measure:
        return lambda seconds: loaded(
            load,
            Order(platform.runner_proxy_port, platform.execute_request(), GUEST_ANSWERED, clients, seconds),
        )

    def gateway(clients: int) -> Measure:
        return lambda seconds: loaded(
            load, Order(platform.gateway_port, platform.gateway_request(), EXPECTED, clients, seconds)
        )

    return [
        Scenario("bare", "bare loop", 1, lambda seconds: bare(loops[:1], seconds)),
        Scenario("execute_1", "POST /v1/execute at runner-proxy", 1, execute(1)),
        Scenario("gateway_1", "GET through the gateway", 1, gateway(1)),
        Scenario("bare_cores", "bare loop, a process per core", cores, lambda seconds: bare(loops, seconds)),
        Scenario("execute_8", "POST /v1/execute at runner-proxy", MANY_CLIENTS, execute(MANY_CLIENTS)),
        Scenario("gateway_8", "GET through the gateway", MANY_CLIENTS, gateway(MANY_CLIENTS)),
    ]


def bare(loops: Sequence[Program], seconds: float) -> Sample:
    """Run the loops at the same time, each in its own process."""
    for loop in loops:
        loop.tell(json.dumps({"seconds": seconds}))
    return Sample.of(*[loop.read() for loop in loops])


def loaded(load: Program, order: Order) -> Sample:
    load.tell(order.to_line())
    return Sample.of(load.read())
