"""`python -m benchmarks.components`: one component called bare, by `/v1/execute`, and in Node by jco.

Every call has a fresh instance in all three. Bodies of several sizes, one client and many, CPU time of a
call; then the first call after a deploy and after a worker was killed. Writes a table.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.bare_loop import component_of
from benchmarks.execute import machine
from benchmarks.programs import ROOT, Program, program
from benchmarks.rounds import Sample
from benchmarks.runner import Runner, running_runner

HELLO = f"quickjs-hello={ROOT / 'examples' / 'hello' / 'annex-demo.hello-1.0.0.tar.zst'}"
RESULTS = ROOT / "benchmarks" / "results"
JCO = ROOT / "benchmarks" / "jco"
MANY_CLIENTS = 8
SIZES = [0, 16 << 10, 1 << 20]
HEAD = (
    *("component", "body", "way", "clients", "p50 ms", "p99 ms"),
    *("calls/s", "CPU ms", "p50 / bare", "rate / bare"),
)
GUEST_ANSWERED = b'"status":200'
# Node 20 has it behind a flag, later ones without; toolchains of QuickJS emit it.
NODE_OPTIONS = ("--experimental-wasm-extended-const",)
LIMITS = {"timeout_ms": 55_000}


@dataclass(frozen=True, slots=True)
class Load:
    """What one call carries: `GET /hello` without a body, else an echo."""

    body_bytes: int

    @property
    def title(self) -> str:
        return f"{self.body_bytes >> 10} KiB" if self.body_bytes else "empty"

    def order(self, seconds: float) -> dict[str, Any]:
        if not self.body_bytes:
            return {
                "seconds": seconds,
                "method": "GET",
                "url": "/hello?name=bench",
                "expected": "Hello, bench!",
            }
        expected = f'"length":{self.body_bytes}'
        echo = {"method": "POST", "url": "/echo", "body_bytes": self.body_bytes}
        return {"seconds": seconds, "expected": expected, **echo}

    def http(self) -> dict[str, Any]:
        if not self.body_bytes:
            return {"method": "GET", "path": "/hello", "query": {"name": "bench"}}
        return {"method": "POST", "path": "/echo", "body_bytes": [120] * self.body_bytes}


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of calling, over all rounds; ``ratio`` is p50 to the bare loop of the same round."""

    component: str
    body: str
    way: str
    clients: int
    p50_ms: float
    p99_ms: float
    rate: float
    cpu_ms: float
    ratio: float
    rate_ratio: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way of calling; ``measure`` runs it for some seconds and tells the CPU seconds too."""

    title: str
    clients: int
    measure: Callable[[Load, float], tuple[Sample, float]]


def ways(
    stack: ExitStack, runner: Runner, load: Program, source: Path, *, node_folder: Path | None
) -> list[Way]:
    """Start what calls the component, each in its own way; Node only where there is a folder for it."""
    bare = stack.enter_context(program("a bare loop", "-m", "benchmarks.bare_loop", str(source)))
    bare.read(seconds=180)
    install = runner.install(source)

    def executed(clients: int) -> Callable[[Load, float], tuple[Sample, float]]:
        def measure(carried: Load, seconds: float) -> tuple[Sample, float]:
            order = runner.order(
                install,
                expected=GUEST_ANSWERED,
                clients=clients,
                seconds=seconds,
                http=carried.http(),
                limits=LIMITS,
            )
            before = runner.cpu_seconds()
            load.tell(order.to_line())
            sample = Sample.of(load.read())
            return sample, runner.cpu_seconds() - before

        return measure

    found = [Way("bare loop", 1, _looped(bare))]
    found += [Way("/v1/execute", clients, executed(clients)) for clients in (1, MANY_CLIENTS)]
    if node_folder is not None:
        node = stack.enter_context(node_loop(source, node_folder))
        found.append(Way("Node + jco", 1, _looped(node)))
    return found


def _looped(loop: Program) -> Callable[[Load, float], tuple[Sample, float]]:
    def measure(carried: Load, seconds: float) -> tuple[Sample, float]:
        loop.tell(json.dumps(carried.order(seconds)))
        result = loop.read(seconds=180)
        return Sample.of(result), float(result["cpu_seconds"])

    return measure


@contextmanager
def node_loop(source: Path, folder: Path) -> Iterator[Program]:
    """Transpile the component and call it in Node for the length of the block."""
    component = folder / "component.wasm"
    component.write_bytes(component_of(source))
    jco = JCO / "node_modules" / ".bin" / "jco"
    out = folder / "transpiled"
    command = [jco, "transpile", component, "-o", out, "--instantiation", "async", "--name", "component"]
    subprocess.run([*map(str, command), "--no-typescript", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    (out / "package.json").write_text('{"type":"module"}\n')
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("node")
    with program(
        "node", *NODE_OPTIONS, str(JCO / "loop.mjs"), str(out / "component.js"), executable=node
    ) as process:
        process.read(seconds=120)
        yield process


def install_jco() -> bool:
    """Have npm install what the lock names; without npm the peer is left out and the table says so."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    if not JCO.joinpath("node_modules").is_dir():
        say("installing jco")
        # Not `ci`: it insists on packages for every platform, and some are not published for all.
        subprocess.run(
            [npm, "install", "--no-save", "--no-audit", "--no-fund"],
            check=True,
            cwd=JCO,
            stdout=subprocess.DEVNULL,
        )
    return True


def measure(name: str, found: Sequence[Way], carried: Load, *, rounds: int, seconds: float) -> list[Measured]:
    """Go through all ways, then through all again; the first round warms up and is thrown away."""
    taken: dict[int, list[tuple[Sample, float]]] = {position: [] for position in range(len(found))}
    for number in range(rounds + 1):
        for position, way in enumerate(found):
            result = way.measure(carried, seconds)
            if number:
                taken[position].append(result)
    bare = [sample for sample, _ in taken[0]]
    return [_row(name, carried, way, taken[position], bare) for position, way in enumerate(found)]


def _row(
    name: str, carried: Load, way: Way, taken: Sequence[tuple[Sample, float]], bare: Sequence[Sample]
) -> Measured:
    samples = [sample for sample, _ in taken]
    pairs = list(zip(samples, bare, strict=True))
    return Measured(
        name,
        carried.title,
        way.title,
        way.clients,
        round(statistics.median(sample.p50_ms for sample in samples), 2),
        round(statistics.median(sample.p99_ms for sample in samples), 2),
        round(statistics.median(sample.rate for sample in samples), 1),
        round(statistics.median(1000 * cpu / sample.calls for sample, cpu in taken), 2),
        round(statistics.median(sample.p50_ms / one.p50_ms for sample, one in pairs), 2),
        round(statistics.median(sample.rate / one.rate for sample, one in pairs), 2),
    )


def first_calls(runner: Runner, load: Program, source: Path, *, times: int) -> dict[str, float]:
    """Measure single calls: warm, the first of a version that was just deployed, the first after a kill."""
    warm, deployed, killed = list[float](), list[float](), list[float]()
    install = runner.install(source, tenant=1)
    for number in range(times):
        warm.append(_one_call(runner, load, install))
        # Another tenant's install of bytes no worker has mapped yet: a copy with one more custom section.
        fresh = runner.install(_copy_of(source, number), tenant=2 + number)
        deployed.append(_one_call(runner, load, fresh))
        _one_call(runner, load, install)
        runner.kill_a_worker()
        killed.append(_one_call(runner, load, install))
        time.sleep(1.5)
    return {
        "warm": round(statistics.median(warm), 2),
        "first after a deploy": round(statistics.median(deployed), 2),
        "first after a worker was killed": round(statistics.median(killed), 2),
    }


def _copy_of(source: Path, number: int) -> Path:
    """Write the component anew with a custom section of its own: other bytes, the same behaviour."""
    name = f"copy-{number}".encode()
    section = bytes([0, len(name) + 1, len(name)]) + name
    path = Path(tempfile.mkdtemp(prefix="annex-bench-copy-")) / "component.wasm"
    path.write_bytes(component_of(source) + section)
    return path


def _one_call(runner: Runner, load: Program, install: int) -> float:
    carried = Load(0)
    order = runner.order(
        install, expected=GUEST_ANSWERED, clients=1, seconds=0.000_01, http=carried.http(), limits=LIMITS
    )
    load.tell(order.to_line())
    return float(Sample.of(load.read()).p50_ms)


def table(
    rows: Sequence[Measured],
    firsts: dict[str, dict[str, float]],
    *,
    facts: dict[str, Any],
    notes: Sequence[str],
) -> str:
    lines = [
        "# One component, three ways",
        "",
        ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items()),
        "",
        "Every call has a fresh instance. CPU is that of one call: loop, or service with all workers.",
        "",
        _line(HEAD),
        _line(["---"] * len(HEAD)),
    ]
    lines += [_line([str(value) for value in asdict(row).values()]) for row in rows]
    lines += ["", "| component | call | ms | to warm |", "|---|---|---|---|"]
    for name, calls in firsts.items():
        for call, ms in calls.items():
            lines.append(_line((name, call, f"{ms}", f"{ms / calls['warm']:.1f}")))
    return "\n".join([*lines, "", *budget_lines(rows, firsts), *notes, ""])


def budget_lines(rows: Sequence[Measured], firsts: dict[str, dict[str, float]]) -> Iterator[str]:
    """Hold the ratios against the architecture's rows that do not need the gateway."""
    for name in dict.fromkeys(row.component for row in rows):
        ours = [row for row in rows if (row.component, row.way, row.clients) == (name, "/v1/execute", 1)]
        p50 = {row.body: row.p50_ms for row in ours}
        for body, most in (("16 KiB", 2.0), ("1024 KiB", 3.0)):
            if body in p50 and "empty" in p50:
                yield _verdict(f"{name}: {body} echo / empty", p50[body] / p50["empty"], most)
        calls = firsts.get(name)
        if calls is not None:
            ratio = calls["first after a deploy"] / calls["warm"]
            yield _verdict(f"{name}: first after a deploy / warm", ratio, 20)


def _verdict(name: str, measured: float, most: float) -> str:
    return f"- {'met' if measured <= most else 'NOT MET'}: {name}: {measured:.2f} (budget at most {most:g})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    rows, firsts, notes = list[Measured](), dict[str, dict[str, float]](), list[str]()
    has_node = not options.no_node and install_jco()
    if not has_node:
        notes.append("Node + jco was left out.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-bench-")))
        say("starting the runner and the load")
        runner = stack.enter_context(running_runner())
        load = stack.enter_context(program("the load", "-m", "benchmarks.load_client"))
        load.read()
        for number, (name, _, path) in enumerate(
            text.partition("=") for text in options.component or [HELLO]
        ):
            say(f"{name}: starting what calls it")
            (folder / str(number)).mkdir()
            with ExitStack() as inner:
                node_folder = folder / str(number) if has_node else None
                found = ways(inner, runner, load, Path(path), node_folder=node_folder)
                for size in options.bodies:
                    say(f"{name}: {Load(size).title}")
                    rows += measure(name, found, Load(size), rounds=options.rounds, seconds=options.seconds)
            say(f"{name}: first calls")
            firsts[name] = first_calls(runner, load, Path(path), times=options.firsts)
    facts = machine(len(os.sched_getaffinity(0)))
    text = table(rows, firsts, facts=facts, notes=notes)
    results = Path(options.results)
    results.mkdir(parents=True, exist_ok=True)
    (results / "components.md").write_text(text)
    document = {"machine": facts, "rows": [asdict(row) for row in rows], "first_calls": firsts}
    (results / "components.json").write_text(json.dumps(document, indent=2) + "\n")
    print(text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.components", description=__doc__)
    parser.add_argument(
        "--component", action="append", metavar="NAME=FILE", help="bundle or component; again for more"
    )
    parser.add_argument(
        "--bodies", type=int, nargs="+", default=[0, 16 << 10, 1 << 20], help="sizes in bytes"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one measurement")
    parser.add_argument("--firsts", type=int, default=3, help="how often the first calls are measured")
    parser.add_argument("--no-node", action="store_true", help="leave Node and jco out")
    parser.add_argument("--results", default=str(RESULTS), help="folder of the table")
    return parser.parse_args(arguments)


def say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
