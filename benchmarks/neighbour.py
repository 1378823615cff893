"""`python -m benchmarks.neighbour`: what a tenant notices of a hostile one beside it.

The yardstick is the same tenant beside an equally busy benign neighbour: as many clients, and calls that keep
a worker for as long. Rounds are interleaved; ratios are taken within a round. Writes benchmarks/results.
"""

import argparse
import json
import os
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.execute import machine
from benchmarks.load_client import Order
from benchmarks.programs import ROOT, Program, program
from benchmarks.rounds import Sample, median, ratio
from benchmarks.runner import Runner, running_runner

GUESTS = ROOT / "tests" / "guests" / "wat"
RESULTS = ROOT / "benchmarks" / "results"
VICTIM_CLIENTS, NEIGHBOUR_CLIENTS = 1, 4
# The benign neighbour is a tenant of its own: the hostile one is restrained for a while after its calls.
VICTIM, NEIGHBOUR, BENIGN = 1, 2, 3
# One call of each of these is measured: a tenant's first call that ends a worker is forgiven.
STRANGERS = (11, 12, 13)
REFILL_SECONDS = 2.0
GOAL = 1.5
_RATIOS = ("p50 ratio", "p99 ratio", "goal")
CALIBRATION = 20_000
LONG_MS = 20_000


@dataclass(frozen=True, slots=True)
class Harm:
    """A guest, how its calls end, and the limits that end them."""

    guest: str
    status: int
    code: str
    limits: dict[str, int]


HARMS = (
    Harm("loop_forever", 504, "DEADLINE_EXCEEDED", {"timeout_ms": 300}),
    Harm("floods_config", 502, "HOST_CALL_LIMIT_EXCEEDED", {"timeout_ms": LONG_MS}),
    Harm("memory_bomb", 502, "MEMORY_LIMIT_EXCEEDED", {"timeout_ms": LONG_MS, "memory_mb": 64}),
    Harm("start_takes_memory", 502, "MEMORY_LIMIT_EXCEEDED", {"timeout_ms": LONG_MS, "memory_mb": 64}),
    Harm("stack_overflow", 502, "STACK_OVERFLOW", {"timeout_ms": LONG_MS}),
    Harm("trap", 502, "GUEST_TRAP", {"timeout_ms": LONG_MS}),
    Harm("many_headers", 502, "RESPONSE_TOO_LARGE", {"timeout_ms": LONG_MS}),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One hostile guest: what the tenant beside it saw, and beside a benign one as busy."""

    guest: str
    call_ms: float
    p50_ms: float
    p99_ms: float
    benign_p50_ms: float
    benign_p99_ms: float
    p50_ratio: float
    p99_ratio: float

    @property
    def is_met(self) -> bool:
        return self.p99_ratio <= GOAL


class Bench:
    """One runner, two load processes, and who is installed where."""

    def __init__(self, runner: Runner, loads: tuple[Program, Program], seconds: float) -> None:
        self._runner = runner
        self._loads = loads
        self._seconds = seconds
        self._victim = runner.install(GUESTS / "ok.wat", tenant=VICTIM)
        self._benign = runner.install(GUESTS / "busy_for_as_long_as_told.wat", tenant=BENIGN)
        self._harms = {
            harm.guest: runner.install(GUESTS / f"{harm.guest}.wat", tenant=NEIGHBOUR) for harm in HARMS
        }

    def alone(self) -> Sample:
        return self._beside(None)[0]

    def beside_harm(self, harm: Harm) -> tuple[Sample, Sample]:
        """Let it do harm; a call of it that waited too long for its own kind is rightly refused."""
        order = self._runner.order(
            self._harms[harm.guest],
            expected=b"",
            clients=NEIGHBOUR_CLIENTS,
            seconds=self._seconds,
            status=0,
            limits=harm.limits,
        )
        return self._beside(order)

    def beside_benign(self, thousands: int) -> tuple[Sample, Sample]:
        return self._beside(self._busy(thousands, clients=NEIGHBOUR_CLIENTS, seconds=self._seconds))

    def call_ms(self, harm: Harm) -> float:
        """Measure how long one hostile call keeps the runner when nobody else is there."""
        taken = []
        for tenant in STRANGERS:
            order = self._runner.order(
                self._runner.install(GUESTS / f"{harm.guest}.wat", tenant=tenant),
                expected=harm.code.encode(),
                clients=1,
                seconds=0,
                status=harm.status,
                limits=harm.limits,
            )
            taken.append(_measured(self._loads[1], order).p50_ms)
            # The pool is whole again before the next.
            time.sleep(REFILL_SECONDS)
        return statistics.median(taken)

    def thousands_for(self, milliseconds: float) -> int:
        """Find the count that keeps a benign guest as busy."""
        idle = _measured(self._loads[1], self._busy(0, clients=1, seconds=self._seconds)).p50_ms
        busy = _measured(self._loads[1], self._busy(CALIBRATION, clients=1, seconds=self._seconds)).p50_ms
        each = max(1e-6, (busy - idle) / CALIBRATION)
        return max(0, round((milliseconds - idle) / each))

    def _busy(self, thousands: int, *, clients: int, seconds: float) -> Order:
        return self._runner.order(
            self._benign,
            expected=b'"status":200',
            clients=clients,
            seconds=seconds,
            http={"method": "POST", "body_bytes": list(struct.pack("<I", thousands))},
            limits={"timeout_ms": LONG_MS},
        )

    def _beside(self, neighbour: Order | None) -> tuple[Sample, Sample]:
        victim = self._runner.order(
            self._victim,
            expected=b'"status":200',
            clients=VICTIM_CLIENTS,
            seconds=self._seconds,
            limits={"timeout_ms": LONG_MS},
        )
        if neighbour is not None:
            self._loads[1].tell(neighbour.to_line())
        self._loads[0].tell(victim.to_line())
        seen = Sample.of(self._loads[0].read())
        return seen, seen if neighbour is None else Sample.of(self._loads[1].read())


def _measured(load: Program, order: Order) -> Sample:
    load.tell(order.to_line())
    return Sample.of(load.read())


def measure(bench: Bench, harm: Harm, *, rounds: int) -> Row:
    call_ms = bench.call_ms(harm)
    thousands = bench.thousands_for(call_ms)
    beside, benign = list[Sample](), list[Sample]()
    for number in range(rounds):
        # Turned from round to round, so that a machine that slows down falls on both.
        for is_harm in (number % 2 == 0, number % 2 == 1):
            seen, _ = bench.beside_harm(harm) if is_harm else bench.beside_benign(thousands)
            (beside if is_harm else benign).append(seen)
    return Row(
        harm.guest,
        round(call_ms, 2),
        round(median(beside, lambda sample: sample.p50_ms), 2),
        round(median(beside, lambda sample: sample.p99_ms), 2),
        round(median(benign, lambda sample: sample.p50_ms), 2),
        round(median(benign, lambda sample: sample.p99_ms), 2),
        round(ratio(beside, benign, lambda sample: sample.p50_ms), 2),
        round(ratio(beside, benign, lambda sample: sample.p99_ms), 2),
    )


def table(rows: Sequence[Row], *, alone: Sample, machine: dict[str, Any]) -> str:
    told = (
        f"A tenant with {VICTIM_CLIENTS} client calls a small guest while {NEIGHBOUR_CLIENTS} clients of "
        "another call a hostile one, or a benign one that keeps a worker for as long. Ratios are hostile "
        f"to benign, taken within a round, median of the rounds. Goal: p99 within {GOAL}. Alone, the "
        f"tenant sees p50 {alone.p50_ms:.2f} ms and p99 {alone.p99_ms:.2f} ms."
    )
    head = ("neighbour", "its call, ms", "p50 ms", "p99 ms", "benign p50 ms", "benign p99 ms", *_RATIOS)
    facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    lines = ["# A hostile neighbour", "", facts, "", told, "", _line(head), _line(["---"] * len(head))]
    for row in rows:
        figures = (row.call_ms, row.p50_ms, row.p99_ms, row.benign_p50_ms, row.benign_p99_ms)
        verdict = "met" if row.is_met else "NOT MET"
        lines.append(
            _line((f"`{row.guest}`", *map(str, figures), str(row.p50_ratio), str(row.p99_ratio), verdict))
        )
    worst = max(row.p99_ratio for row in rows)
    middle = statistics.median(row.p99_ratio for row in rows)
    return "\n".join([*lines, "", f"Over all: median p99 ratio {middle:.2f}, worst {worst:.2f}.", ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    with ExitStack() as stack:
        say("starting the runner and the load")
        runner = stack.enter_context(running_runner())
        loads = [
            stack.enter_context(program(f"load {name}", "-m", "benchmarks.load_client")) for name in "ab"
        ]
        for load in loads:
            load.read()
        bench = Bench(runner, (loads[0], loads[1]), options.seconds)
        alone = bench.alone()
        rows = []
        for harm in HARMS:
            say(f"beside {harm.guest}")
            rows.append(measure(bench, harm, rounds=options.rounds))
    facts = machine(len(os.sched_getaffinity(0)))
    text = table(rows, alone=alone, machine=facts)
    folder = Path(options.results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "neighbour.md").write_text(text)
    document = {"machine": facts, "alone": asdict(alone), "rows": [asdict(row) for row in rows]}
    (folder / "neighbour.json").write_text(json.dumps(document, indent=2) + "\n")
    print(text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.neighbour", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one measurement")
    parser.add_argument("--results", default=str(RESULTS), help="folder of the table")
    return parser.parse_args(arguments)


def say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
