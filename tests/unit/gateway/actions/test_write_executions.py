import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog

from annex_gateway.actions.write_executions import WriterLimits
from annex_gateway.domain.errors import ExecutionLogUnavailable
from annex_gateway.domain.executions import Execution, Status
from unit.gateway.builders import uuid
from unit.gateway.memory_ledger import an_execution
from unit.gateway.recording import Records


@pytest.fixture
async def records() -> AsyncIterator[Records]:
    async with Records(limits=WriterLimits(pending=10, wait_seconds=5)).running() as records:
        yield records


def executions(count: int) -> list[Execution]:
    return [an_execution(execution_id=uuid(number)) for number in range(1, count + 1)]


async def keep(records: Records, execution: Execution) -> bool:
    records.writer.reserve()
    return await records.writer.keep(execution)


async def until(records: Records, *, is_available: bool) -> None:
    async with asyncio.timeout(5):
        while records.writer.is_available is not is_available:  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.01)


async def test_a_record_is_durable_before_anybody_goes_on(records: Records) -> None:
    records.ledger.gate.clear()
    waiting = asyncio.create_task(keep(records, an_execution()))
    await asyncio.sleep(0.02)
    was_done = waiting.done()
    records.ledger.gate.set()

    assert await waiting
    assert not was_done
    assert records.rows() == [an_execution()]


async def test_what_ends_during_a_commit_shares_the_next_one(records: Records) -> None:
    records.ledger.gate.clear()
    waiting = [asyncio.create_task(keep(records, one)) for one in executions(8)]
    await asyncio.sleep(0.02)
    records.ledger.gate.set()

    assert all(await asyncio.gather(*waiting))
    assert sum(records.metrics.sizes) == 8
    assert len(records.metrics.sizes) <= 2


async def test_no_more_run_than_can_be_remembered(records: Records) -> None:
    for _ in range(10):
        records.writer.reserve()

    with pytest.raises(ExecutionLogUnavailable) as refused:
        records.writer.reserve()

    assert refused.value.retry_after_seconds == 1


async def test_a_written_record_makes_room_for_another(records: Records) -> None:
    for execution in executions(25):
        assert await keep(records, execution)

    assert len(records.rows()) == 25


async def test_while_the_database_is_away_nothing_begins_and_what_ran_is_kept_until_it_is_back(
    records: Records,
) -> None:
    records.ledger.is_away = True
    waiting = asyncio.create_task(keep(records, an_execution()))
    await until(records, is_available=False)
    with pytest.raises(ExecutionLogUnavailable):
        records.writer.reserve()
    records.ledger.is_away = False

    assert await waiting
    await until(records, is_available=True)
    records.writer.reserve()


async def test_a_writer_with_nothing_to_write_notices_that_the_database_is_back(records: Records) -> None:
    records.ledger.is_away = True
    records.writer.mention(an_execution())
    await until(records, is_available=False)
    records.ledger.is_away = False

    await until(records, is_available=True)


async def test_a_commit_whose_outcome_was_lost_is_repeated_and_counts_once(records: Records) -> None:
    records.ledger.is_forgetful_about_success = True

    assert await keep(records, an_execution())
    assert len(records.ledger.commits) == 2
    assert [use.invocations for use in records.ledger.days.values()] == [1]


async def test_a_commit_that_hangs_is_an_outage(records: Records) -> None:
    records.ledger.gate.clear()
    waiting = asyncio.create_task(keep(records, an_execution()))
    await asyncio.sleep(0.02)
    records.monotonic.seconds += 3
    with pytest.raises(ExecutionLogUnavailable):
        records.writer.reserve()
    records.ledger.gate.set()

    assert await waiting


async def test_a_record_that_is_late_is_said_to_be_and_written_all_the_same() -> None:
    async with Records(limits=WriterLimits(pending=10, wait_seconds=0.02)).running() as records:
        records.ledger.gate.clear()
        is_kept = await keep(records, an_execution())
        records.ledger.gate.set()

    assert not is_kept
    assert records.metrics.missing == ["late"]
    assert records.rows() == [an_execution()]


async def test_a_record_that_cannot_be_kept_does_not_take_others_along(records: Records) -> None:
    records.ledger.gate.clear()
    first, poison, last = executions(3)
    poison = an_execution(execution_id=poison.execution_id, request_id="a\x00b")
    waiting = [asyncio.create_task(keep(records, one)) for one in (first, poison, last)]
    await asyncio.sleep(0.02)
    records.ledger.gate.set()

    assert await asyncio.gather(*waiting) == [True, False, True]
    assert {one.execution_id for one in records.rows()} == {first.execution_id, last.execution_id}


async def test_of_an_execution_that_began_and_ended_before_a_commit_the_end_is_written(
    records: Records,
) -> None:
    records.ledger.gate.clear()
    records.writer.mention(an_execution(execution_id=uuid(9)))
    await asyncio.sleep(0.02)
    records.writer.mention(an_execution(status=Status.STARTED))
    waiting = asyncio.create_task(keep(records, an_execution()))
    await asyncio.sleep(0.02)
    records.ledger.gate.set()

    assert await waiting
    assert [len(commit) for commit in records.ledger.commits] == [1, 1]
    assert records.ledger.commits[1] == [an_execution()]


async def test_an_end_is_not_overtaken_by_its_begin_when_a_commit_failed(records: Records) -> None:
    records.ledger.gate.clear()
    records.writer.mention(an_execution(status=Status.STARTED))
    await asyncio.sleep(0.02)
    records.ledger.is_away = True
    waiting = asyncio.create_task(keep(records, an_execution()))
    await asyncio.sleep(0.02)
    records.ledger.gate.set()
    await until(records, is_available=False)
    records.ledger.is_away = False

    assert await waiting
    assert records.rows() == [an_execution()]


async def test_what_nobody_waits_for_is_dropped_rather_than_piled_up(records: Records) -> None:
    records.ledger.gate.clear()
    records.writer.mention(an_execution(execution_id=uuid(99)))
    await asyncio.sleep(0.02)
    for execution in executions(15):
        records.writer.mention(execution)

    assert records.writer.pending == 10
    assert records.metrics.missing == ["no_room"] * 5
    records.ledger.gate.set()


async def test_what_is_pending_at_the_end_is_still_written() -> None:
    async with Records().running() as records:
        for execution in executions(5):
            records.writer.mention(execution)

    assert len(records.rows()) == 5
    assert not records.writer.is_available


async def test_what_cannot_be_written_by_the_end_is_in_the_log() -> None:
    with structlog.testing.capture_logs() as lines:
        async with Records(limits=WriterLimits(drain_seconds=0.05)).running() as records:
            records.ledger.gate.clear()
            for execution in executions(2):
                records.writer.mention(execution)

    lost = [line["execution_id"] for line in lines if line["event"] == "execution_not_recorded"]
    assert lost == [str(one.execution_id) for one in executions(2)]
