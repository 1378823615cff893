"""`python -m benchmarks.execute`: what a call costs with the platform around it, against a bare loop.

One run, one machine, interleaved rounds: everything that is compared is measured within seconds of each
other, again and again. Prints a table; the figures behind it go to `.annex-bench/latest.json`.
"""

import json
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.programs import ROOT
from benchmarks.report import Report
from benchmarks.rounds import Sample
from benchmarks.scenarios import Scenario, open_scenarios

RESULTS = ROOT / ".annex-bench"
WARM_UP_SECONDS = 1.5
ROUNDS = 9
ROUND_SECONDS = 0.9


def main() -> None:
    cores = len(os.sched_getaffinity(0))
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-bench-"))
        say("starting the platform and the bare loops")
        scenarios = open_scenarios(stack, Path(home) / "home", cores=cores)
        say(f"warming up, then {ROUNDS} rounds of {len(scenarios)} scenarios, {ROUND_SECONDS} s each")
        for scenario in scenarios:
            scenario.measure(WARM_UP_SECONDS)
        samples = measure(scenarios)
    report = Report(scenarios, samples, cores=cores, machine=machine(cores))
    keep(report, samples)
    print(report.text())


def measure(scenarios: list[Scenario]) -> dict[str, list[Sample]]:
    """Go through all scenarios, then through all again: a noisy minute falls on each of them."""
    samples: dict[str, list[Sample]] = {scenario.key: [] for scenario in scenarios}
    for _ in range(ROUNDS):
        for scenario in scenarios:
            samples[scenario.key].append(scenario.measure(ROUND_SECONDS))
    return samples


def machine(cores: int) -> dict[str, Any]:
    return {
        "cores": cores,
        "processor": processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "wasmtime": version("wasmtime"),
        "aiohttp": version("aiohttp"),
        "load_average_at_end": round(os.getloadavg()[0], 2),
    }


def keep(report: Report, samples: dict[str, list[Sample]]) -> None:
    """Write the figures into a folder that ignores itself in version control."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / ".gitignore").write_text("*\n")
    document = {
        **report.document(),
        "rounds": {key: [asdict(sample) for sample in taken] for key, taken in samples.items()},
    }
    (RESULTS / "latest.json").write_text(json.dumps(document, indent=2) + "\n")


def say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


if __name__ == "__main__":
    main()
