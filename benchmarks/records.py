"""What it costs that an execution is recorded before it is answered: many by one commit, and one by one.

usage: python -m benchmarks.records [--rounds N] [--seconds S]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog

from annex_gateway.actions.write_executions import ExecutionWriter, WriterLimits
from annex_gateway.adapters.postgres.ledger import PostgresLedger, postgres_ledger
from annex_gateway.adapters.record_metrics import RecordMetrics
from annex_gateway.app import SCHEMA, migrate_database
from annex_gateway.domain.executions import Cost, Execution, Status
from annex_shared.clock import SystemClock, new_id
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_standalone.servers.postgres import postgres_server

CALLERS = (1, 8, 32, 128)
_ID = UUID(int=1)
_QUIET = 50
_RECORD = Execution(
    tenant_id=TenantId(_ID),
    execution_id=_ID,
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    extension_id=ExtensionId(_ID),
    install_id=InstallId(_ID),
    version_id=VersionId(_ID),
    content_hash=ContentHash.of(b"bench"),
    request_id="req_0190a00000007000800000000000abcd",
    trace_id="a" * 32,
    trigger="http",
    principal_id=str(_ID),
    method="GET",
    endpoint="/hello",
    status=Status.OK,
    http_status=200,
    duration_ms=3.0,
    cost=Cost(cpu_ms=1.0, memory_bytes=1, wall_ms=2.0),
    is_counted=True,
)
Keep = Callable[[Execution], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Round:
    """One way of writing with so many callers at once."""

    rate: float
    p50_ms: float
    cpu_us: float


async def measure(keep: Keep, *, callers: int, seconds: float) -> Round:
    """Let callers write one record after the other, each waiting for its own to be durable."""
    clock, waits = SystemClock(), list[float]()
    ends = time.perf_counter() + seconds
    cpu = time.process_time()

    async def caller() -> None:
        while (began := time.perf_counter()) < ends:
            await keep(replace(_RECORD, execution_id=new_id(), started_at=clock.now()))
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(callers)))
    cpu_us = (time.process_time() - cpu) / len(waits) * 1e6
    return Round(len(waits) / seconds, statistics.median(waits) * 1000, cpu_us)


async def run(rounds: int, seconds: float) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_QUIET))
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-")))
        server = await stack.enter_async_context(postgres_server(home))
        await migrate_database(server.url)
        ledger = await stack.enter_async_context(
            postgres_ledger(server.url_for("gateway_app"), application="bench", schema=SCHEMA)
        )
        writer = ExecutionWriter(
            ledger,
            limits=WriterLimits(wait_seconds=30),
            metrics=RecordMetrics(),
            monotonic=time.monotonic,
            written=lambda _executions, _grown: None,
        )
        await stack.enter_async_context(writer.running())
        await compare({"one by one": _alone(ledger), "by group": _grouped(writer)}, rounds, seconds)


async def compare(ways: dict[str, Keep], rounds: int, seconds: float) -> None:
    """Interleave the ways, so that a busy moment of the machine falls on both; print ratios of medians."""
    print("| at once | way | records/s | ratio | p50 ms | CPU of the gateway, µs a record |")
    print("|---|---|---|---|---|---|")
    for callers in CALLERS:
        found: dict[str, list[Round]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            for name, keep in ways.items():
                measured = await measure(keep, callers=callers, seconds=seconds)
                # The first round warms up.
                found[name] += [measured] if number else []
        yardstick = statistics.median(one.rate for one in next(iter(found.values())))
        for name, measurements in found.items():
            rate = statistics.median(one.rate for one in measurements)
            p50 = statistics.median(one.p50_ms for one in measurements)
            cpu = statistics.median(one.cpu_us for one in measurements)
            print(
                f"| {callers} | {name} | {rate:.0f} | {rate / yardstick:.1f} | {p50:.1f} | {cpu:.0f} |",
                flush=True,
            )


def _alone(ledger: PostgresLedger) -> Keep:
    return lambda execution: ledger.add([execution])


def _grouped(writer: ExecutionWriter) -> Keep:
    async def keep(execution: Execution) -> None:
        writer.reserve()
        if not await writer.keep(execution):
            raise RuntimeError("a record was late")

    return keep


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    asyncio.run(run(options.rounds, options.seconds))


if __name__ == "__main__":
    main()
