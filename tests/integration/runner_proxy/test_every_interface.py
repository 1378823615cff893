"""The world's interfaces, each alone and in the sets that extensions import: all of them can be linked."""

import re
from pathlib import Path

import pytest

from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.errors import GuestTrap
from integration.runner_proxy.workers import Host, a_job, a_worker, compiled

_ROOT = Path(__file__).resolve().parents[3]
_WIT = (_ROOT / "shared" / "wit" / "alga-extension.wit").read_text("utf-8")
_WORLDS = _ROOT / "tests" / "guests" / "built" / "worlds"
# Lines of the guest's log go another way than questions to the broker.
_ANSWERED_IN_THE_WORKER = {"logging.log-info", "logging.log-warn", "logging.log-error"}
_HOST_FUNCTIONS = _ROOT / "services" / "runner-proxy" / "src" / "annex_runner_proxy" / "actions" / "host"
# Interfaces the broker does not answer yet; what is answered leaves this list.
_STILL_TO_COME = {
    "clients",
    "events",
    "http",
    "invoicing",
    "metrics",
    "scheduler",
    "services",
    "storage",
    "storage-v2",
    "ui-proxy",
}


def _functions() -> set[str]:
    """List the functions of the world, read from its text."""
    return {
        f"{name}.{function}"
        for name, body in re.findall(r"^interface ([a-z0-9-]+) \{\n(.*?)^\}", _WIT, re.MULTILINE | re.DOTALL)
        for function in re.findall(r"^    ([a-z0-9-]+): func\(", body, re.MULTILINE)
    }


def test_every_function_of_the_world_is_offered() -> None:
    sources = "".join(path.read_text("utf-8") for path in _HOST_FUNCTIONS.glob("*.py"))
    offered = set(re.findall(r'"([a-z0-9-]+\.[a-z0-9-]+)"', sources))

    missing = _functions() - offered - _ANSWERED_IN_THE_WORKER

    assert {name for name in missing if name.partition(".")[0] not in _STILL_TO_COME} == set()


async def test_every_interface_and_every_set_of_them_links(tmp_path: Path) -> None:
    names = sorted(path.stem for path in _WORLDS.glob("*.wasm"))
    interfaces = {function.partition(".")[0] for function in _functions()}

    async with a_worker(tmp_path) as worker:
        ends = {name: await _end_of(name, worker, tmp_path) for name in names}

    assert {name.removeprefix("only-") for name in names if name.startswith("only-")} == interfaces
    assert {name: end for name, end in ends.items() if end != "wasm `unreachable` instruction executed"} == {}


async def _end_of(name: str, worker: WorkerProcess, folder: Path) -> str:
    """Run a world's guest, which traps as soon as it is called: everything before that was linking."""
    wasm = (_WORLDS / f"{name}.wasm").read_bytes()
    path = await compiled(name, folder, worker.facts.fingerprint, wasm=wasm)
    with pytest.raises(GuestTrap) as ended:
        await worker.run(a_job(path), Host())
    return str(ended.value.details["trap"])
