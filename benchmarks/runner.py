"""The runner-proxy of a benchmark, as its orders read in Python."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load_client import Order
from benchmarks.programs import ROOT, Program, program

START_SECONDS = 120
INSTALL_SECONDS = 200


@dataclass(frozen=True, slots=True)
class Runner:
    """A running `benchmarks.runner_under_test`."""

    process: Program
    port: int

    def install(self, source: Path, *, tenant: int = 1) -> int:
        return int(self._ask({"install": str(source), "tenant": tenant}, seconds=INSTALL_SECONDS)["install"])

    def order(
        self,
        install: int,
        *,
        expected: bytes,
        clients: int,
        seconds: float,
        status: int = 200,
        http: Mapping[str, Any] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Order:
        """Make a round of calls, signed now."""
        signed = self._ask({"sign": install, "http": dict(http or {}), "limits": dict(limits or {})})
        request = base64.b64decode(signed["request_b64"])
        return Order(self.port, request, expected, clients, seconds, status)

    def cpu_seconds(self) -> float:
        return float(self._ask({"cpu": True})["cpu_seconds"])

    def kill_a_worker(self) -> None:
        self._ask({"kill": True})

    def _ask(self, order: dict[str, Any], *, seconds: float = 30) -> dict[str, Any]:
        self.process.tell(json.dumps(order))
        return self.process.read(seconds=seconds)


@contextmanager
def running_runner() -> Iterator[Runner]:
    path = os.pathsep.join(filter(None, [str(ROOT / "tests"), os.environ.get("PYTHONPATH")]))
    with program(
        "the runner", "-m", "benchmarks.runner_under_test", environment={"PYTHONPATH": path}
    ) as process:
        yield Runner(process, int(process.read(seconds=START_SECONDS)["port"]))
