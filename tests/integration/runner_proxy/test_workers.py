"""One worker and a pool of them, with real processes and real guests."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from annex_runner_proxy.domain.errors import (
    DeadlineExceeded,
    GuestTrap,
    MemoryLimitExceeded,
    Overloaded,
    WorkerCrashed,
)
from integration.runner_proxy.platform import OTHER_TENANT
from integration.runner_proxy.workers import (
    Host,
    Meter,
    a_job,
    a_pool,
    a_worker,
    children_of,
    compiled,
    descriptors_of,
    environment_of,
    is_alive,
    until,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modules")


@pytest.fixture(scope="module")
async def fingerprint(folder: Path) -> str:
    async with a_worker(folder) as worker:
        return worker.facts.fingerprint


@pytest.fixture
def others() -> set[int]:
    """Child processes that were there before the test."""
    return children_of(os.getpid())


def _ours(others: set[int]) -> set[int]:
    return children_of(os.getpid()) - others


async def test_worker_starts_with_an_empty_environment_and_only_its_descriptors(folder: Path) -> None:
    async with a_worker(folder) as worker:
        environment, targets = environment_of(worker.pid), descriptors_of(worker.pid)

    assert environment == b""
    kinds = sorted({target.partition(":")[0] for target in targets})
    assert kinds == sorted(
        {"/dev/null", f"/proc/{worker.pid}/maps", f"/proc/{worker.pid}/statm", "pipe", "socket"}
    )
    assert sum(target.startswith("socket:") for target in targets) == 1


async def test_worker_has_a_session_of_its_own(folder: Path) -> None:
    async with a_worker(folder) as worker:
        session = os.getsid(worker.pid)

    assert session == worker.pid


async def test_worker_says_how_far_it_is_confined(folder: Path) -> None:
    async with a_worker(folder) as worker:
        facts = worker.facts

    assert facts.level in {"no-network", "no-files"}
    assert facts.isolation["refuses_sockets"] is True
    assert facts.isolation["refuses_processes"] is True


async def test_host_calls_are_asked_of_the_host_of_this_call(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("reads_config", folder, worker.facts.fingerprint)

        first = await worker.run(a_job(module), Host({"config.get": "one"}))
        second = await worker.run(a_job(module), Host({"config.get": None}))

    assert (first.status, first.body) == (200, b"one")
    assert (second.status, second.body) == (404, None)


async def test_overdue_guest_is_stopped_by_the_worker_itself(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("loop_forever", folder, worker.facts.fingerprint)

        with pytest.raises(DeadlineExceeded):
            await worker.run(a_job(module, seconds=0.3), Host())

        assert not worker.is_sound


async def test_call_waiting_in_the_host_ends_at_its_deadline(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("reads_config", folder, worker.facts.fingerprint)
        host = Host({"config.get": "late"}, gate=asyncio.Event())

        with pytest.raises(DeadlineExceeded):
            await worker.run(a_job(module, seconds=0.3), host)

        assert host.asked == ["config.get"]
        assert not worker.is_sound


async def test_stopped_worker_ends_its_call_at_the_deadline(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("ok", folder, worker.facts.fingerprint)
        os.kill(worker.pid, signal.SIGSTOP)

        with pytest.raises(DeadlineExceeded):
            await worker.run(a_job(module, seconds=0.3), Host())

        assert not worker.is_sound


async def test_trap_leaves_the_worker_sound(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("trap", folder, worker.facts.fingerprint)

        with pytest.raises(GuestTrap) as refused:
            await worker.run(a_job(module), Host())

        assert worker.is_sound
    assert refused.value.details["trap"] == "wasm `unreachable` instruction executed"


async def test_instruction_that_cannot_be_interrupted_ends_with_its_process(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("rp_memory_filled_at_once", folder, worker.facts.fingerprint)

        with pytest.raises(MemoryLimitExceeded):
            await worker.run(a_job(module), Host())

        assert not worker.is_sound


async def test_lines_of_the_guest_reach_the_host_within_their_budget(folder: Path) -> None:
    async with a_worker(folder) as worker:
        module = await compiled("loop_on_host_call", folder, worker.facts.fingerprint)
        host = Host()

        with pytest.raises(Exception, match="called the host more than"):
            await worker.run(a_job(module), host)

    assert host.lines == [("info", "again")] * 5_000


async def test_killed_worker_costs_only_its_call(folder: Path, fingerprint: str, others: set[int]) -> None:
    async with a_pool(folder, size=1, spares=0) as pool:
        (pid,) = _ours(others)
        loop = await compiled("loop_forever", folder, fingerprint)
        ok = await compiled("ok", folder, fingerprint)
        call = asyncio.create_task(pool.run(a_job(loop), Host()))
        await asyncio.sleep(0.2)

        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerCrashed) as crash:
            await call
        after = await pool.run(a_job(ok), Host())

    assert crash.value.details["exit_code"] == -signal.SIGKILL
    assert after.status == 200


async def test_worker_killed_idle_is_replaced_unnoticed(
    folder: Path, fingerprint: str, others: set[int]
) -> None:
    async with a_pool(folder, size=1, spares=0) as pool:
        (pid,) = _ours(others)
        module = await compiled("ok", folder, fingerprint)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not is_alive(pid))
        await asyncio.sleep(0.1)

        answer = await pool.run(a_job(module), Host())

    assert answer.status == 200


async def test_call_given_to_a_worker_that_dies_before_reading_it_runs_on_another(
    folder: Path, fingerprint: str
) -> None:
    async with a_pool(folder, size=1, spares=1) as pool:
        await until(lambda: pool.alive == 2)
        (pid,) = pool.calls_of()
        module = await compiled("reads_config", folder, fingerprint)
        host = Host({"config.get": "x"})
        os.kill(pid, signal.SIGSTOP)
        call = asyncio.create_task(pool.run(a_job(module), host))
        await until(lambda: pool.busy == 1)

        os.kill(pid, signal.SIGKILL)
        answer = await call

        assert answer.status == 200
        assert host.asked == ["config.get"]
        assert pid not in pool.calls_of()


async def test_tenant_whose_calls_end_workers_leaves_one_to_others(folder: Path, fingerprint: str) -> None:
    async with a_pool(folder, size=2, spares=1, max_wait_seconds=30) as pool:
        bomb = await compiled("memory_bomb", folder, fingerprint)
        reads = await compiled("reads_config", folder, fingerprint)
        for _ in range(2):
            with pytest.raises(MemoryLimitExceeded):
                await pool.run(a_job(bomb), Host())
        await until(lambda: pool.alive == 3)
        gate = asyncio.Event()
        held = [
            asyncio.create_task(pool.run(a_job(reads), Host({"config.get": "x"}, gate=gate)))
            for _ in range(3)
        ]
        await until(lambda: pool.waiting == 2)

        beside = await pool.run(a_job(reads, tenant_id=OTHER_TENANT), Host({"config.get": "y"}))
        running = pool.busy
        gate.set()
        answers = await asyncio.gather(*held)

    assert (beside.body, running) == (b"y", 1)
    assert [answer.body for answer in answers] == [b"x"] * 3


async def test_overdue_worker_is_gone_and_replaced(folder: Path, fingerprint: str, others: set[int]) -> None:
    async with a_pool(folder, size=1, spares=0) as pool:
        (pid,) = _ours(others)
        module = await compiled("loop_forever", folder, fingerprint)

        with pytest.raises(DeadlineExceeded):
            await pool.run(a_job(module, seconds=0.3), Host())
        await until(lambda: not is_alive(pid))
        await until(lambda: pool.alive == 1)

        assert _ours(others) != {pid}


async def test_worker_is_replaced_after_its_calls(folder: Path, fingerprint: str, others: set[int]) -> None:
    async with a_pool(folder, size=1, spares=0, calls_per_worker=2) as pool:
        before = _ours(others)
        module = await compiled("ok", folder, fingerprint)

        answers = [await pool.run(a_job(module), Host()) for _ in range(3)]

        assert [answer.status for answer in answers] == [200, 200, 200]
        assert _ours(others).isdisjoint(before)


async def test_worker_that_keeps_too_much_memory_is_replaced(folder: Path, fingerprint: str) -> None:
    meter = Meter()
    async with a_pool(folder, size=1, spares=1, worker_resident_bytes=1 << 20, meter=meter) as pool:
        await until(lambda: pool.alive == 2)
        module = await compiled("ok", folder, fingerprint)
        before = pool.calls_of()

        answer = await pool.run(a_job(module), Host())
        after = pool.calls_of()

    # Every process holds more than 1 MiB; the spare sits in the seat at once.
    assert answer.status == 200
    assert before.keys().isdisjoint(after)
    assert meter.reasons == ["memory"]


async def test_same_code_goes_to_the_same_worker_and_another_one_takes_what_it_cannot(
    folder: Path, fingerprint: str
) -> None:
    async with a_pool(folder, size=2, spares=0) as pool:
        await until(lambda: len(pool.calls_of()) == 2)
        reads = await compiled("reads_config", folder, fingerprint)
        for _ in range(5):
            await pool.run(a_job(reads), Host({"config.get": "x"}))
        one_after_the_other = sorted(pool.calls_of().values())
        gate = asyncio.Event()
        held = asyncio.create_task(pool.run(a_job(reads), Host({"config.get": "x"}, gate=gate)))
        await until(lambda: pool.busy == 1)

        beside = await pool.run(a_job(reads), Host({"config.get": "y"}))
        gate.set()
        await held
        calls = sorted(pool.calls_of().values())

    assert one_after_the_other == [0, 5]
    assert beside.body == b"y"
    assert calls == [1, 6]


async def test_call_beyond_the_bounded_queue_is_refused_at_once(folder: Path, fingerprint: str) -> None:
    async with a_pool(folder, size=1, spares=0, max_waiting=1, max_wait_seconds=30) as pool:
        loop = await compiled("loop_forever", folder, fingerprint)
        ok = await compiled("ok", folder, fingerprint)
        running = asyncio.create_task(pool.run(a_job(loop, seconds=2), Host()))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(pool.run(a_job(ok, seconds=20), Host()))
        await asyncio.sleep(0)

        with pytest.raises(Overloaded) as refused:
            await pool.run(a_job(ok), Host())

        assert refused.value.retry_after_seconds is not None
        with pytest.raises(DeadlineExceeded):
            await running
        assert (await waiting).status == 200


async def test_no_process_is_left_when_the_pool_closes(folder: Path, others: set[int]) -> None:
    async with a_pool(folder, size=2, spares=1) as pool:
        await until(lambda: pool.alive == 3)
        workers = _ours(others)

    assert len(workers) == 3
    assert _ours(others) == set()
