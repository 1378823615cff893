"""Guests that import WASI, in a real worker: it gives them time and a place to write, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.errors import DeadlineExceeded, GuestTrap, HostFunctionUnavailable
from integration.runner_proxy.workers import Host, a_job, a_worker, compiled


@pytest.fixture(scope="module")
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[WorkerProcess, Path]]:
    folder = Path(tmp_path_factory.mktemp("wasi"))
    async with a_worker(folder) as worker:
        yield worker, folder


async def test_a_guest_that_sleeps_for_an_hour_ends_at_its_deadline_in_a_living_worker(
    tmp_path: Path,
) -> None:
    async with a_worker(tmp_path) as worker:
        path = await compiled("wasi_sleeps", tmp_path, worker.facts.fingerprint)

        with pytest.raises(DeadlineExceeded):
            await worker.run(a_job(path, seconds=0.3), Host())

        assert not worker.has_ended


async def test_exit_ends_the_call_and_not_the_worker(worker: tuple[WorkerProcess, Path]) -> None:
    process, folder = worker
    path = await compiled("wasi_exits", folder, process.facts.fingerprint)

    for _ in range(2):
        with pytest.raises(GuestTrap) as ended:
            await process.run(a_job(path), Host())
        assert "exited without an answer" in str(ended.value.details["trap"])

    assert process.is_sound


async def test_sockets_are_not_there(worker: tuple[WorkerProcess, Path]) -> None:
    process, folder = worker
    path = await compiled("wasi_socket", folder, process.facts.fingerprint)

    with pytest.raises(HostFunctionUnavailable) as refused:
        await process.run(a_job(path), Host())

    assert "wasi:sockets/instance-network" in str(refused.value.details["function"])


async def test_output_without_a_line_break_is_one_short_line(worker: tuple[WorkerProcess, Path]) -> None:
    process, folder = worker
    path = await compiled("wasi_writes", folder, process.facts.fingerprint)
    host = Host()

    answer = await process.run(a_job(path), host)

    assert answer.status == 200
    assert host.written_to("stdout") == ["x" * 16384 + "…"]
