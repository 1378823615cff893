"""Many mixed calls: memory, descriptors, processes and cache of a runner-proxy are what they were before."""

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import TenantId
from annex_shared.service_tokens import Caller
from integration.runner_proxy.platform import Platform, execute_body, running_platform
from integration.runner_proxy.workers import children_of, is_alive, until

CLIENTS = 4
WORKERS = 2
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# The allocator of a process that also runs the test moves by this much without anything being kept.
TOLERANCE_BYTES = 24 << 20
TOLERANCE_DESCRIPTORS = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the calls that are mixed, with its right end; ``every`` says how rare it is."""

    guest: str
    every: int
    ends_with: object
    http: dict[str, Any]
    limits: dict[str, int]


KINDS = (
    Kind("loop_forever", 83, "DEADLINE_EXCEEDED", {}, {"timeout_ms": 100}),
    Kind("rp_memory_in_one_step", 71, "MEMORY_LIMIT_EXCEEDED", {}, {"memory_mb": 32}),
    Kind("many_headers", 53, "RESPONSE_TOO_LARGE", {}, {}),
    Kind("trap", 11, "GUEST_TRAP", {}, {}),
    Kind("bad_status", 7, "GUEST_RESPONSE_INVALID", {}, {}),
    Kind("echo_body", 5, 200, {"method": "POST", "body": bytes(16_384)}, {}),
    Kind("reads_config", 3, 404, {}, {}),
    Kind("ok", 1, 200, {}, {}),
)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What must not grow."""

    memory_bytes: int
    largest_worker_bytes: int
    descriptors: int
    workers: int
    cache_bytes: int
    cached_modules: int


@pytest.fixture
async def soaked(tmp_path: Path) -> AsyncIterator[Platform]:
    async with running_platform(tmp_path, workers=WORKERS, spare_workers=1, worker_max_calls=150) as platform:
        yield platform


def kind_of(number: int) -> Kind:
    return next(kind for kind in KINDS if number % kind.every == 0)


async def _calls(platform: Platform, records: dict[str, InstallRecord], numbers: Sequence[int]) -> list[str]:
    """Make the calls with some clients; return what ended otherwise than it should."""
    left, wrong = iter(numbers), list[str]()

    async def client() -> None:
        for number in left:
            kind = kind_of(number)
            ended = await _ended(platform, records[kind.guest], kind)
            if ended != kind.ends_with:
                wrong.append(f"{number} {kind.guest}: {ended}")

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return wrong


async def _ended(platform: Platform, record: InstallRecord, kind: Kind) -> object:
    body = execute_body(record, limits={"timeout_ms": 20_000, **kind.limits}, **kind.http)
    answer = await platform.client.request(
        "POST",
        "/v1/execute",
        caller=Caller("key:1", TenantId(UUID(record.tenant_id))),
        body=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
        timeout_seconds=40,
    )
    document = answer.json()
    return document["status"] if answer.status == 200 else document["code"]


async def _footprint(cache_root: Path) -> Footprint:
    """Measure when no replaced worker is on its way any more."""
    own = os.getpid()
    await until(lambda: sum(map(is_alive, children_of(own))) >= WORKERS + 1, seconds=30)
    gc.collect()
    return _measured(own, cache_root)


def _measured(own: int, cache_root: Path) -> Footprint:
    files = [path for path in cache_root.rglob("*") if path.is_file()]
    return Footprint(
        memory_bytes=_resident_bytes(own),
        largest_worker_bytes=max(map(_resident_bytes, children_of(own))),
        descriptors=len(list(Path(f"/proc/{own}/fd").iterdir())),
        workers=sum(map(is_alive, children_of(own))),
        cache_bytes=sum(path.stat().st_size for path in files),
        cached_modules=sum(path.suffix == ".cwasm" for path in files),
    )


def _resident_bytes(pid: int) -> int:
    """Ask the kernel; a process that has just ended holds nothing."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (FileNotFoundError, ProcessLookupError):
        return 0


async def _soak(platform: Platform, cache_root: Path, *, calls: int) -> None:
    records = {kind.guest: platform.install(kind.guest) for kind in KINDS}
    for kind in KINDS:
        await platform.warm_up(records[kind.guest], wait_ms=20_000)
    wrong = await _calls(platform, records, range(1, calls // 4))
    before = await _footprint(cache_root)

    wrong += await _calls(platform, records, range(calls // 4, calls + 1))

    after = await _footprint(cache_root)
    assert wrong == []
    assert after.memory_bytes - before.memory_bytes < TOLERANCE_BYTES
    assert after.largest_worker_bytes - before.largest_worker_bytes < TOLERANCE_BYTES
    assert after.descriptors - before.descriptors <= TOLERANCE_DESCRIPTORS
    assert after.workers - before.workers <= 1
    assert (after.cache_bytes, after.cached_modules) == (before.cache_bytes, len(KINDS))


async def test_five_hundred_mixed_calls_leave_nothing_behind(soaked: Platform, tmp_path: Path) -> None:
    await _soak(soaked, tmp_path / "cache", calls=500)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_ten_thousand_mixed_calls_leave_nothing_behind(soaked: Platform, tmp_path: Path) -> None:
    await _soak(soaked, tmp_path / "cache", calls=10_000)
