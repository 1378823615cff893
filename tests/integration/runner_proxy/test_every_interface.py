"""The world's interfaces, each alone and in the sets that extensions import: all of them can be linked."""

import re
from pathlib import Path

import pytest

from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.errors import GuestTrap
from annex_runner_proxy.wiring.dependencies import real_dependencies
from integration.runner_proxy.platform import Keys, settings_for
from integration.runner_proxy.workers import Host, a_job, a_worker, compiled

_ROOT = Path(__file__).resolve().parents[3]
_WIT = (_ROOT / "shared" / "wit" / "alga-extension.wit").read_text("utf-8")
_WORLDS = _ROOT / "tests" / "guests" / "built" / "worlds"
# Lines of the guest's log go another way than questions to the broker.
_ANSWERED_IN_THE_WORKER = {"logging.log-info", "logging.log-warn", "logging.log-error"}


def _functions() -> set[str]:
    """List the functions of the world, read from its text."""
    return {
        f"{name}.{function}"
        for name, body in re.findall(r"^interface ([a-z0-9-]+) \{\n(.*?)^\}", _WIT, re.MULTILINE | re.DOTALL)
        for function in re.findall(r"^    ([a-z0-9-]+): func\(", body, re.MULTILINE)
    }


async def test_every_function_of_the_world_is_offered(tmp_path: Path) -> None:
    settings = settings_for(Keys.make(tmp_path), tmp_path / "cache", "http://127.0.0.1:9")

    async with real_dependencies(settings) as dependencies:
        offered = set(dependencies.ports.host_api)

    assert offered | _ANSWERED_IN_THE_WORKER == _functions()


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
