"""Opens workers and compiled modules, and says how they are."""

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import structlog

from annex_runner_proxy.adapters.module_files import ModuleFiles
from annex_runner_proxy.adapters.worker_pool import PoolMeter, PoolPolicy, WorkerPool, worker_pool
from annex_runner_proxy.adapters.worker_process import WorkerFacts, WorkerProcess
from annex_runner_proxy.api.metrics import Reading
from annex_runner_proxy.domain.errors import IsolationTooWeak
from annex_runner_proxy.sandbox.isolation import IsolationLevel
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.http.health import Ping

log = structlog.get_logger()


class CacheNotWritable(Exception):
    """Nothing new can be compiled."""


class NoWorkers(Exception):
    """No sandbox process is alive."""


def open_workers(
    settings: RunnerProxySettings, modules_folder: Path, meter: PoolMeter
) -> AbstractAsyncContextManager[WorkerPool]:
    policy = PoolPolicy(
        size=settings.worker_count(),
        spares=settings.spare_workers,
        max_waiting=settings.queue_max_waiting,
        max_wait_seconds=settings.queue_max_wait_seconds,
        calls_per_worker=settings.worker_max_calls,
        worker_age_seconds=settings.worker_max_age_seconds,
        worker_resident_bytes=settings.worker_max_resident_bytes,
    )
    start = partial(
        WorkerProcess.start,
        module_root=str(modules_folder),
        data_bytes=settings.worker_data_bytes,
        allocator=settings.engine_allocator,
    )
    return worker_pool(start, policy, meter=meter)


def require_isolation(facts: WorkerFacts, *, allow_weak: bool) -> None:
    """Raise IsolationTooWeak below level no-network, unless that was allowed by name."""
    log.info("isolation_reached", isolation=facts.isolation)
    if facts.level != IsolationLevel.NONE:
        return
    if not allow_weak:
        raise IsolationTooWeak(
            "Workers cannot be kept from the network on this machine: it takes no seccomp filter. "
            "Set ALLOW_WEAK_ISOLATION=1 to run extensions all the same, in development only."
        )
    log.warning("isolation_weak", advice="extensions can reach the network of this machine")


def sandbox_pings(files: ModuleFiles, pool: WorkerPool, facts: WorkerFacts) -> dict[str, Ping]:
    """Say what must work for a call to be run here: the cache, at least one worker."""

    async def cache() -> str:
        if not await asyncio.to_thread(files.is_writable):
            raise CacheNotWritable
        return "writable"

    async def workers() -> str:
        alive = pool.alive
        if alive == 0:
            raise NoWorkers
        return f"{alive} alive, isolation {facts.level}"

    return {"cache": cache, "workers": workers}


def sandbox_readings(pool: WorkerPool, files: ModuleFiles) -> tuple[Reading, ...]:
    return (
        Reading("annex_runner_workers_alive", "Worker processes, spares included.", lambda: pool.alive),
        Reading("annex_runner_workers_busy", "Workers that run a call now.", lambda: pool.busy),
        Reading("annex_runner_queue_length", "Calls that wait for a worker now.", lambda: pool.waiting),
        Reading("annex_runner_cache_bytes", "Size of the compiled modules on disk.", files.size_bytes),
        Reading(
            "annex_runner_cache_evictions",
            "Modules removed to keep the cache within its bound.",
            lambda: files.evicted,
            is_counter=True,
        ),
    )
