"""Each limit of a call, shown by a guest that oversteps it in a real worker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.errors import (
    CpuLimitExceeded,
    DeadlineExceeded,
    FuelExhausted,
    GuestTrap,
    MemoryLimitExceeded,
    RunnerError,
    TableLimitExceeded,
)
from annex_runner_proxy.domain.limits import Reuse
from annex_runner_proxy.domain.ports import Job, ReuseTicket
from annex_runner_proxy.sandbox.messages import CodeKind
from integration.runner_proxy.workers import Host, a_job, a_worker, compiled


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modules")


@pytest.fixture(scope="module")
async def worker(folder: Path) -> AsyncIterator[WorkerProcess]:
    """Share one worker: the pool, which is not here, would replace it after some of these calls."""
    async with a_worker(folder) as worker:
        yield worker


@pytest.fixture
def ticket() -> ReuseTicket:
    return ReuseTicket("install-1@1", Reuse(max_requests=3, max_idle_seconds=30))


async def _counting(folder: Path, worker: WorkerProcess) -> str:
    return await compiled("rp_counts_to_a_million", folder, worker.facts.fingerprint, CodeKind.COUNTING)


async def test_guest_that_computes_too_long_has_used_its_processor_time(
    folder: Path, worker: WorkerProcess
) -> None:
    module = await compiled("loop_forever", folder, worker.facts.fingerprint)

    with pytest.raises(CpuLimitExceeded) as refused:
        await worker.run(a_job(module, cpu_ms=100), Host())

    assert refused.value.details["limit"] == {"kind": "cpu_ms", "value": 100}


async def test_waiting_in_a_host_call_costs_no_processor_time(folder: Path, worker: WorkerProcess) -> None:
    module = await compiled("reads_config", folder, worker.facts.fingerprint)
    await worker.run(a_job(module), Host({"config.get": "known"}))
    gate = asyncio.Event()
    host = Host({"config.get": "late"}, gate=gate)

    call = asyncio.create_task(worker.run(a_job(module, cpu_ms=200), host))
    await asyncio.sleep(0.5)
    gate.set()
    answer = await call

    assert answer.body == b"late"
    assert answer.usage.cpu_ms < 200 < answer.usage.wall_ms


async def test_time_on_the_wall_ends_a_call_that_has_processor_time_left(
    folder: Path, worker: WorkerProcess
) -> None:
    module = await compiled("loop_forever", folder, worker.facts.fingerprint)

    with pytest.raises(DeadlineExceeded):
        await worker.run(a_job(module, seconds=0.2), Host())


@pytest.mark.parametrize("guest", ["rp_table_bomb", "rp_table_kept_quiet", "rp_many_tables"])
async def test_tables_beyond_their_limit_have_a_code_of_their_own(
    folder: Path, worker: WorkerProcess, guest: str
) -> None:
    module = await compiled(guest, folder, worker.facts.fingerprint)

    with pytest.raises(TableLimitExceeded):
        await worker.run(a_job(module), Host())


@pytest.mark.parametrize("guest", ["rp_table_in_one_step", "rp_table_slowly_filled"])
async def test_table_that_does_not_fit_the_process_has_that_code_too(folder: Path, guest: str) -> None:
    async with a_worker(folder) as worker:
        module = await compiled(guest, folder, worker.facts.fingerprint)

        with pytest.raises(TableLimitExceeded):
            await worker.run(a_job(module), Host())


async def test_code_compiled_for_one_allocator_runs_with_the_other(
    folder: Path, worker: WorkerProcess
) -> None:
    module = await compiled("echo_body", folder, worker.facts.fingerprint)
    async with a_worker(folder, "pooling") as pooling:
        answer = await pooling.run(a_job(module, body=b"same"), Host())

    assert pooling.facts.fingerprint == worker.facts.fingerprint
    assert answer.body == b"same"


@pytest.mark.parametrize("guest", ["memory_bomb", "rp_two_memories", "rp_memory_kept_quiet"])
async def test_memory_is_measured_with_the_pooling_allocator_too(folder: Path, guest: str) -> None:
    async with a_worker(folder, "pooling") as worker:
        module = await compiled(guest, folder, worker.facts.fingerprint)

        with pytest.raises(MemoryLimitExceeded):
            await worker.run(a_job(module), Host())


async def test_tables_within_their_limit_are_no_offence(folder: Path, worker: WorkerProcess) -> None:
    module = await compiled("rp_table_kept_quiet", folder, worker.facts.fingerprint)
    job = a_job(module)

    answer = await worker.run(replace(job, limits=replace(job.limits, table_elements=1_300_000)), Host())

    assert answer.status == 200


async def test_trap_after_tables_within_their_limit_is_a_trap(folder: Path, worker: WorkerProcess) -> None:
    module = await compiled("rp_table_bomb", folder, worker.facts.fingerprint)
    job = a_job(module)

    with pytest.raises(GuestTrap):
        await worker.run(replace(job, limits=replace(job.limits, table_elements=4_200_000)), Host())


async def test_log_text_beyond_its_limit_is_dropped_and_counted(folder: Path, worker: WorkerProcess) -> None:
    module = await compiled("rp_logs_too_much", folder, worker.facts.fingerprint)
    host = Host()

    answer = await worker.run(a_job(module), host)

    assert len(host.lines) == 64
    assert answer.usage.log_bytes_dropped == 36 * 4_096


async def test_fuel_is_counted_and_the_same_every_time(folder: Path, worker: WorkerProcess) -> None:
    module = await _counting(folder, worker)

    first = await worker.run(a_job(module, fuel=50_000_000), Host())
    second = await worker.run(a_job(module, fuel=10_000_000), Host())

    assert first.usage.fuel is not None
    assert first.usage.fuel > 1_000_000
    assert second.usage.fuel == first.usage.fuel


async def test_call_that_uses_up_its_fuel_ends(folder: Path, worker: WorkerProcess) -> None:
    module = await _counting(folder, worker)

    with pytest.raises(FuelExhausted) as refused:
        await worker.run(a_job(module, fuel=10_000), Host())
    plain = await compiled("rp_counts_to_a_million", folder, worker.facts.fingerprint)
    after = await worker.run(a_job(plain), Host())

    assert refused.value.details["limit"] == {"kind": "fuel", "value": 10_000}
    assert after.usage.fuel is None


async def test_instance_serves_again_only_where_it_was_asked_for(
    folder: Path, worker: WorkerProcess, ticket: ReuseTicket
) -> None:
    module = await compiled("rp_counts_calls", folder, worker.facts.fingerprint)

    answers = [await worker.run(a_job(module, reuse=ticket), Host()) for _ in range(4)]
    without = [await worker.run(a_job(module), Host()) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 202, 203, 201]
    assert [answer.usage.reused for answer in answers] == [False, True, True, False]
    assert [answer.status for answer in without] == [201, 201]


async def test_kept_instance_never_serves_another_install_or_another_state_of_it(
    folder: Path, worker: WorkerProcess, ticket: ReuseTicket
) -> None:
    module = await compiled("rp_counts_calls", folder, worker.facts.fingerprint)
    tickets = [replace(ticket, key=key) for key in ("a@1", "a@1", "b@1", "a@1", "a@2")]

    answers = [await worker.run(a_job(module, reuse=each), Host()) for each in tickets]

    assert [answer.status for answer in answers] == [201, 202, 201, 201, 201]


async def test_kept_instance_is_dropped_after_idling(
    folder: Path, worker: WorkerProcess, ticket: ReuseTicket
) -> None:
    module = await compiled("rp_counts_calls", folder, worker.facts.fingerprint)
    short = replace(ticket, terms=Reuse(max_requests=3, max_idle_seconds=0.05))

    await worker.run(a_job(module, reuse=short), Host())
    await asyncio.sleep(0.2)
    answer = await worker.run(a_job(module, reuse=short), Host())

    assert (answer.status, answer.usage.reused) == (201, False)


async def test_instance_that_failed_serves_nobody_again(
    folder: Path, worker: WorkerProcess, ticket: ReuseTicket
) -> None:
    module = await compiled("rp_traps_on_the_second_call", folder, worker.facts.fingerprint)
    job: Job = a_job(module, reuse=ticket)

    outcomes = [await _outcome(worker, job) for _ in range(4)]

    assert outcomes == [201, "GuestTrap", 201, "GuestTrap"]


async def test_memory_of_earlier_calls_counts_for_a_kept_instance(
    folder: Path, worker: WorkerProcess, ticket: ReuseTicket
) -> None:
    module = await compiled("rp_memory_kept_quiet", folder, worker.facts.fingerprint)

    outcomes = [await _outcome(worker, a_job(module, memory_mb=150, reuse=ticket)) for _ in range(3)]

    assert outcomes == [200, "MemoryLimitExceeded", 200]


async def test_instance_counts_fuel_for_each_call_anew(
    folder: Path, worker: WorkerProcess, ticket: ReuseTicket
) -> None:
    module = await _counting(folder, worker)

    answers = [await worker.run(a_job(module, fuel=50_000_000, reuse=ticket), Host()) for _ in range(2)]

    assert answers[1].usage.reused
    assert answers[1].usage.fuel == answers[0].usage.fuel


async def _outcome(worker: WorkerProcess, job: Job) -> int | str:
    try:
        return (await worker.run(job, Host())).status
    except RunnerError as error:
        return type(error).__name__
