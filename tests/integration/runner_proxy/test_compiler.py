"""The compiler program: it yields to everything else, and makes code nobody can pass for another kind of."""

import asyncio
import os
from pathlib import Path

import pytest

from annex_runner_proxy.domain.errors import WorkerFault
from annex_runner_proxy.sandbox.messages import CodeKind
from integration.runner_proxy.workers import (
    Host,
    a_job,
    a_worker,
    children_of,
    compiled,
    environment_of,
    until,
)

_NICE_FIELD = 18


def _niceness(pid: int) -> int:
    """Read the field of `/proc/<pid>/stat`, counted from the state on; a process that is gone has none."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[_NICE_FIELD - 2])
    except (FileNotFoundError, ProcessLookupError):
        return 0


async def test_compiling_is_done_in_a_process_of_low_priority(tmp_path: Path) -> None:
    async with a_worker(tmp_path) as worker:
        others = children_of(os.getpid())
        ours = os.nice(0)
        making = asyncio.create_task(compiled("ok", tmp_path, worker.facts.fingerprint))
        await until(lambda: children_of(os.getpid()) - others)
        (pid,) = children_of(os.getpid()) - others

        await until(lambda: _niceness(pid) == min(19, ours + 10) or making.done())
        niceness, environment = _niceness(pid), environment_of(pid) if not making.done() else b""
        await making

    assert niceness == min(19, ours + 10)
    assert environment == b""


@pytest.mark.parametrize("fuel", [None, 1_000_000], ids=["plain engine", "counting engine"])
async def test_code_of_the_other_kind_is_not_run(tmp_path: Path, fuel: int | None) -> None:
    other = CodeKind.COUNTING if fuel is None else CodeKind.PLAIN
    async with a_worker(tmp_path) as worker:
        module = await compiled("ok", tmp_path, worker.facts.fingerprint, other)

        with pytest.raises(WorkerFault) as refused:
            await worker.run(a_job(module, fuel=fuel), Host())

        assert refused.value.details["reason"] == "the code was made for another engine"
        assert not worker.is_sound
